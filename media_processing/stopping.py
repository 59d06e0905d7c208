"""Whether the worker that this process belongs to was asked to end.

Celery's warm shutdown waits for its tasks and tells the processes that run them nothing; a live
stage would keep a deploy waiting until the talk has ended. So the worker's main process, which gets
the signal, notes it in a page of memory that it shares with every process it forks. Reading it
costs nothing, and no service has to answer for it.
"""

import mmap
from typing import Any

from celery.signals import worker_shutting_down

# Mapped before the first fork (creditweb/celery.py loads this); the forked share it.
_asked = mmap.mmap(-1, 1)


def is_asked() -> bool:
    """Return whether this worker takes no more work and waits for what is under way."""
    return _asked[0] != 0


@worker_shutting_down.connect
def ask(**_signal: Any) -> None:
    """Note that the worker is to end. It runs inside a signal handler: nothing else is done."""
    _asked[0] = 1


def forget() -> None:
    """Take it back; for tests, whose process goes on."""
    _asked[0] = 0

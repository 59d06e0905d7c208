"""How much this process may take while it reads something of a stranger."""

import math
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What the allocator keeps back.
SLACK_BYTES = 64 * 1024**2


@contextmanager
def taking_at_most(memory_bytes: int, core_seconds: int) -> Iterator[None]:
    """Bound the memory and the processor time that what runs inside takes beyond now.

    Without memory SEAL may raise, or wait for ever for more; then the time ends the process. The
    bounds hold for the whole process: not for one in which other threads work.
    """
    memory = _size_now() + memory_bytes + SLACK_BYTES
    seconds = math.ceil(time.process_time()) + core_seconds
    with _limited(resource.RLIMIT_AS, memory), _limited(resource.RLIMIT_CPU, seconds):
        yield


@contextmanager
def _limited(what: int, limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(what)
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(what, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


def _size_now() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()

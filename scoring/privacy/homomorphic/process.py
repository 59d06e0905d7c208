"""A process beside this one, asked by messages and ended where it does not answer in time."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

from scoring.privacy.homomorphic.frames import PipeClosedError, receive, send

ROOT = Path(__file__).resolve().parents[3]
# Nothing else of this process's environment reaches the other: no key, no password.
PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH", "OMP_NUM_THREADS")


class ChildProcess:
    """One Python module run with pipes. Not for two threads at once."""

    def __init__(self, module: str, arguments: Sequence[str] = ()) -> None:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment | {"PYTHONPATH": str(ROOT)},
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Send one message. Raises PipeClosedError."""
        send(_pipe(self._process.stdin), head, body)

    def receive(self, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """Return the next message. Raises PipeClosedError where none comes in time.

        The process is ended then: it may be in the middle of anything.
        """
        watch = threading.Timer(timeout_s, self._process.kill)
        watch.start()
        try:
            return receive(_pipe(self._process.stdout))
        except PipeClosedError:
            self.end()
            raise
        finally:
            watch.cancel()

    def ask(
        self, head: dict[str, Any], body: bytes = b"", *, timeout_s: float
    ) -> tuple[dict[str, Any], bytes]:
        """Send a message and return the answer. Raises PipeClosedError."""
        watch = threading.Timer(timeout_s, self._process.kill)
        watch.start()
        try:
            self.send(head, body)
        finally:
            watch.cancel()
        return self.receive(timeout_s)

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise PipeClosedError("the process has no pipe")
    return pipe

"""Processes that fit, one fit at a time each and on one thread, and that can be stopped.

A fit is a function of the rows at the top of a module. What it gives does not depend on how many
processes there are. Without processes (:class:`Here`) the same calls are made in this one.
"""

import contextlib
import importlib
import logging
import multiprocessing
import os
import queue
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol, Self

from scoring.training.table_reading import TableError

logger = logging.getLogger(__name__)
MOST_PROCESSES = 4
JOIN_S = 5.0
READY = "ready"
THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Fit = Callable[..., Any]


class Pool(Protocol):
    processes: int

    @property
    def has_room(self) -> bool: ...
    def start(self, key: Hashable, fit: Fit, **given: Any) -> None: ...
    def wait(self, seconds: float) -> list[tuple[Hashable, Any]]:
        """Return the fits that ended, by key; at the latest after so many seconds."""
        ...

    def running_s(self) -> dict[Hashable, float]:
        """Return for how many seconds each fit has been running."""
        ...

    def stop(self, key: Hashable) -> None: ...


def default_processes() -> int:
    """Return how many fits run at a time: one for each core that this program may use, up to 4."""
    return max(1, min(MOST_PROCESSES, len(os.sched_getaffinity(0))))


class Here:
    """Fits in this process, one after the other; a fit that has begun cannot be stopped."""

    processes = 1

    def __init__(self, rows: Any, processes: int = 1) -> None:
        self._rows = rows
        self._ended: list[tuple[Hashable, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self._ended = []

    @property
    def has_room(self) -> bool:
        return not self._ended

    def start(self, key: Hashable, fit: Fit, **given: Any) -> None:
        self._ended.append((key, fit(self._rows, **given)))

    def wait(self, seconds: float) -> list[tuple[Hashable, Any]]:
        ended, self._ended = self._ended, []
        return ended

    def running_s(self) -> dict[Hashable, float]:
        return {}

    def stop(self, key: Hashable) -> None:
        raise RuntimeError("a fit in this process cannot be stopped")


class Workers:
    """Up to so many spawned processes; ``with Workers(rows, 2) as pool`` leaves none behind.

    A process that dies raises MemoryError in :meth:`wait`, for that is what ends one.
    """

    def __init__(self, rows: Any, processes: int) -> None:
        self.processes = processes
        self._rows = rows
        self._idle: list[_Worker] = []
        self._busy: dict[Hashable, _Worker] = {}

    def __enter__(self) -> Self:
        # All at once, so that they load what they need beside each other.
        self._idle = [_Worker(self._rows) for _ in range(self.processes)]
        return self

    def __exit__(self, *trouble: object) -> None:
        for worker in [*self._idle, *self._busy.values()]:
            worker.end()
        self._idle, self._busy = [], {}

    @property
    def has_room(self) -> bool:
        return len(self._busy) < self.processes

    def start(self, key: Hashable, fit: Fit, **given: Any) -> None:
        worker = self._idle.pop() if self._idle else _Worker(self._rows)
        worker.begin(fit, given)
        self._busy[key] = worker

    def wait(self, seconds: float) -> list[tuple[Hashable, Any]]:
        by_connection = {worker.connection: key for key, worker in self._busy.items()}
        ended = []
        for connection in wait(list(by_connection), seconds):
            key = by_connection[connection]  # type: ignore[index]
            worker = self._busy[key]
            try:
                found = worker.connection.recv()
            except EOFError:
                self._busy.pop(key).end()
                raise MemoryError("a process that fits was ended from outside") from None
            if found == READY:
                worker.is_ready, worker.began_s = True, time.monotonic()
                continue
            self._idle.append(self._busy.pop(key))
            if isinstance(found, BaseException):
                raise found
            ended.append((key, found))
        return ended

    def running_s(self) -> dict[Hashable, float]:
        now_s = time.monotonic()
        return {
            key: now_s - worker.began_s if worker.is_ready else 0.0
            for key, worker in self._busy.items()
        }

    def stop(self, key: Hashable) -> None:
        self._busy.pop(key).end()


class _Worker:
    """One process, seen from the one that started it."""

    def __init__(self, rows: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _single_threaded():
            self._process.start()
        theirs.close()
        self.began_s, self.is_ready = 0.0, False
        # Sent with the first fit: whoever sends waits until the other end has loaded its modules.
        self._unsent = [rows]

    def begin(self, fit: Fit, given: dict[str, Any]) -> None:
        if self._unsent:
            self.connection.send(self._unsent.pop())
        self.began_s = time.monotonic()
        self.connection.send((fit, given))

    def end(self) -> None:
        self._process.kill()
        self._process.join(JOIN_S)
        self.connection.close()


@contextlib.contextmanager
def _single_threaded() -> Iterator[None]:
    """Let a process that starts now compute on one thread."""
    before = {name: os.environ.get(name) for name in THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(THREAD_SETTINGS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _serve(connection: Connection) -> None:
    """Take the rows, then fit what is asked for until the other end is closed."""
    # A fit is not charged for the loading of what fits.
    importlib.import_module("scoring.training.serving_fits")
    connection.send(READY)
    rows = connection.recv()
    asked: queue.Queue[tuple[Fit, dict[str, Any]]] = queue.Queue()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    while True:
        fit, given = asked.get()
        try:
            found = fit(rows, **given)
        except TableError as error:
            found = TableError(str(error))
        except MemoryError:
            found = MemoryError()
        except Exception as error:
            logger.exception("a fit failed")
            found = RuntimeError(f"{type(error).__name__}: {error}")
        connection.send(found)


def _listen(connection: Connection, asked: "queue.Queue[tuple[Fit, dict[str, Any]]]") -> None:
    """Take what is asked for; end at once, in the middle of a fit, when the asker is gone."""
    while True:
        try:
            asked.put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)

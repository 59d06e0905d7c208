"""A thread beside a piece of work that says again and again that the work is alive."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

import structlog
from django.db import InterfaceError, OperationalError, connection

logger = structlog.get_logger(__name__)


class Beating(ABC):
    """``with`` it, :meth:`beat` runs every ``every_s`` seconds until the block ends.

    A beat that the database misses is left out: it restarts now and then.
    """

    def __init__(self, name: str, every_s: float) -> None:
        self.every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def beat(self) -> bool:
        """Say that the work is alive; return whether there is more to say later."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.wait(self.every_s) and self._beaten():
                pass
        finally:
            connection.close()

    def _beaten(self) -> bool:
        try:
            return self.beat()
        except (OperationalError, InterfaceError):
            logger.warning("heartbeat_missed", thread=self._thread.name)
            connection.close()
            return True

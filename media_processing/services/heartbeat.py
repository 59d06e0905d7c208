"""Keeps a stage's lease alive from a thread, as long as the work itself moves on."""

import threading
import time
from types import TracebackType

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from media_processing.services.leases import Claim, StageLostError, extend

logger = structlog.get_logger(__name__)


class Heartbeat:
    """``with Heartbeat(claim) as beat: ... beat.report(done, total)``.

    The thread writes the latest progress and extends the lease ``every_s`` seconds; where the work
    has not reported for STAGE_STALL_S it stops, and the lease runs out. ``report`` raises
    StageLostError once the stage was cancelled or taken over, which ends the work at its next
    report.
    """

    def __init__(self, held: Claim, every_s: float | None = None) -> None:
        self._claim = held
        self._every_s = every_s or settings.STAGE_HEARTBEAT_S
        self._progress = (0, 0)
        self._moved_s = time.monotonic()
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="stage-heartbeat", daemon=True)

    def report(self, done: int, total: int) -> None:
        if self._lost.is_set():
            raise StageLostError(self._claim.stage_id)
        self._progress = (done, total)
        self._moved_s = time.monotonic()

    @property
    def progress(self) -> tuple[int, int]:
        return self._progress

    def __enter__(self) -> "Heartbeat":
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

    def _beat(self) -> None:
        try:
            while not self._ended.wait(self._every_s):
                if time.monotonic() - self._moved_s > settings.STAGE_STALL_S:
                    logger.error("stage_stalled", stage=self._claim.stage_id)
                    return
                self._extend()
        finally:
            connection.close()

    def _extend(self) -> None:
        done, total = self._progress
        try:
            if not extend(self._claim, done=done, total=total):
                self._lost.set()
        except (OperationalError, InterfaceError):
            # The database restarts now and then; a lease that ran out meanwhile shows as lost.
            logger.warning("heartbeat_missed", stage=self._claim.stage_id)
            connection.close()

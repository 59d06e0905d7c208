"""Keeps a stage's lease alive from a thread, as long as the work itself moves on."""

import threading
import time

import structlog
from django.conf import settings

from applicants.beating import Beating
from media_processing.services.leases import Claim, StageLostError, extend

logger = structlog.get_logger(__name__)


class Heartbeat(Beating):
    """``with Heartbeat(claim) as beat: ... beat.report(done, total)``.

    The thread writes the latest progress and extends the lease ``every_s`` seconds; where the work
    has not reported for STAGE_STALL_S it stops, and the lease runs out. ``report`` raises
    StageLostError once the stage was cancelled or taken over, which ends the work at its next
    report.
    """

    def __init__(self, held: Claim, every_s: float | None = None) -> None:
        super().__init__(f"stage-{held.stage_id}-heartbeat", every_s or settings.STAGE_HEARTBEAT_S)
        self._claim = held
        self._progress = (0, 0)
        self._moved_s = time.monotonic()
        self._lost = threading.Event()

    def report(self, done: int, total: int) -> None:
        if self._lost.is_set():
            raise StageLostError(self._claim.stage_id)
        self._progress = (done, total)
        self._moved_s = time.monotonic()

    @property
    def progress(self) -> tuple[int, int]:
        return self._progress

    def beat(self) -> bool:
        if time.monotonic() - self._moved_s > settings.STAGE_STALL_S:
            logger.error("stage_stalled", stage=self._claim.stage_id)
            return False
        done, total = self._progress
        # A lease that ran out while the database was away shows as lost here.
        if not extend(self._claim, done=done, total=total):
            self._lost.set()
        return True

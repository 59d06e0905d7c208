"""Who may work on a stage: a claim with a lease and a fence, by the clock of the database.

A message may arrive twice, late or never. The claim is one UPDATE, so that only one worker gets a
stage; each write that follows carries the claim's fence, so that a worker that lost its stage
changes nothing more (Kleppmann 2016, *How to do distributed locking*).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, Func

from media_processing.models import ProcessingJob, Recording, Stage

logger = structlog.get_logger(__name__)

CLAIM = """
UPDATE media_processing_stage
   SET state = 'running', attempt = attempt + 1, fence = fence + 1, done = 0, total = 0,
       error_code = '', error_message = '', started_at = clock_timestamp(), finished_at = NULL,
       lease_until = clock_timestamp()
           + make_interval(secs => CASE name WHEN 'live' THEN %(live_lease_s)s ELSE %(lease_s)s END)
 WHERE id = %(stage_id)s AND attempt < %(max_attempts)s
   AND ((state = 'queued' AND COALESCE(available_at, '-infinity') <= clock_timestamp())
        OR (state = 'running' AND lease_until < clock_timestamp()))
   AND NOT EXISTS (
        SELECT 1
          FROM media_processing_processingjob j
          JOIN media_processing_recording r ON r.id = j.recording_id
          JOIN media_processing_capturesession s ON s.id = r.session_id
          JOIN applicants_application a ON a.id = s.application_id
          JOIN applicants_applicant p ON p.id = a.applicant_id
         WHERE j.id = media_processing_stage.job_id AND p.restricted_at IS NOT NULL)
RETURNING job_id, fence, attempt
"""

EXTEND = """
UPDATE media_processing_stage
   SET done = %(done)s, total = %(total)s,
       lease_until = clock_timestamp()
           + make_interval(secs => CASE name WHEN 'live' THEN %(live_lease_s)s ELSE %(lease_s)s END)
 WHERE id = %(stage_id)s AND fence = %(fence)s AND state = 'running'
"""


class DatabaseTime(Func):
    """The database's clock at this moment, also inside a long transaction."""

    function = "clock_timestamp"
    output_field = DateTimeField()


class StageLostError(Exception):
    """The stage is no longer this worker's: it was cancelled, withdrawn or taken over.

    ``due`` are stages that another worker is wanted for at once.
    """

    due: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a stage, and to write as long as its fence is the newest."""

    stage_id: int
    job_id: object
    fence: int
    attempt: int


def claim(stage_id: int) -> Claim | None:
    """Take a stage that is due. None where another worker holds it or nothing is to do.

    Nothing is to do while the applicant restricts processing; the stage waits for its end.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            most = {"max_attempts": settings.STAGE_MAX_ATTEMPTS}
            cursor.execute(CLAIM, {"stage_id": stage_id, **_lease(), **most})
            row = cursor.fetchone()
        if row is None:
            return None
        begun = ProcessingJob.objects.filter(pk=row[0], state=ProcessingJob.State.QUEUED)
        if begun.update(state=ProcessingJob.State.RUNNING, started_at=DatabaseTime()):
            Recording.objects.filter(job=row[0]).update(state=Recording.State.PROCESSING)
    return Claim(stage_id, *row)


def extend(held: Claim, *, done: int, total: int) -> bool:
    """Keep the stage and note its progress. False where it is no longer held."""
    with connection.cursor() as cursor:
        progress = {"done": done, "total": total}
        claim = {"stage_id": held.stage_id, "fence": held.fence}
        cursor.execute(EXTEND, {**claim, **progress, **_lease()})
        return cursor.rowcount == 1


def _lease() -> dict[str, float]:
    """Return how long a stage belongs to its worker; people wait for a live one."""
    return {"lease_s": settings.STAGE_LEASE_S, "live_lease_s": settings.LIVE_LEASE_S}


@contextmanager
def holding(held: Claim) -> Iterator[Stage]:
    """Lock the stage for a write that must not come from a stale worker.

    Raises StageLostError where a newer claim exists or the stage was ended from outside.
    """
    with transaction.atomic():
        stage = (
            Stage.objects.select_for_update(of=["self"])
            .select_related("job__recording__session__application__applicant")
            .filter(pk=held.stage_id, fence=held.fence, state=Stage.State.RUNNING)
            .first()
        )
        if stage is None:
            logger.warning("stale_write_refused", stage=held.stage_id, fence=held.fence)
            raise StageLostError(held.stage_id)
        yield stage


def lock_job(held: Claim) -> ProcessingJob:
    """Lock the job of a claim, which orders a write before or after one from outside.

    Raises StageLostError where the job is gone: its recording was erased with its rows.
    """
    job = ProcessingJob.objects.select_for_update().filter(pk=held.job_id).first()
    if job is None:
        logger.warning("stage_vanished", stage=held.stage_id, fence=held.fence)
        raise StageLostError(held.stage_id)
    return job

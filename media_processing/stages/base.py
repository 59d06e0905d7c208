"""What every stage gets and gives, and how its troubles become an outcome."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError

from applicants.errors import ProblemError
from applicants.sealing import SealError
from applicants.services.workdirs import private_workdir
from media_processing.inference.manifest import WeightsError
from media_processing.models import Recording, Stage
from media_processing.models.job import StageName
from media_processing.sandbox.types import MediaRefused, MediaTransient
from media_processing.services import jobs, storage
from media_processing.services.heartbeat import Heartbeat
from media_processing.services.jobs import Outcome
from media_processing.services.leases import Claim, StageLostError
from media_processing.services.storage import ErasedError, MissingError

logger = structlog.get_logger(__name__)

TRANSIENT = (MediaTransient, OperationalError, InterfaceError, ConnectionError, TimeoutError)


@dataclass(frozen=True, slots=True)
class StageContext:
    """``progress(done, total)`` keeps the lease alive and raises StageLostError once it is lost.

    ``workdir`` is private, and gone when the stage ends.
    """

    claim: Claim
    recording: Recording
    workdir: Path
    progress: Callable[[int, int], None]


Run = Callable[[StageContext], Outcome]


def execute(held: Claim, run: Run) -> list[int]:
    """Run a claimed stage to an outcome and move its job on; return the stages due next."""
    try:
        outcome = _outcome(held, run)
        if outcome is None:
            return jobs.postpone(held, code="passing_trouble", message=PASSING_TROUBLE)
        return _finished(held, outcome)
    except StageLostError as lost:
        logger.info("stage_given_back", stage=held.stage_id, fence=held.fence)
        return list(lost.due)


def _finished(held: Claim, outcome: Outcome) -> list[int]:
    try:
        with _kept_or_removed(outcome):
            return jobs.finish(held, outcome)
    except ProblemError as problem:
        # What was found cannot be kept, for a reason that the officer can act on.
        return jobs.finish(held, Outcome(Stage.State.FAILED, problem.code, problem.message))


@contextmanager
def _kept_or_removed(outcome: Outcome) -> Iterator[None]:
    """Leave no file behind that no row will name."""
    try:
        yield
    except BaseException:
        storage.remove(outcome.files)
        raise


def _outcome(held: Claim, run: Run) -> Outcome | None:
    """Run the stage; None stands for a trouble that may pass."""
    try:
        return _run(held, run)
    except StageLostError:
        raise
    except MediaRefused as refusal:
        logger.info("recording_refused", stage=held.stage_id, code=refusal.code)
        return Outcome(Stage.State.FAILED, refusal.code, refusal.message, result={"refused": True})
    except TRANSIENT as error:
        logger.warning("stage_postponed", stage=held.stage_id, error=type(error).__name__)
        return None
    except ErasedError:
        return Outcome(Stage.State.SKIPPED, "no_consent")
    except (WeightsError, SealError, MissingError, SoftTimeLimitExceeded) as error:
        logger.error("stage_failed", stage=held.stage_id, error=str(error))
        code, message = KNOWN_TROUBLE[type(error)]
        return Outcome(Stage.State.FAILED, code, message)
    except Exception as error:  # the only place: a defect must end one stage, not the job
        if isinstance(error, ObjectDoesNotExist) and _is_gone(held):
            logger.warning("stage_vanished", stage=held.stage_id, fence=held.fence)
            raise StageLostError(held.stage_id) from error
        logger.exception("stage_broke", stage=held.stage_id)
        message = UNEXPECTED.format(name=type(error).__name__)
        return Outcome(Stage.State.FAILED, "internal_error", message)


def _is_gone(held: Claim) -> bool:
    """Return whether the rows of the stage were erased while it was worked on."""
    return not Stage.objects.filter(pk=held.stage_id).exists()


def _run(held: Claim, run: Run) -> Outcome:
    stage = Stage.objects.select_related("job__recording__session__application__applicant").get(
        pk=held.stage_id
    )
    recording = stage.job.recording
    every_s = settings.LIVE_HEARTBEAT_S if stage.name == StageName.LIVE else None
    with Heartbeat(held, every_s) as beat, private_workdir(recording.size_bytes) as workdir:
        return run(StageContext(held, recording, workdir, beat.report))


PASSING_TROUBLE = "The machine could not do this step just now; it is tried again by itself."
UNEXPECTED = (
    "This step failed unexpectedly ({name}). "
    "Try it again; if it fails once more, tell your administrator."
)
KNOWN_TROUBLE: dict[type[BaseException], tuple[str, str]] = {
    WeightsError: (
        "weights_unusable",
        "The network's weights are missing or altered; tell your administrator.",
    ),
    SealError: (
        "stored_file_damaged",
        "The stored recording is damaged. Upload it again, and tell your administrator.",
    ),
    MissingError: (
        "stored_file_missing",
        "The stored recording is missing. Upload it again, and tell your administrator.",
    ),
    SoftTimeLimitExceeded: (
        "time_limit",
        "This step took longer than is allowed. Upload a shorter recording.",
    ),
}

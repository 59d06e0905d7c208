"""The life of a job: made, moved on, ended, cancelled, tried again.

Every function locks the job before its stages, so that two workers never wait for each other, and
returns the ids of the stages that a worker is wanted for; the caller rings the bell.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Applicant, Officer
from applicants.selectors import processable
from applicants.services import audit, restrictions
from media_processing.models import LiveCapture, ProcessingJob, Recording, Stage
from media_processing.models.job import MODALITY_STAGES, UPLOAD_STAGES, StageName
from media_processing.services import evidence, observations
from media_processing.services.applicability import skip_reason
from media_processing.services.leases import Claim, DatabaseTime, holding, lock_job
from media_processing.services.live import forgetting

MAX_BACKOFF_S = 300
GIVEN_UP_MESSAGE = "This step was interrupted {attempts} times and was given up. Try it again."


def _nothing() -> None:
    """Save nothing: the stage found nothing to keep."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a stage ended.

    ``save`` writes what it found, in the transaction that ends the stage; ``files`` are the new
    sealed files, which are removed where the stage was lost meanwhile.
    """

    state: str
    code: str = ""
    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    network_version: str = ""
    network_sha256: str = ""
    save: Callable[[], None] = _nothing
    files: tuple[str, ...] = ()


def create_job(recording: Recording) -> list[int]:
    """Make the job of a recording with all its stages; the first one is queued."""
    job = _with_stages(recording, UPLOAD_STAGES)
    return _queue(job.stages.filter(name=StageName.CANONICALISE))


def _with_stages(recording: Recording, names: Iterable[str]) -> ProcessingJob:
    job = ProcessingJob.objects.create(recording=recording)
    Stage.objects.bulk_create(
        Stage(job=job, name=name, position=position, input_sha256=recording.sha256)
        for position, name in enumerate(names)
    )
    return job


# --- while a recording is being made ------------------------------------------------------------


def create_live_job(recording: Recording) -> None:
    """Make the job of a recording that is only beginning; its first chunk wants a worker."""
    job = _with_stages(recording, StageName.values)
    _queue(job.stages.filter(name=StageName.LIVE))


def live_wanted(recording: Recording) -> list[int]:
    """Return the live stage where nobody holds it: a chunk has come that wants to be watched."""
    free = Q(state=Stage.State.QUEUED) | Q(
        state=Stage.State.RUNNING, lease_until__lt=DatabaseTime()
    )
    stages = Stage.objects.filter(free, job__recording=recording, name=StageName.LIVE)
    stages.update(available_at=None)
    return list(stages.values_list("pk", flat=True))


@transaction.atomic
def end_live(job: ProcessingJob) -> list[int]:
    """Go on to the closing pass of a recording that was closed.

    A worker that holds the live stage ends it itself, with what it still has to say.
    """
    job = ProcessingJob.objects.select_for_update().get(pk=job.pk)
    live = Q(name=StageName.LIVE)
    held = Q(state=Stage.State.RUNNING, lease_until__gte=DatabaseTime())
    job.stages.filter(live & ~held, state__in=Stage.OPEN_STATES).update(
        state=Stage.State.SKIPPED, error_code="not_watched", fence=F("fence") + 1,
        lease_until=None, finished_at=DatabaseTime(),
    )  # fmt: skip
    return advance(job) if job.is_open else []


def _queue(stages: QuerySet[Stage]) -> list[int]:
    ids = list(stages.values_list("pk", flat=True))
    Stage.objects.filter(pk__in=ids).update(
        state=Stage.State.QUEUED, queued_at=DatabaseTime(), published_at=DatabaseTime(),
        available_at=None, attempt=0, lease_until=None, error_code="", error_message="",
    )  # fmt: skip
    return ids


# --- the end of a stage -------------------------------------------------------------------------


@transaction.atomic
def finish(held: Claim, outcome: Outcome) -> list[int]:
    """End a stage, keep what it found and move its job on, all in one transaction.

    Raises StageLostError for a stale worker; then nothing of it is kept.
    """
    job = lock_job(held)
    with holding(held):
        outcome.save()
        progress = _complete() if outcome.state == Stage.State.DONE else {}
        Stage.objects.filter(pk=held.stage_id).update(
            **progress,
            state=outcome.state, error_code=outcome.code, error_message=outcome.message,
            result=outcome.result, network_version=outcome.network_version,
            network_sha256=outcome.network_sha256, lease_until=None, finished_at=DatabaseTime(),
        )  # fmt: skip
    job.recording.refresh_from_db()
    return advance(job)


def _complete() -> dict[str, Any]:
    """Return the columns of a stage that reached its end, whatever it reported last."""
    total = Greatest("total", 1)
    return {"done": total, "total": total}


@transaction.atomic
def postpone(held: Claim, *, code: str, message: str) -> list[int]:
    """Queue a stage again after a passing trouble, later each time; the last attempt fails."""
    if held.attempt >= settings.STAGE_MAX_ATTEMPTS:
        return finish(held, Outcome(Stage.State.FAILED, code=code, message=message))
    with holding(held):
        # Full jitter keeps workers that met the same trouble from coming back together.
        delay_s = random.uniform(0, min(MAX_BACKOFF_S, 2**held.attempt))  # noqa: S311
        Stage.objects.filter(pk=held.stage_id).update(
            state=Stage.State.QUEUED, queued_at=DatabaseTime(), lease_until=None, error_code=code,
            error_message=message, available_at=DatabaseTime() + timedelta(seconds=delay_s),
        )  # fmt: skip
    return []


def advance(job: ProcessingJob) -> list[int]:
    """Queue what can go on, skip what does not apply, end what is complete. The job is locked."""
    stages = {stage.name: stage for stage in job.stages.all()}
    first = stages[StageName.CANONICALISE]
    if first.is_open:
        return _start_closing_pass(job, stages)
    if first.state != Stage.State.DONE:
        return _end_early(job, first)
    queued = _start_modalities(job, stages)
    modalities = [stages[name] for name in MODALITY_STAGES]
    if queued or any(stage.is_open for stage in modalities):
        return queued
    handover = stages[StageName.HANDOVER]
    if handover.state == Stage.State.WAITING:
        return _queue(job.stages.filter(name=StageName.HANDOVER))
    if not handover.is_open:
        _end(job, _final_state(modalities, handover))
    return []


def _start_closing_pass(job: ProcessingJob, stages: dict[str, Stage]) -> list[int]:
    """Queue the first stage over the whole once a live recording is closed and let go."""
    live, first = stages.get(StageName.LIVE), stages[StageName.CANONICALISE]
    if live is None or live.is_open or first.state != Stage.State.WAITING:
        return []
    if job.recording.live.is_open:
        return []
    return _queue(job.stages.filter(pk=first.pk))


def _start_modalities(job: ProcessingJob, stages: dict[str, Stage]) -> list[int]:
    wanted = []
    for name in MODALITY_STAGES:
        stage = stages[name]
        if stage.state != Stage.State.WAITING:
            continue
        if reason := skip_reason(job.recording, name):
            stage.state, stage.error_code = Stage.State.SKIPPED, reason
            stage.save(update_fields=["state", "error_code"])
        else:
            wanted.append(stage.pk)
    return _queue(job.stages.filter(pk__in=wanted)) if wanted else []


def _end_early(job: ProcessingJob, first: Stage) -> list[int]:
    """End a job whose recording could not be prepared: refused by its content, or failed."""
    job.stages.filter(state=Stage.State.WAITING).update(
        state=Stage.State.SKIPPED, error_code="not_prepared"
    )
    refused = bool(first.result.get("refused"))
    if refused:
        Recording.objects.filter(pk=job.recording_id).update(
            refusal_code=first.error_code, refusal_message=first.error_message
        )
        audit.record("recording.refused", obj=job.recording, code=first.error_code)
    _end(job, ProcessingJob.State.REJECTED if refused else ProcessingJob.State.FAILED)
    return []


def _final_state(modalities: list[Stage], handover: Stage) -> str:
    lost = [s for s in modalities if s.state in Stage.RETRYABLE_STATES]
    if handover.state != Stage.State.DONE:
        return ProcessingJob.State.FAILED
    if not lost:
        return ProcessingJob.State.DONE
    is_all = not any(stage.state == Stage.State.DONE for stage in modalities)
    return ProcessingJob.State.FAILED if is_all else ProcessingJob.State.PARTIAL


def _end(job: ProcessingJob, state: str) -> None:
    # What the live pass saw last was for the page of the recording, which is over by now. Whose
    # face it is stays: a step that is tried again asks.
    forgetting.forget_seen(LiveCapture.objects.filter(recording=job.recording_id))
    job.state = state
    ProcessingJob.objects.filter(pk=job.pk).update(state=state, finished_at=DatabaseTime())
    Recording.objects.filter(pk=job.recording_id).update(state=state)
    audit.record("job.ended", obj=job, state=state)


# --- from outside -------------------------------------------------------------------------------


@transaction.atomic
def cancel(job: ProcessingJob, *, officer: Officer | None) -> None:
    """Stop a job; its workers notice at their next report. Raises ProblemError if it has ended."""
    if not stop(job):
        raise ProblemError(
            "job_ended", _("The processing has already ended; there is nothing to cancel."),
            status=409,
        )  # fmt: skip
    audit.record("job.cancelled", actor=officer, obj=job)


@transaction.atomic
def stop(job: ProcessingJob) -> bool:
    """Stop an open job and drop what it found so far. False where it had ended before."""
    captures = LiveCapture.objects.filter(recording__job=job)
    # Before the job, as everywhere.
    list(captures.select_for_update(of=["self"]))
    job = ProcessingJob.objects.select_for_update().get(pk=job.pk)
    if not job.is_open:
        return False
    job.stages.filter(state__in=Stage.OPEN_STATES).update(
        state=Stage.State.CANCELLED, fence=F("fence") + 1, lease_until=None,
        finished_at=DatabaseTime(),
    )  # fmt: skip
    for modality in MODALITY_STAGES:
        observations.forget(job.recording, modality)
    forgetting.forget_subject(captures)
    evidence.retract(job)
    _end(job, ProcessingJob.State.CANCELLED)
    return True


@transaction.atomic
def retry(stage: Stage, *, officer: Officer | None) -> list[int]:
    """Try a failed stage again, and what comes after it; finished stages stay as they are."""
    job = ProcessingJob.objects.select_for_update().get(pk=stage.job_id)
    restrictions.check(job.recording.session.application.applicant)
    stage.refresh_from_db()
    is_over = job.state == ProcessingJob.State.REJECTED or stage.name == StageName.LIVE
    if stage.state not in Stage.RETRYABLE_STATES or is_over:
        raise ProblemError(
            "stage_not_failed", _("Only a step that failed can be tried again."), status=409
        )
    if job.recording.session.is_shredded:
        raise ProblemError("session_erased", _("The recording was erased."), status=409)
    later = job.stages.filter(position__gt=stage.position)
    if stage.name != StageName.CANONICALISE:
        later = later.filter(name=StageName.HANDOVER)
    later.update(state=Stage.State.WAITING, fence=F("fence") + 1, error_code="", error_message="")
    ProcessingJob.objects.filter(pk=job.pk).update(
        state=ProcessingJob.State.RUNNING, finished_at=None
    )
    Recording.objects.filter(pk=job.recording_id).update(state=Recording.State.PROCESSING)
    audit.record("stage.retried", actor=officer, obj=job, stage=stage.name)
    return _queue(job.stages.filter(pk=stage.pk))


@transaction.atomic
def stop_modality(job: ProcessingJob, modality: str) -> list[int]:
    """End a modality's stage because its consent was withdrawn; what it found is not kept."""
    job = ProcessingJob.objects.select_for_update().get(pk=job.pk)
    job.stages.filter(name=modality).update(
        state=Stage.State.SKIPPED, error_code="no_consent", error_message="", result={},
        fence=F("fence") + 1, lease_until=None,
    )  # fmt: skip
    return advance(job) if job.is_open else []


RESTRICTED = "job__recording__session__application__applicant__restricted_at__isnull"


def pause_restricted(applicant: Applicant | None = None) -> int:
    """Take running stages of people who restricted processing from their workers; return how many.

    The stages wait, and start anew once the restriction ends; a claim leaves them alone.
    """
    running = Stage.objects.filter(state=Stage.State.RUNNING, **{RESTRICTED: False})
    if applicant is not None:
        running = running.filter(job__recording__session__application__applicant=applicant)
    return len(_taken_from_workers(running))


def read_anew(job: ProcessingJob) -> list[int]:
    """Take the live stage from its worker; return it to ring for: what is allowed has changed."""
    return _taken_from_workers(job.stages.filter(name=StageName.LIVE, state=Stage.State.RUNNING))


def _taken_from_workers(running: QuerySet[Stage]) -> list[int]:
    taken = list(running.values_list("pk", flat=True))
    Stage.objects.filter(pk__in=taken).update(
        state=Stage.State.QUEUED, fence=F("fence") + 1, attempt=0, lease_until=None,
        available_at=None,
    )  # fmt: skip
    return taken


# --- the sweep ----------------------------------------------------------------------------------


def reap() -> list[int]:
    """Queue stages whose worker is gone, and give up those that went through all attempts."""
    expired = Stage.objects.filter(state=Stage.State.RUNNING, lease_until__lt=DatabaseTime())
    queued: list[int] = []
    for stage_id, job_id in expired.values_list("pk", "job_id"):
        queued += _reap_one(stage_id, job_id)
    return queued


@transaction.atomic
def _reap_one(stage_id: int, job_id: object) -> list[int]:
    job = ProcessingJob.objects.select_for_update().get(pk=job_id)
    expired = Stage.objects.select_for_update().filter(
        pk=stage_id, state=Stage.State.RUNNING, lease_until__lt=DatabaseTime()
    )
    stage = expired.first()
    if stage is None:
        return []
    if stage.attempt < settings.STAGE_MAX_ATTEMPTS:
        expired.update(
            state=Stage.State.QUEUED, queued_at=DatabaseTime(), published_at=DatabaseTime(),
            available_at=None, lease_until=None, error_code="worker_lost",
        )  # fmt: skip
        return [stage_id]
    message = GIVEN_UP_MESSAGE.format(attempts=stage.attempt)
    expired.update(
        state=Stage.State.DEAD, fence=F("fence") + 1, lease_until=None, finished_at=DatabaseTime(),
        error_code="worker_lost", error_message=message,
    )  # fmt: skip
    audit.record("stage.given_up", obj=job, stage=stage.name, attempts=stage.attempt)
    return advance(job)


def unpublished() -> list[int]:
    """Return stages that have waited too long for a worker, so that the bell is rung once more."""
    limit = DatabaseTime() - timedelta(seconds=settings.STAGE_REPUBLISH_AFTER_S)
    due = Q(available_at__isnull=True) | Q(available_at__lte=DatabaseTime())
    rung = Q(published_at__isnull=True) | Q(published_at__lt=limit)
    retried = Q(available_at__gt=F("published_at"))
    free = processable("job__recording__session__application__applicant")
    stages = Stage.objects.filter(due & (rung | retried) & free, state=Stage.State.QUEUED)
    ids = list(stages.values_list("pk", flat=True))
    Stage.objects.filter(pk__in=ids).update(published_at=DatabaseTime())
    return ids

"""Taking consent back: work stops, what was observed goes, files become unreadable."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from applicants.models import Applicant, Consent, Officer
from applicants.selectors import standing_consents
from applicants.services import audit
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    ProcessingJob,
    Recording,
    Stage,
)
from media_processing.models.job import MODALITY_STAGES
from media_processing.services import histories, jobs, observations, storage
from media_processing.services.live import forgetting
from scoring.services import evidence


def withdraw(
    applicant: Applicant, scopes: Iterable[str], *, officer: Officer
) -> tuple[list[str], list[int]]:
    """Withdraw consents; return the scopes that stood, and the stages to ring for.

    The consents and the scores change first, in one transaction. What follows can be repeated, so
    that an erasure that was interrupted is completed by :func:`erase_all_unconsented`.
    """
    withdrawn = evidence.withdraw(applicant, scopes, officer=officer)
    return withdrawn, erase_unconsented(applicant, officer=officer)


def erase_unconsented(applicant: Applicant, *, officer: Officer | None = None) -> list[int]:
    """Stop and erase what no standing consent covers; return the stages to ring for."""
    standing = standing_consents(applicant)
    sessions = CaptureSession.objects.filter(application__applicant=applicant)
    if Consent.Scope.RECORDING not in standing:
        used = Q(recordings__isnull=False) | Q(uploads__isnull=False)
        for session in sessions.filter(used, shredded_at__isnull=True).distinct():
            _erase_session(session, officer)
        return []
    queued: list[int] = []
    for modality in MODALITY_STAGES:
        if modality not in standing:
            queued += _erase_modality(sessions, modality, officer)
    return queued


def erase_all_unconsented() -> list[int]:
    """Do the same for everybody: completes what a crash interrupted."""
    kept = Applicant.objects.filter(
        applications__capture_sessions__recordings__isnull=False,
        applications__capture_sessions__shredded_at__isnull=True,
    ).distinct()
    return [stage for applicant in kept for stage in erase_unconsented(applicant)]


def _erase_session(session: CaptureSession, officer: Officer | None) -> None:
    for job in ProcessingJob.objects.filter(recording__session=session):
        jobs.stop(job)
    with transaction.atomic():
        # A piece that is just being kept holds the capture, and wants the recording after it.
        captures = LiveCapture.objects.filter(recording__session=session).order_by("pk")
        list(captures.select_for_update())
        # An upload that is just being registered holds this lock: it is erased with the rest.
        session = CaptureSession.objects.select_for_update().get(pk=session.pk)
        if session.is_shredded:
            return
        for recording in session.recordings.all():
            for modality in MODALITY_STAGES:
                observations.forget(recording, modality)
        session.recordings.update(
            summary={}, quality=[], probe={}, original_name=None, duration_s=None
        )
        Stage.objects.filter(job__recording__session=session).update(result={})
        forgetting.forget_subject(LiveCapture.objects.filter(recording__session=session))
        storage.shred(session)
        audit.record("session.erased", actor=officer, obj=session)
    for job in ProcessingJob.objects.filter(recording__session=session):
        jobs.stop(job)


def _erase_modality(
    sessions: QuerySet[CaptureSession], modality: str, officer: Officer | None
) -> list[int]:
    touched = (
        Stage.objects.filter(name=modality, job__recording__session__in=sessions)
        .exclude(error_code="no_consent")
        .exclude(state=Stage.State.SKIPPED, result={})
        .select_related("job__recording")
    )
    queued: list[int] = []
    for stage in touched:
        queued += _erase_modality_of(stage.job, modality)
        audit.record("modality.erased", actor=officer, obj=stage.job.recording, modality=modality)
    return queued


@transaction.atomic
def _erase_modality_of(job: ProcessingJob, modality: str) -> list[int]:
    # The live pass reads what was allowed when it began: another begins with what is allowed now.
    queued = [*jobs.stop_modality(job, modality), *jobs.read_anew(job)]
    forgetting.forget_modality(job.recording_id, modality)
    recording = Recording.objects.select_for_update(of=["self"]).get(pk=job.recording_id)
    with histories.rebuilt_without_network(recording):
        observations.forget(recording, modality)
    summary = recording.summary
    summary.get("modalities", {}).pop(modality, None)
    summary.pop("voice_face_disagreement", None)
    recording.quality = observations.findings(job)
    recording.save(update_fields=["summary", "quality"])
    return queued

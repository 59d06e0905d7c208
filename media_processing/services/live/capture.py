"""The life of a live capture: opened, closed, discarded, and closed where nobody came back."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, Consent, Officer
from applicants.selectors import has_consent
from applicants.services import audit
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveProgress,
    LiveQuestion,
    ProcessingJob,
    Recording,
    Stage,
)
from media_processing.models.job import StageName
from media_processing.models.live import QUESTION_CHARACTERS
from media_processing.services import intake, jobs, storage
from media_processing.services.live import forgetting

logger = structlog.get_logger(__name__)

MAX_QUESTIONS = 30


@transaction.atomic
def open_capture(
    officer: Officer, session: CaptureSession, *, kind: str, questions: Sequence[str] = ()
) -> LiveCapture:
    """Open a capture with its recording and job. Raises ProblemError as an upload does."""
    intake.check_allowed(officer, session, kind, 1)
    texts = _checked(questions)
    # The lock lets a withdrawal of consent come before or after, never in between.
    locked = CaptureSession.objects.select_for_update(of=["self"]).get(pk=session.pk)
    # This one orders the opening before or after a decision, which no open recording may meet.
    Application.objects.select_for_update(no_key=True).get(pk=locked.application_id)
    intake.check_open(locked)
    recording = Recording.objects.create(
        session=locked, kind=kind, sha256="", size_bytes=0, uploaded_by=officer
    )
    live = LiveCapture.objects.create(recording=recording)
    LiveProgress.objects.create(live=live)
    LiveQuestion.objects.bulk_create(
        LiveQuestion(live=live, number=number, text=text)
        for number, text in enumerate(texts, start=1)
    )
    jobs.create_live_job(recording)
    audit.record("live.opened", actor=officer, obj=recording, kind=kind, questions=len(texts))
    return live


def _checked(questions: Sequence[str]) -> list[str]:
    texts = [" ".join(text.split()) for text in questions]
    if len(texts) > MAX_QUESTIONS:
        raise _invalid(_("At most %(limit)d questions fit an interview.") % {
            "limit": MAX_QUESTIONS
        })  # fmt: skip
    if any(not text or len(text) > QUESTION_CHARACTERS for text in texts):
        raise _invalid(
            _("A question has 1 to %(limit)d characters.") % {"limit": QUESTION_CHARACTERS}
        )
    return texts


def _invalid(sentence: str) -> ProblemError:
    return ProblemError("invalid", sentence, fields={"questions": sentence})


def locked_open(live: LiveCapture) -> LiveCapture:
    """Lock an open capture for a change, inside a transaction. Raises ProblemError.

    410 where it has ended, 403 where consent no longer stands, 409 where the application is closed.
    """
    locked = (
        LiveCapture.objects.select_for_update(of=["self"])
        .select_related("recording__session__application__applicant", "recording__uploaded_by")
        .get(pk=live.pk)
    )
    session = locked.recording.session
    if not has_consent(session.application.applicant, Consent.Scope.RECORDING):
        # Said before "erased", which it is too by now: the recorder stops for this reason.
        raise RefusedError("consent_missing", _("The applicant has taken back their consent."))
    intake.check_open(session)
    if not locked.is_open or not locked.recording.job.is_open:
        raise ProblemError("capture_ended", _("This recording has ended."), status=410)
    return locked


@transaction.atomic
def close(live: LiveCapture, *, officer: Officer | None) -> list[int]:
    """End a capture and let the ordinary job run over the whole; return the stages to ring for.

    Closing twice changes nothing. Raises ProblemError 409 where nothing was recorded.
    """
    locked = LiveCapture.objects.select_for_update(of=["self"]).get(pk=live.pk)
    if locked.state == LiveCapture.State.CLOSED:
        return []
    if not locked.is_open:
        raise ProblemError("capture_ended", _("This recording was discarded."), status=410)
    takes = locked.takes.filter(size_bytes__gt=0)
    if not takes.exists():
        raise ProblemError(
            "nothing_recorded", _("Nothing was recorded yet; there is nothing to keep."), status=409
        )
    takes.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    locked.state, locked.closed_at = LiveCapture.State.CLOSED, timezone.now()
    locked.save(update_fields=["state", "closed_at"])
    # The job before the audit trail, as everywhere: a worker may be handing evidence over now.
    queued = jobs.end_live(locked.recording.job)
    recorded_s = round(sum(take.duration_s for take in takes), 1)
    audit.record(
        "live.closed", actor=officer, obj=locked.recording, takes=takes.count(),
        recorded_s=recorded_s, size_bytes=locked.recording.size_bytes,
    )  # fmt: skip
    return queued


@transaction.atomic
def discard(live: LiveCapture, *, officer: Officer | None, last_take: int | None = None) -> None:
    """Throw a capture away, so that it can be recorded again.

    Its content, what was observed, marks and confirmations are erased. Scores that it moved
    meanwhile stay in the append-only history; nothing of it counts any more. Raises ProblemError
    410 where it has ended, and 409 where a take was begun after ``last_take``: a browser may bring
    the word of its officer late.
    """
    locked = LiveCapture.objects.select_for_update(of=["self"]).get(pk=live.pk)
    if locked.state == LiveCapture.State.DISCARDED:
        return
    if not locked.is_open:
        raise ProblemError(
            "capture_ended", _("This recording has ended and is part of the session."), status=410
        )
    if last_take is not None and locked.takes.filter(number__gt=last_take).exists():
        raise ProblemError(
            "went_on",
            _("This recording has gone on in another window. Nothing was discarded."),
            status=409,
        )
    locked.state, locked.closed_at = LiveCapture.State.DISCARDED, timezone.now()
    locked.save(update_fields=["state", "closed_at"])
    forget_chunks(locked)
    jobs.stop(locked.recording.job)
    captures = LiveCapture.objects.filter(pk=locked.pk)
    forgetting.forget_subject(captures)
    forgetting.forget_marks(captures)
    audit.record("live.discarded", actor=officer, obj=locked.recording)


def forget_chunks(live: LiveCapture) -> None:
    """Remove a capture's chunks: the rows now, the files once that is committed."""
    keys = storage.chunk_keys(live.recording.session_id, live=live)
    for take in live.takes.all():
        take.chunks.all().delete()
    transaction.on_commit(lambda: storage.remove(keys))


def close_abandoned() -> list[int]:
    """Close captures to which nobody came back, and any that is open for too long, whoever sends
    to it now and then: nobody can decide meanwhile. Return the stages to ring for.

    What came is kept and analysed; an empty one is discarded, and one whose job was cancelled.
    """
    now = timezone.now()
    limit = now - timedelta(seconds=settings.LIVE_ABANDONED_AFTER_S)
    silent = Q(last_chunk_at__lt=limit) | Q(last_chunk_at__isnull=True, opened_at__lt=limit)
    old = Q(opened_at__lt=now - timedelta(seconds=settings.LIVE_OPEN_AT_MOST_S))
    cancelled = ~Q(recording__job__state__in=ProcessingJob.OPEN_STATES)
    queued: list[int] = []
    opened = LiveCapture.objects.filter(state=LiveCapture.State.OPEN)
    for live in opened.filter(cancelled):
        discard(live, officer=None)
    for live in opened.filter(silent | old):
        try:
            queued += close(live, officer=None)
        except ProblemError:
            discard(live, officer=None)
        logger.info("abandoned_capture_ended", live=str(live.pk))
    return queued


def unwatched() -> list[int]:
    """Start the closing pass of captures whose live stage nobody holds any more."""
    waiting = ProcessingJob.objects.filter(
        state__in=ProcessingJob.OPEN_STATES,
        recording__live__state=LiveCapture.State.CLOSED,
        stages__name=StageName.LIVE,
        stages__state__in=Stage.OPEN_STATES,
    )
    return [stage for job in waiting for stage in jobs.end_live(job)]

"""Forgetting what is kept of a person beside the rows of a live recording."""

from typing import Any

from django.db.models import Q, QuerySet

from media_processing.models import LiveCapture, LiveProgress, QuestionMark


def with_traces(captures: QuerySet[LiveCapture]) -> QuerySet[LiveCapture]:
    """Return those captures of which :func:`forget_subject` would blank anything of a person."""
    blank = Q(
        subject={}, progress__faces=[], progress__bodies=[], progress__measures={},
        progress__findings=[], progress__people=0,
    )  # fmt: skip
    return captures.exclude(blank)


def forget_seen(captures: QuerySet[LiveCapture]) -> None:
    """Blank what the live pass saw last: places of faces and bodies, and measures of a walk."""
    LiveProgress.objects.filter(live__in=captures).update(
        faces=[], bodies=[], measures={}, findings=[], people=0
    )


def forget_modality(recording_id: Any, modality: str) -> None:
    """Blank what the live pass said of one modality; it is read anew from the start, if at all."""
    blank = {"face": {"faces": []}, "gait": {"bodies": [], "measures": {}}}.get(modality, {})
    progress = LiveProgress.objects.filter(live__recording=recording_id)
    for horizons in progress.values_list("horizons", flat=True):
        horizons.pop(modality, None)
        progress.update(horizons=horizons, **blank)


def forget_subject(captures: QuerySet[LiveCapture]) -> None:
    """Blank whose face, voice and body was confirmed, too; nobody reads the recording after it."""
    forget_seen(captures)
    captures.update(subject={})


def forget_marks(captures: QuerySet[LiveCapture]) -> None:
    """Remove where answers started and ended."""
    QuestionMark.objects.filter(question__live__in=captures).delete()

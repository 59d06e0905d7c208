"""What is known of a live capture at this moment: the object that pages and clients get."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from applicants.models import Officer
from media_processing.models import (
    LiveCapture,
    LiveProgress,
    Observation,
    QuestionMark,
    Stage,
)
from media_processing.models.job import StageName
from media_processing.models.observation import ModalityName
from media_processing.selectors import sessions_for

# How far back the first answer reaches; later ones bring only what is new.
SHOWN_S = 60.0
_DIGITS = 3
WITHDRAWN = "withdrawn"


def captures_for(officer: Officer) -> QuerySet[LiveCapture]:
    return LiveCapture.objects.filter(
        recording__session__in=sessions_for(officer).order_by().values("pk")
    ).select_related("recording__session__application__applicant", "recording__uploaded_by")


def live_state(live: LiveCapture, *, since: int = 0) -> dict[str, Any]:
    """Return the state of a capture, with the observations that are newer than row ``since``."""
    takes = list(live.takes.annotate(received=Count("chunks")))
    progress = LiveProgress.objects.filter(live=live).first() or LiveProgress(live=live)
    recorded_s = sum(take.duration_s for take in takes)
    rows, cursor = _new_rows(live, since, recorded_s)
    return {
        "id": str(live.pk),
        "state": state_of(live),
        "kind": live.recording.kind,
        "recorded_s": round(recorded_s, _DIGITS),
        "takes": [
            {"number": take.number, "next": take.received, "duration_s": take.duration_s}
            for take in takes
        ],
        "progress": _progress(live, progress),
        "lag_s": _lag_s(progress, recorded_s),
        "subject": live.subject,
        "question": _question(live),
        "cursor": cursor,
        "observations": rows,
    }


def state_of(live: LiveCapture) -> str:
    """Return open, closed, discarded or withdrawn."""
    if live.recording.session.is_shredded:
        return WITHDRAWN
    if live.is_open and not live.recording.job.is_open:
        return LiveCapture.State.DISCARDED
    return str(live.state)


def _new_rows(
    live: LiveCapture, since: int, recorded_s: float
) -> tuple[dict[str, list[list[float]]], int]:
    rows = Observation.objects.filter(recording=live.recording, pk__gt=since).order_by("pk")
    if not since:
        rows = rows.filter(t_end_s__gte=recorded_s - SHOWN_S)
    found = list(rows)
    by_modality: dict[str, list[list[float]]] = {name: [] for name in ModalityName.values}
    for row in found:
        by_modality[row.modality].append(_row(row))
    return by_modality, found[-1].pk if found else since


def _row(row: Observation) -> list[float]:
    """Return start, end, seven probabilities, valence, arousal, confidence and quality."""
    measured = (row.valence, row.arousal, row.confidence, row.quality)
    figures = (row.t_start_s, row.t_end_s, *row.probabilities, *measured)
    return [round(float(figure), _DIGITS) for figure in figures]


def _progress(live: LiveCapture, progress: LiveProgress) -> dict[str, Any]:
    watched = Stage.objects.filter(
        job__recording=live.recording, name=StageName.LIVE, state=Stage.State.RUNNING,
        lease_until__gt=timezone.now(),
    )  # fmt: skip
    return {
        "decoded_s": round(progress.decoded_s, _DIGITS),
        "horizons": progress.horizons,
        "shed_frames": progress.shed_frames,
        "people": progress.people,
        "faces": progress.faces,
        "findings": progress.findings,
        "is_watched": watched.exists(),
    }


def _lag_s(progress: LiveProgress, recorded_s: float) -> float | None:
    """Return how far the slowest analysis is behind what was received; None before the first."""
    horizons: Sequence[float] = list(progress.horizons.values())
    return round(max(0.0, recorded_s - min(horizons)), _DIGITS) if horizons else None


def _question(live: LiveCapture) -> int | None:
    """Return the number of the question whose answer is being given; None between answers."""
    marks = QuestionMark.objects.filter(question__live=live).select_related("question")
    newest = marks.order_by("-take__number", "-t_s").first()
    is_open = newest is not None and newest.kind == QuestionMark.Kind.START
    return newest.question.number if newest is not None and is_open else None

"""What is known of a live capture at this moment: the object that pages and clients get."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from applicants.models import Branch, Consent, Officer
from applicants.selectors import has_consent
from media_processing.models import (
    LiveCapture,
    LiveProgress,
    Observation,
    QuestionMark,
    Recording,
    Stage,
)
from media_processing.models.job import StageName
from media_processing.models.observation import ModalityName
from media_processing.selectors import sessions_for
from media_processing.selectors.live_score import score_state

# How far back the first answer reaches; later ones bring only what is new.
SHOWN_S = 60.0
_DIGITS = 3
WITHDRAWN = "withdrawn"
OPEN = str(LiveCapture.State.OPEN)
# Captures whose branch keeps from everybody what is seen and heard while they are made.
HIDDEN = {
    "state": OPEN,
    "recording__session__application__branch__live_display": Branch.LiveDisplay.HIDDEN,
}


def captures_for(officer: Officer) -> QuerySet[LiveCapture]:
    return LiveCapture.objects.filter(
        recording__session__in=sessions_for(officer).order_by().values("pk")
    ).select_related(
        "recording__session__application__applicant",
        "recording__session__application__branch",
        "recording__uploaded_by",
        "recording__job",
        "progress",
    )


def live_state(
    live: LiveCapture,
    *,
    officer: Officer | None = None,
    since: int = 0,
    last: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the state of a capture, with the observations that are newer than row ``since``.

    Score and alerts are told to an ``officer`` who may see them. Where the branch hides them during
    the talk, neither they nor any observation is in the state until the recording has ended.
    ``last`` is the state before, if there is one.
    """
    state = state_of(live)
    hidden = hides(live)
    takes = list(live.takes.annotate(received=Count("chunks")))
    progress = getattr(live, "progress", None) or LiveProgress(live=live)
    recorded_s = sum(take.duration_s for take in takes)
    rows, cursor = (_none(), since) if hidden else _new_rows(live, since, recorded_s)
    score, alerts = score_state(live, officer, last) if officer and not hidden else (None, [])
    return {
        "id": str(live.pk),
        "state": state,
        "kind": live.recording.kind,
        "recorded_s": round(recorded_s, _DIGITS),
        "takes": [
            {"number": take.number, "next": take.received, "duration_s": take.duration_s}
            for take in takes
        ],
        "progress": _progress(live, progress, hidden=hidden),
        "lag_s": _lag_s(progress, recorded_s),
        "subject": live.subject,
        "question": _question(live),
        "cursor": cursor,
        "observations": rows,
        "score": score,
        "alerts": alerts,
        "hidden": hidden,
    }


def hides(live: LiveCapture) -> bool:
    """Return whether the branch keeps signals and score from everybody at this moment."""
    branch = live.recording.session.application.branch
    return branch.live_display == Branch.LiveDisplay.HIDDEN and state_of(live) == OPEN


def is_hidden(recording: Recording) -> bool:
    """Return the same of a recording of any origin; one that was uploaded is never hidden."""
    live = LiveCapture.objects.filter(recording=recording, **HIDDEN)
    return live.exists()


def state_of(live: LiveCapture) -> str:
    """Return open, closed, discarded or withdrawn."""
    session = live.recording.session
    if session.is_shredded:
        return WITHDRAWN
    if live.is_open and not live.recording.job.is_open:
        # Work stops a moment before the files of a withdrawn consent are shredded.
        stands = has_consent(session.application.applicant, Consent.Scope.RECORDING)
        return str(LiveCapture.State.DISCARDED) if stands else WITHDRAWN
    return str(live.state)


def _new_rows(
    live: LiveCapture, since: int, recorded_s: float
) -> tuple[dict[str, list[list[float]]], int]:
    rows = Observation.objects.filter(recording=live.recording, pk__gt=since).order_by("pk")
    if not since:
        rows = rows.filter(t_end_s__gte=recorded_s - SHOWN_S)
    found = list(rows)
    by_modality = _none()
    for row in found:
        by_modality[row.modality].append(_row(row))
    return by_modality, found[-1].pk if found else since


def _none() -> dict[str, list[list[float]]]:
    return {name: [] for name in ModalityName.values}


def _row(row: Observation) -> list[float]:
    """Return start, end, seven probabilities, valence, arousal, confidence and quality."""
    measured = (row.valence, row.arousal, row.confidence, row.quality)
    figures = (row.t_start_s, row.t_end_s, *row.probabilities, *measured)
    return [round(float(figure), _DIGITS) for figure in figures]


def _progress(live: LiveCapture, progress: LiveProgress, *, hidden: bool) -> dict[str, Any]:
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
        "bodies": progress.bodies,
        "measures": {} if hidden else progress.measures,
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

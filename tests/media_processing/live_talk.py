"""A talk that is being recorded, with the rows that a live worker writes meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from applicants.models import Officer
from media_processing.analysis.types import EMOTIONS, Modality, Observation
from media_processing.models import CaptureSession, LiveCapture, LiveProgress, Stage
from media_processing.services import evidence, observations
from media_processing.services.live import capture, chunks
from scoring.models import ScoreRevision
from scoring.services.rescore import rescore

RECORDED_S = 60
QUIET_S = 20.0
STEP_S = {Modality.FACE: 0.2, Modality.VOICE: 1.0, Modality.GAIT: 0.8}


def opened(session: CaptureSession, officer: Officer, kind: str = "interview") -> LiveCapture:
    """Open a capture of a scored application, with one take of a minute that is being watched."""
    rescore(session.application, ScoreRevision.Cause.APPLICATION_CREATED, actor=officer)
    live = capture.open_capture(officer, session, kind=kind, questions=["Why this loan?"])
    take = chunks.begin_take(live, media_type="video/webm", client="tab")
    take.duration_s = RECORDED_S
    take.save()
    watch(live, seen_s=RECORDED_S - 2.0)
    return live


def watch(live: LiveCapture, *, seen_s: float, **progress: object) -> None:
    """Write what a live worker says of itself: it holds the stage and has seen so much."""
    LiveProgress.objects.filter(live=live).update(
        decoded_s=seen_s, horizons={"face": seen_s, "voice": seen_s}, people=1, **progress
    )
    held_until = timezone.now() + timedelta(minutes=10)
    Stage.objects.filter(job__recording=live.recording, name="live").update(
        state=Stage.State.RUNNING, lease_until=held_until
    )


def observe(
    live: LiveCapture,
    modality: Modality = Modality.FACE,
    *,
    strongest: str = "happy",
    from_s: float = 0.0,
    to_s: float = 58.0,
    quality: float = 0.8,
) -> Sequence[Observation]:
    """Write rows that are neutral for ``QUIET_S``, and then of one strongest label."""
    step_s = STEP_S[modality]
    rows = [
        Observation(
            modality=modality, t_start_s=from_s + n * step_s, t_end_s=from_s + (n + 1) * step_s,
            person=0, valence=0.4, arousal=-0.2, confidence=0.9, quality=quality,
            probabilities=_shares("neutral" if n * step_s < QUIET_S else strongest, n),
        )
        for n in range(round((to_s - from_s) / step_s))
    ]  # fmt: skip
    observations.append(live.recording, rows, "ab" * 32)
    return rows


def _shares(strongest: str, place: int) -> tuple[float, ...]:
    """Return shares that move from row to row, so that each row is a look of its own."""
    rest = 0.04 + 0.01 * (place * 7 % 5)
    return tuple(1 - 6 * rest if label == strongest else rest for label in EMOTIONS)


def hand_over(
    live: LiveCapture, rows: Sequence[Observation], modality: str = "face", **measures: float
) -> None:
    """Let the score move, as the live worker does every ten seconds."""
    recording = live.recording
    evidence.hand_over_so_far(recording.job.pk, recording, modality, rows, measures)

"""The values that flow from a canonical recording to its observations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from media_processing.analysis.subject import NOT_ASKED, Subject


class Modality(StrEnum):
    """Where a signal was observed."""

    FACE = "face"
    VOICE = "voice"
    GAIT = "gait"


class Emotion(StrEnum):
    """The seven expression labels of the product, in their fixed order."""

    ANGRY = "angry"
    DISGUST = "disgust"
    FEAR = "fear"
    HAPPY = "happy"
    NEUTRAL = "neutral"
    SAD = "sad"
    SURPRISE = "surprise"


EMOTIONS: tuple[str, ...] = tuple(emotion.value for emotion in Emotion)


class ModalityStatus(StrEnum):
    """How the analysis of one modality ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class Severity(StrEnum):
    """How much a quality finding weakens what was observed."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """One thing about the material that the officer should know.

    ``value`` is the measured figure; ``advice`` says in the officer's words what to do next time.
    """

    code: str
    severity: Severity
    value: float | None
    advice: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One timed output of a network.

    ``probabilities`` follow :data:`EMOTIONS` and sum to 1; ``valence`` and ``arousal`` lie in
    -1…1; ``confidence`` (how sure the network is) and ``quality`` (how good the material was) in
    0…1. ``person`` numbers the people of a recording from 0 in order of time on screen.
    """

    modality: Modality
    t_start_s: float
    t_end_s: float
    person: int
    probabilities: tuple[float, ...]
    valence: float
    arousal: float
    confidence: float
    quality: float

    def __post_init__(self) -> None:
        if len(self.probabilities) != len(EMOTIONS):
            raise ValueError(f"an observation needs {len(EMOTIONS)} probabilities")
        if self.t_end_s < self.t_start_s:
            raise ValueError("an observation cannot end before it starts")


@dataclass(frozen=True, slots=True)
class CanonicalMedia:
    """The trusted files that the sandbox made from an upload.

    ``video_path`` is H.264 at a constant rate, upright; ``audio_path`` is 16 kHz mono PCM.
    Either is None where the upload had no such stream. ``subject`` says whose face and voice are
    read; an upload's is empty. ``sound_channels`` is how many the upload had.
    """

    video_path: Path | None
    audio_path: Path | None
    duration_s: float
    subject: Subject = NOT_ASKED
    sound_channels: int | None = None


@dataclass(frozen=True, slots=True)
class ModalityResult:
    """What one modality yields for one recording.

    ``reason`` is a code for a skipped or failed modality, else empty. ``coverage`` is the share of
    the recording (0…1) that could be used. ``measures`` holds the modality's own figures under the
    names of the published contract (``people``, ``speech_s``, ``walking_s``, ``cadence_spm`` …).
    ``series`` holds named time series for the session page: each a list of rows that start with
    ``t_s``.
    """

    modality: Modality
    status: ModalityStatus
    reason: str = ""
    coverage: float = 0.0
    measures: Mapping[str, float | int | None] = field(default_factory=dict)
    observations: Sequence[Observation] = ()
    quality: Sequence[QualityFinding] = ()
    series: Mapping[str, Sequence[Sequence[float | None]]] = field(default_factory=dict)


# Called with (done, total) in any unit, so that pure code reports without knowing who listens.
Progress = Callable[[int, int], None]
# Called with the observations found since the last call.
Emit = Callable[[Sequence[Observation]], None]

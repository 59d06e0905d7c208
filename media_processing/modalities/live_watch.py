"""Watching a recording while it is made: one face, one voice, in the time of the recording.

Nothing is observed of anybody whom the officer has not confirmed as the subject: faces are
followed and counted, sound is kept in memory, and what it holds is told once somebody is named.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray
from media_processing.analysis.face_landmarks import MediaPipeFaceReader
from media_processing.analysis.growing import Growing
from media_processing.analysis.subject import Subject, VoiceChoice
from media_processing.analysis.types import Modality, Observation
from media_processing.analysis.video import Frame
from media_processing.inference.face_emotion import FaceEmotionNetwork
from media_processing.modalities.face_watch import FRAME_RATE_HZ, FaceWatch
from media_processing.modalities.gait_watch import LOOK_RATE_HZ
from media_processing.modalities.live_gait import LiveGait
from media_processing.modalities.voice_watch import VoiceWatch

CHANNELS = 2
# Share of a slot by which a picture may come early and still be the one of its slot.
_SLOT_TOLERANCE = 0.05

Measures = dict[str, float | None]
Face = tuple[int, tuple[float, float, float, float]]


@dataclass(slots=True)
class Found:
    """What is new since the last call.

    Modalities in ``void`` are told anew from the start: what was told before was somebody else.
    An observation that starts with an earlier one of its modality takes its place.
    """

    observations: dict[Modality, list[Observation]] = field(default_factory=dict)
    void: set[Modality] = field(default_factory=set)


class LiveWatch:
    """The analyses of one recording, fed with pictures and sound as they come.

    ``known`` are the observations that an earlier watch of the same recording made. Close it, to
    free the native graphs. Raises WeightsError where weights are missing.
    """

    def __init__(
        self,
        weights_dir: Path,
        modalities: Collection[str],
        subject: Subject,
        known: Mapping[Modality, Sequence[Observation]] | None = None,
    ) -> None:
        self._weights_dir = weights_dir
        self._subject = subject
        self._known = known or {}
        self._face = _FaceSide(weights_dir, subject) if Modality.FACE in modalities else None
        self._voice = _VoiceSide(self) if Modality.VOICE in modalities else None
        self._gait = (
            LiveGait(weights_dir, subject, is_told_before=bool(self._known.get(Modality.GAIT)))
            if Modality.GAIT in modalities
            else None
        )
        self._face_slot = -1
        self._void: set[Modality] = set()

    def close(self) -> None:
        for side in (self._face, self._gait):
            if side is not None:
                side.close()

    @property
    def rate_hz(self) -> float:
        """Pictures per second that are worth decoding: steps are quicker than faces."""
        return LOOK_RATE_HZ if self._gait is not None else FRAME_RATE_HZ

    @property
    def weights_dir(self) -> Path:
        return self._weights_dir

    @property
    def known_voice(self) -> Sequence[Observation]:
        return self._known.get(Modality.VOICE, ())

    @property
    def people(self) -> int:
        """How many people were seen: distinct faces, or bodies at once."""
        return max((side.people for side in (self._face, self._gait) if side), default=0)

    @property
    def faces(self) -> list[Face]:
        return self._face.faces if self._face else []

    @property
    def bodies(self) -> list[Face]:
        return self._gait.bodies if self._gait else []

    @property
    def measures(self) -> Measures:
        """The measures of the walk so far, empty where none is looked for.

        ``last_step_s`` is the second of the recording up to which steps are counted.
        """
        if self._gait is None:
            return {}
        return self._gait.measures | {"last_step_s": self._gait.last_step_s}

    def measures_of(self, modality: Modality) -> Measures:
        """Return what is measured beside the observations of a modality, by the rules' names.

        The people of the face are its distinct faces, as in the closing pass: bodies do not count.
        """
        if modality is Modality.FACE and self._face is not None:
            return {"people": self._face.people}
        return self._gait.measures if modality is Modality.GAIT and self._gait else {}

    @property
    def horizons_s(self) -> dict[str, float]:
        """The second of the recording up to which each modality has been looked at."""
        sides = {
            Modality.FACE: self._face,
            Modality.VOICE: self._voice,
            Modality.GAIT: self._gait,
        }
        return {str(name): side.horizon_s for name, side in sides.items() if side is not None}

    def begin_take(self, offset_s: float) -> None:
        """Say that what follows is of a take that starts at ``offset_s``."""
        if self._voice is not None:
            self._voice.pad_to(offset_s)

    def picture(self, t_s: float, image_bgr: npt.NDArray[np.uint8]) -> None:
        """Look at a picture of the recording's time ``t_s``."""
        frame = Frame(t_s, image_bgr)
        if self._gait is not None:
            self._gait.take(frame)
        slot = int(t_s * FRAME_RATE_HZ + _SLOT_TOLERANCE)
        # Those of a walk come more often than a face needs them.
        is_due = self._gait is None or slot != self._face_slot
        if self._face is not None and is_due:
            self._face_slot = slot
            self._face.take(frame)

    def sound(self, samples: npt.NDArray[np.int16]) -> None:
        """Take in the next (n, channels) samples at 16 kHz."""
        if self._voice is not None:
            self._voice.take(samples)

    def confirm(self, subject: Subject) -> None:
        """Take what the officer says now about whose face and voice is the subject's."""
        if subject == self._subject:
            return
        self._subject = subject
        if self._face is not None and self._face.confirm(subject):
            self._void.add(Modality.FACE)
        if self._voice is not None and self._voice.confirm(subject):
            self._void.add(Modality.VOICE)
        if self._gait is not None:
            self._gait.confirm(subject)

    def take_new(self) -> Found:
        """Return what was observed since the last call."""
        found = Found(void=self._void)
        self._void = set()
        for name, side in ((Modality.FACE, self._face), (Modality.VOICE, self._voice)):
            if side is not None and (new := side.take_new()):
                found.observations[name] = new
        if self._gait is not None:
            self._take_walk(found)
        return found

    def _take_walk(self, found: Found) -> None:
        assert self._gait is not None
        new, is_void = self._gait.take_new()
        if is_void:
            found.void.add(Modality.GAIT)
        if new:
            found.observations[Modality.GAIT] = new

    @property
    def subject(self) -> Subject:
        return self._subject


class _FaceSide:
    """Faces through all takes; another size of picture is another camera, watched anew."""

    def __init__(self, weights_dir: Path, subject: Subject) -> None:
        self._reader = MediaPipeFaceReader()
        self._network = FaceEmotionNetwork(weights_dir)
        self._subject = subject
        self._watch: FaceWatch | None = None
        self._size = (0, 0)
        self._people_before = 0
        self._left_over: list[Observation] = []
        self.horizon_s = 0.0

    def close(self) -> None:
        self._reader.close()

    @property
    def people(self) -> int:
        return max(self._people_before, self._watch.people if self._watch else 0)

    @property
    def faces(self) -> list[Face]:
        return self._watch.faces() if self._watch else []

    def take(self, frame: Frame) -> None:
        size = (frame.image_bgr.shape[1], frame.image_bgr.shape[0])
        if self._watch is None or size != self._size:
            if self._watch is not None:
                self._people_before = self.people
                self._left_over += self._watch.take_new()
            self._size = size
            self._watch = FaceWatch(
                size, 1 / FRAME_RATE_HZ, self._reader, self._network, self._subject
            )
        self._watch.take(frame)
        self.horizon_s = frame.t_s

    def confirm(self, subject: Subject) -> bool:
        self._subject = subject
        return self._watch.confirm(subject) if self._watch else False

    def take_new(self) -> list[Observation]:
        left_over, self._left_over = self._left_over, []
        return left_over + (self._watch.take_new() if self._watch else [])


class _VoiceSide:
    """Sound through all takes, kept so that another choice of the voice can be heard from it."""

    def __init__(self, whole: LiveWatch) -> None:
        self._whole = whole
        self._kept: Growing[np.int16] = Growing(np.int16, (CHANNELS,))
        self._watch: VoiceWatch | None = None
        self._is_one = False
        if self._may_hear(whole.subject):
            self._watch = VoiceWatch(whole.weights_dir, whole.known_voice, whole.subject)

    @property
    def horizon_s(self) -> float:
        return len(self._kept) / SAMPLE_RATE_HZ

    def pad_to(self, offset_s: float) -> None:
        missing = round(offset_s * SAMPLE_RATE_HZ) - len(self._kept)
        if missing > 0:
            self.take(np.zeros((missing, CHANNELS), np.int16))

    def take(self, samples: npt.NDArray[np.int16]) -> None:
        if samples.shape[1] == 1:
            # A side was chosen of sound that has none: it holds everybody's voice.
            self._is_one = True
            self._watch = self._watch if self._may_hear(self._whole.subject) else None
        both = np.repeat(samples, CHANNELS, axis=1) if samples.shape[1] == 1 else samples
        self._kept.extend(both)
        if self._watch is not None:
            self._watch.take(_chosen(both, self._whole.subject))

    def _may_hear(self, subject: Subject) -> bool:
        is_one_side = subject.voice.channel is not None
        return subject.voice is not VoiceChoice.NOBODY and not (is_one_side and self._is_one)

    def confirm(self, subject: Subject) -> bool:
        """Return whether what was told so far is void."""
        before = self._watch
        if before is not None and before.hears_the_same(subject):
            return False
        self._watch = None
        if self._may_hear(subject):
            self._watch = VoiceWatch(self._whole.weights_dir, (), subject)
            self._watch.take(_chosen(self._kept.rows, subject))
        return before is not None

    def take_new(self) -> list[Observation]:
        return self._watch.take_new() if self._watch else []


def _chosen(samples: npt.NDArray[np.int16], subject: Subject) -> FloatArray:
    """Return (n,) float32 in -1…1 of the subject's channel, or of both mixed."""
    channel = subject.voice.channel
    scaled = samples.astype(np.float32) / np.float32(32768)
    picked = scaled.mean(axis=1) if channel is None else scaled[:, channel]
    return np.asarray(picked, np.float32)

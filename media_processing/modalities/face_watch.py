"""Watching faces picture by picture: who is there, and what the subject's face expresses.

One watch serves a recording that is read from a file and one that is still being made.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_alignment import align
from media_processing.analysis.face_cuts import CutDetector, SwingDetector
from media_processing.analysis.face_findings import FaceSummary, face_findings
from media_processing.analysis.face_landmarks import FaceReader, FoundFace
from media_processing.analysis.face_quality import FaceQuality, sharpness
from media_processing.analysis.face_smoothing import QualityWeightedSmoother
from media_processing.analysis.face_subject import Run, confirmed_runs
from media_processing.analysis.face_tracks import AlignedFace, FaceTracker, Sighting, Track
from media_processing.analysis.subject import NOT_ASKED, Subject
from media_processing.analysis.types import (
    EMOTIONS,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
)
from media_processing.analysis.video import Frame
from media_processing.inference.face_emotion import FaceEmotionNetwork
from media_processing.inference.labels import valence_arousal

FRAME_RATE_HZ = 5.0
THOROUGH_EVERY_S = 1.0
# The wide search finds faces from about this share of the picture's longer side.
SMALL_FACE_SHARE = 0.08
# A face below this is not read at all: it would be a guess.
MINIMUM_QUALITY = 0.1
MAIN_PERSON = 0

GreyImage = npt.NDArray[np.uint8]


class FaceWatch:
    """Everybody's face so far, and what was read in the subject's.

    ``frame_size`` is (width, height) in pixels; ``period_s`` the time from one picture to the next.
    The subject's face is the one that the officer confirmed; where nobody was asked, the one that
    is on screen longest and largest.
    """

    def __init__(
        self,
        frame_size: tuple[int, int],
        period_s: float,
        reader: FaceReader,
        network: FaceEmotionNetwork,
        subject: Subject = NOT_ASKED,
    ) -> None:
        self._frame_size, self._period_s = frame_size, period_s
        self._reader, self._network = reader, network
        self._subject = subject
        self._takes_begun = 0
        self._tracker = FaceTracker(period_s)
        self._cuts, self._swings = CutDetector(), SwingDetector()
        self._newest_s = self._next_thorough_s = 0.0
        self._lights: list[float] = []
        self._readings: dict[tuple[int, int], Reading] = {}
        self._taken_from: set[tuple[int, int]] = set()

    def confirm(self, subject: Subject) -> bool:
        """Take what the officer says now; return whether what was told so far is void.

        Then somebody is no longer the subject, and ``take_new`` tells everything anew.
        """
        self._subject = subject
        chosen = {_key(part) for part in self._chosen()}
        if chosen.issuperset(self._taken_from):
            return False
        self._taken_from = set()
        for reading in self._readings.values():
            reading.rewind()
        return True

    def take_new(self) -> list[Observation]:
        """Return what was read in the subject's face since the last call."""
        new: list[Observation] = []
        for part in self._chosen():
            if observed := self._reading(part).take_new():
                self._taken_from.add(_key(part))
                new += observed
        return new

    @property
    def people(self) -> int:
        """How many distinct people were seen so far."""
        return len(self._tracker.people())

    def faces(self) -> list[tuple[int, tuple[float, float, float, float]]]:
        """Return who is in the newest picture, with x, y, width, height in shares of it.

        Person 0 is the subject; others are numbered from 1 in the order in which they came.
        """
        width, height = self._frame_size
        subject = [part.sightings[-1] for part in self._chosen()]
        faces = []
        for number, track in enumerate(self._tracker.tracks, start=1):
            if track.last.t_s < self._newest_s or not track.last.confirmed:
                continue
            person = MAIN_PERSON if any(track.last is one for one in subject) else number
            box = track.last.box
            shares = (box.x / width, box.y / height, box.width / width, box.height / height)
            faces.append((person, shares))
        return faces

    def result(self, duration_s: float) -> ModalityResult:
        """Sum up the recording."""
        people, chosen = len(self._tracker.people()), self._chosen()
        subject = Track([item for part in chosen for item in part.sightings])
        observations = [item for part in chosen for item in self._reading(part).observations]
        summary = self._summary(people, subject, observations, duration_s)
        status = ModalityStatus.DONE if observations else ModalityStatus.SKIPPED
        return ModalityResult(
            Modality.FACE,
            status,
            reason="" if observations else _reason(people, bool(chosen)),
            coverage=summary.coverage,
            measures=summary.measures(),
            observations=observations,
            quality=face_findings(summary),
            series=self._series(subject) if chosen else {},
        )

    def take(self, frame: Frame) -> None:
        """Look at the next picture; the times of pictures grow."""
        self._newest_s = frame.t_s
        grey = cv2.cvtColor(frame.image_bgr, cv2.COLOR_BGR2GRAY)
        self._lights.append(float(grey.mean()))
        if self._cuts.is_cut(grey):
            self._tracker.cut()
        if self._swings.has_swung(frame.t_s, grey) or self._begins_take(frame.t_s):
            self._tracker.doubt()
        expected = self._tracker.expected(frame.t_s)
        thorough = self._is_thorough(frame.t_s)
        found = self._reader.read(frame.image_bgr, expected, thorough=thorough)
        self._tracker.add(frame.t_s, [sighting(frame.t_s, grey, face) for face in found])

    def _is_thorough(self, t_s: float) -> bool:
        """Search for small faces once a second, and always while some are about."""
        small_px = SMALL_FACE_SHARE * max(self._frame_size)
        small = [box for box in self._tracker.expected_faces(t_s) if box.size < small_px]
        if t_s < self._next_thorough_s:
            return bool(small)
        self._next_thorough_s = t_s + THOROUGH_EVERY_S
        return True

    def _begins_take(self, t_s: float) -> bool:
        begun = sum(join_s <= t_s for join_s in self._subject.joins_s)
        begins, self._takes_begun = begun > self._takes_begun, begun
        return begins

    def _chosen(self) -> Sequence[Run | Track]:
        """Return whose sightings are read: the one place that decides it."""
        people = self._tracker.people()
        if self._subject.face is None:
            return people[:1]
        return confirmed_runs(people, self._subject.face, self._frame_size)

    def _reading(self, part: Run | Track) -> "Reading":
        reading = self._readings.setdefault(_key(part), Reading(part, self._period_s))
        reading.catch_up(self._network)
        return reading

    def _summary(
        self, people: int, subject: Track, observations: list[Observation], duration_s: float
    ) -> FaceSummary:
        usable_s = sum(item.t_end_s - item.t_start_s for item in observations)
        return FaceSummary(
            people=people,
            seen_s=subject.seen_s(self._period_s),
            coverage=min(usable_s / duration_s, 1.0) if duration_s > 0 else 0.0,
            picture_light=float(np.median(self._lights)) if self._lights else 0.0,
            qualities=[face.quality for _, face in aligned_faces(subject)],
            is_confirmed=None if self._subject.face is None else bool(subject.sightings),
        )

    def _series(self, main: Track) -> dict[str, list[list[float | None]]]:
        width, height = self._frame_size
        boxes: list[list[float | None]] = [
            [
                round(item.t_s, 3),
                round(item.box.x / width, 4),
                round(item.box.y / height, 4),
                round(item.box.width / width, 4),
                round(item.box.height / height, 4),
            ]
            for item in main.sightings
        ]
        faces = list(aligned_faces(main))
        return {
            "face_box": boxes,
            "face_quality": [[round(t_s, 3), round(f.quality.score, 3)] for t_s, f in faces],
            "face_turn_degrees": [
                [round(t_s, 3), round(face.quality.turn_degrees, 1)] for t_s, face in faces
            ],
        }


class Reading:
    """The observations of one track or run, read as far as it has come."""

    def __init__(self, part: Run | Track, period_s: float) -> None:
        self.observations: list[Observation] = []
        self._part, self._period_s = part, period_s
        self._smoother = QualityWeightedSmoother(len(EMOTIONS))
        self._read_sightings = 0
        self._taken = 0

    def catch_up(self, network: FaceEmotionNetwork) -> None:
        """Run the network over the sightings that are new since the last call."""
        seen = self._part.sightings
        fresh = Track(seen[self._read_sightings :])
        self._read_sightings = len(seen)
        usable = [
            (t_s, face)
            for t_s, face in aligned_faces(fresh)
            if face.quality.score >= MINIMUM_QUALITY
        ]
        if not usable:
            return
        reading = network.read(np.stack([face.crop for _, face in usable]))
        for (t_s, face), probabilities in zip(usable, reading.probabilities, strict=True):
            steady = self._smoother.add(t_s, probabilities, face.quality.score)
            self.observations.append(self._observation(t_s, steady, face.quality.score))

    def take_new(self) -> list[Observation]:
        """Return the observations since the last call."""
        new = self.observations[self._taken :]
        self._taken = len(self.observations)
        return new

    def rewind(self) -> None:
        """Let ``take_new`` return everything once more."""
        self._taken = 0

    def _observation(
        self, t_s: float, probabilities: npt.NDArray[np.float64], quality: float
    ) -> Observation:
        valence, arousal = valence_arousal(probabilities[np.newaxis])[0]
        return Observation(
            modality=Modality.FACE,
            t_start_s=t_s,
            t_end_s=t_s + self._period_s,
            person=MAIN_PERSON,
            probabilities=tuple(float(value) for value in probabilities),
            valence=float(valence),
            arousal=float(arousal),
            confidence=float(probabilities.max()),
            quality=quality,
        )


def _key(part: Run | Track) -> tuple[int, int]:
    return part.key if isinstance(part, Run) else (id(part), -1)


def _reason(people: int, is_chosen: bool) -> str:
    """Return why nothing was read."""
    if not people:
        return "no_face"
    return "face_unusable" if is_chosen else "face_not_confirmed"


def sighting(t_s: float, grey: GreyImage, found: FoundFace) -> Sighting:
    """Cut and judge a found face while its picture is at hand."""
    if found.landmarks is None:
        return Sighting(t_s, found.box, found.confirmed)
    crop = align(grey, found.landmarks)
    turn = max(abs(found.landmarks.yaw_degrees), abs(found.landmarks.pitch_degrees))
    quality = FaceQuality(found.box.height, sharpness(crop), float(crop.mean()), turn)
    return Sighting(t_s, found.box, found.confirmed, AlignedFace(crop, quality))


def aligned_faces(track: Track) -> Iterator[tuple[float, AlignedFace]]:
    """Yield the time and the crop of every sighting that could be aligned."""
    for item in track.sightings:
        if item.face is not None:
            yield item.t_s, item.face

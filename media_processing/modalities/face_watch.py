"""Watching faces picture by picture: who is there, and what the subject's face expresses.

One watch serves a recording that is read from a file and one that is still being made.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_alignment import align
from media_processing.analysis.face_cuts import CutDetector
from media_processing.analysis.face_findings import FaceSummary, face_findings
from media_processing.analysis.face_landmarks import FaceReader, FoundFace
from media_processing.analysis.face_quality import FaceQuality, sharpness
from media_processing.analysis.face_smoothing import QualityWeightedSmoother
from media_processing.analysis.face_tracks import AlignedFace, FaceTracker, Sighting, Track
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
    """

    def __init__(
        self,
        frame_size: tuple[int, int],
        period_s: float,
        reader: FaceReader,
        network: FaceEmotionNetwork,
    ) -> None:
        self._frame_size, self._period_s = frame_size, period_s
        self._reader, self._network = reader, network
        self._tracker = FaceTracker(period_s)
        self._cuts = CutDetector()
        self._next_thorough_s = 0.0
        self._lights: list[float] = []
        self._readings: dict[int, TrackReading] = {}

    def subject(self) -> Track | None:
        """Return the track of the face that is read: who is on screen longest and largest."""
        people = self._tracker.people()
        return people[0] if people else None

    def take_new(self) -> list[Observation]:
        """Return what was read in the subject's face since the last call."""
        subject = self.subject()
        return [] if subject is None else self._reading(subject).take_new()

    def result(self, duration_s: float) -> ModalityResult:
        """Sum up the recording."""
        people, subject = self._tracker.people(), self.subject()
        observations = [] if subject is None else self._reading(subject).observations
        summary = self._summary(len(people), subject, observations, duration_s)
        reason = "" if observations else "face_unusable" if people else "no_face"
        status = ModalityStatus.DONE if observations else ModalityStatus.SKIPPED
        return ModalityResult(
            Modality.FACE,
            status,
            reason=reason,
            coverage=summary.coverage,
            measures=summary.measures(),
            observations=observations,
            quality=face_findings(summary),
            series=self._series(subject) if subject else {},
        )

    def take(self, frame: Frame) -> None:
        """Look at the next picture; the times of pictures grow."""
        grey = cv2.cvtColor(frame.image_bgr, cv2.COLOR_BGR2GRAY)
        self._lights.append(float(grey.mean()))
        if self._cuts.is_cut(grey):
            self._tracker.cut()
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

    def _reading(self, track: Track) -> "TrackReading":
        reading = self._readings.setdefault(id(track), TrackReading(track, self._period_s))
        reading.catch_up(self._network)
        return reading

    def _summary(
        self,
        people: int,
        subject: Track | None,
        observations: list[Observation],
        duration_s: float,
    ) -> FaceSummary:
        seen_s = subject.seen_s(self._period_s) if subject else 0.0
        usable_s = sum(item.t_end_s - item.t_start_s for item in observations)
        return FaceSummary(
            people=people,
            seen_s=seen_s,
            coverage=min(usable_s / duration_s, 1.0) if duration_s > 0 else 0.0,
            picture_light=float(np.median(self._lights)) if self._lights else 0.0,
            qualities=[face.quality for _, face in aligned_faces(subject)] if subject else [],
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


class TrackReading:
    """The observations of one track, read as far as the track has come."""

    def __init__(self, track: Track, period_s: float) -> None:
        self.observations: list[Observation] = []
        self._track, self._period_s = track, period_s
        self._smoother = QualityWeightedSmoother(len(EMOTIONS))
        self._read_sightings = 0
        self._taken = 0

    def catch_up(self, network: FaceEmotionNetwork) -> None:
        """Run the network over the sightings that are new since the last call."""
        fresh = Track(self._track.sightings[self._read_sightings :])
        self._read_sightings = len(self._track.sightings)
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

"""The face modality: from the frames of a recording to observations of the main person.

Everybody's face is followed and counted; only the face that is on screen longest and largest is
read. Where no face could be read there is no observation: gaps stay gaps.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_alignment import align, cut_out
from media_processing.analysis.face_cuts import CutDetector
from media_processing.analysis.face_findings import FaceSummary, face_findings
from media_processing.analysis.face_landmarks import FaceReader, FoundFace, MediaPipeFaceReader
from media_processing.analysis.face_quality import FaceQuality, sharpness
from media_processing.analysis.face_smoothing import QualityWeightedSmoother
from media_processing.analysis.face_tracks import AlignedFace, FaceTracker, Sighting, Track
from media_processing.analysis.types import (
    EMOTIONS,
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
)
from media_processing.analysis.video import Frame, read_frames, video_facts
from media_processing.inference.face_emotion import FaceEmotionNetwork
from media_processing.inference.labels import valence_arousal

FRAME_RATE_HZ = 5.0
EMIT_EVERY_S = 5.0
THOROUGH_EVERY_S = 1.0
# The wide search finds faces from about this share of the picture's longer side.
SMALL_FACE_SHARE = 0.08
# A face below this is not read at all: it would be a guess.
MINIMUM_QUALITY = 0.1
MAIN_PERSON = 0

GreyImage = npt.NDArray[np.uint8]


def analyse(
    media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
) -> ModalityResult:
    """Follow the faces of a recording and read the main person's observed expression signal.

    ``emit`` gets the observations of whoever is the main person so far, about every five seconds
    of recording; the result holds those of the main person of the whole recording and replaces
    them. Raises WeightsError where the weights are missing, av.FFmpegError for an unreadable file.
    """
    if media.video_path is None:
        return ModalityResult(Modality.FACE, ModalityStatus.SKIPPED, reason="no_video")
    network = FaceEmotionNetwork(weights_dir)
    reader = MediaPipeFaceReader()
    try:
        watch = FaceWatch(media.video_path, reader, network)
        watch.run(emit, progress)
        return watch.result(media.duration_s)
    finally:
        reader.close()


class FaceWatch:
    """One pass over a recording."""

    def __init__(self, path: Path, reader: FaceReader, network: FaceEmotionNetwork) -> None:
        facts = video_facts(path)
        self._path, self._reader, self._network = path, reader, network
        self._total = max(round(facts.duration_s * 10), 1)
        self._frame_size = (facts.width_px, facts.height_px)
        self._period_s = max(1 / FRAME_RATE_HZ, 1 / max(facts.rate_hz, 0.1))
        self._tracker = FaceTracker(self._period_s)
        self._cuts = CutDetector()
        self._next_thorough_s = 0.0
        self._lights: list[float] = []
        self._readings: dict[int, TrackReading] = {}

    def run(self, emit: Emit, progress: Progress) -> None:
        """Read all frames, emitting now and then."""
        next_emit_s = EMIT_EVERY_S
        for frame in read_frames(self._path, FRAME_RATE_HZ):
            self._take(frame)
            progress(min(round(frame.t_s * 10), self._total), self._total)
            if frame.t_s >= next_emit_s:
                next_emit_s = frame.t_s + EMIT_EVERY_S
                self._emit_new(emit)
        self._emit_new(emit)
        progress(self._total, self._total)

    def result(self, duration_s: float) -> ModalityResult:
        """Sum up the recording."""
        people = self._tracker.people()
        observations = self._reading(people[0]).observations if people else []
        summary = self._summary(people, observations, duration_s)
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
            series=self._series(people[0]) if people else {},
        )

    def _take(self, frame: Frame) -> None:
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

    def _emit_new(self, emit: Emit) -> None:
        people = self._tracker.people()
        if people:
            new = self._reading(people[0]).take_new()
            if new:
                emit(new)

    def _summary(
        self, people: list[Track], observations: list[Observation], duration_s: float
    ) -> FaceSummary:
        main = people[0] if people else None
        seen_s = main.seen_s(self._period_s) if main else 0.0
        usable_s = sum(item.t_end_s - item.t_start_s for item in observations)
        return FaceSummary(
            people=len(people),
            seen_s=seen_s,
            coverage=min(usable_s / duration_s, 1.0) if duration_s > 0 else 0.0,
            picture_light=float(np.median(self._lights)) if self._lights else 0.0,
            qualities=[face.quality for _, face in aligned_faces(main)] if main else [],
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


def largest_face(reader: FaceReader, image_bgr: npt.NDArray[np.uint8]) -> GreyImage | None:
    """Return the (48, 48) crop of the largest face of a still picture; None without any.

    A still picture has no better moment to wait for, so a face without landmarks is cut as it is.
    """
    grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
    found = reader.read(image_bgr, [], thorough=True)
    if not found:
        return None
    best = max(found, key=lambda face: (face.confirmed, face.box.size))
    return align(grey, best.landmarks) if best.landmarks else cut_out(grey, best.box)

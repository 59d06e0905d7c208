"""Measuring the estimators of gait on labelled motion capture and labelled videos.

Motion capture is seen by eight cameras around the walker, and all views of one captured clip
together give one answer. Videos go through the product's own road: canonical file, pose, walking,
clips.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait import walk_bouts
from media_processing.analysis.gait_clips import clips_between
from media_processing.analysis.gait_features import gait_features
from media_processing.analysis.gait_tracks import BodyTrack, body_tracks
from media_processing.analysis.pose import MediaPipePoseFinder, follow_person
from media_processing.analysis.types import EMOTIONS
from media_processing.analysis.video import read_frames
from media_processing.inference.gait_i3d import AROUSAL_CLASSES, GaitI3d, GaitReading
from media_processing.inference.gait_kinematics import GaitKinematics
from media_processing.modalities.gait import LOOK_RATE_HZ
from media_processing.sandbox.canonicalise import canonicalise
from media_processing.sandbox.types import MediaRefused
from media_processing.training import impaired_alarms
from media_processing.training.evaluation import (
    EvaluationError,
    EvaluationRequest,
    answer_labels,
    decide,
    read_bytes,
    read_table,
    thinned,
)
from media_processing.training.evaluation_report import Answer, Judged, report
from media_processing.training.false_alarms import refuse_ignored
from media_processing.training.gait_folds import vote
from media_processing.training.layouts import casia_b_alarms, find_layout
from media_processing.training.layouts.base import LayoutError
from media_processing.training.render_walkers import (
    TEST_CAMERAS,
    MotionClip,
    read_clips,
    seen_stretches,
)

DATASETS = ("bandai1", "bandai2")
# Walks of the two that are made to limp or to carry: their false alarms are counted.
IMPAIRED = "impaired"
AROUSAL_COLUMN = "arousal_rule"
MOTION_RATE_HZ = 30.0
WINDOW_S, HOP_S, SHORTEST_S = 4.0, 2.0, 1.6

Array = npt.NDArray[np.float64]


class TrackReader(Protocol):
    """Reads the way of walking from tracks of one captured clip or recording."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The estimator's own emotion classes."""

    def read_tracks(self, tracks: Sequence[BodyTrack]) -> GaitReading | None:
        """Return one row per look at the walk; None where there was nothing to look at."""


class I3dReader:
    """The network on person-centred clips."""

    def __init__(self, network: GaitI3d) -> None:
        self._network = network
        self.classes = network.classes

    def read_tracks(self, tracks: Sequence[BodyTrack]) -> GaitReading | None:
        clips = [
            clip.pictures
            for track in tracks
            for clip in clips_between(track, track.t_s[0], track.t_s[-1])
        ]
        return self._network.read(clips) if clips else None


class KinematicsReader:
    """The readable estimator on windows of four seconds."""

    def __init__(self, estimator: GaitKinematics) -> None:
        self._estimator = estimator
        self.classes = estimator.classes

    def read_tracks(self, tracks: Sequence[BodyTrack]) -> GaitReading | None:
        windows = [window for track in tracks for window in _windows(track)]
        if not windows:
            return None
        return self._estimator.read(np.stack([gait_features(window) for window in windows]))


def _windows(track: BodyTrack) -> Iterator[BodyTrack]:
    room_s = max(0.0, track.duration_s - WINDOW_S)
    for start_s in np.arange(0.0, room_s + 1e-6, HOP_S):
        window = track.between(track.t_s[0] + start_s, track.t_s[0] + start_s + WINDOW_S)
        if window.duration_s >= SHORTEST_S - 0.1:
            yield window


def evaluate(request: EvaluationRequest, weights_dir: Path) -> dict[str, Any]:
    """Return the figures of the published contract.

    The label column ``arousal_rule`` (or a table whose labels are low, mid and high) measures the
    arousal head. Raises EvaluationError for a bad request, WeightsError for missing weights.
    """
    if request.layout is not None or request.dataset == IMPAIRED:
        return _false_alarms(request, weights_dir)
    reader = _reader(request.estimator or "i3d", weights_dir)
    samples = _samples(request)
    if not samples:
        raise EvaluationError(f"there is no clip of the split {request.split!r}")
    is_arousal = {label for label, _ in samples} <= set(AROUSAL_CLASSES)
    labels = AROUSAL_CLASSES if is_arousal else answer_labels(request, reader.classes)
    counted = [(label, source) for label, source in samples if label in labels]
    used = thinned(counted, request.limit)
    read = [reader.read_tracks(tracks_of(source)) for _, source in used]
    answers = [_answer(reading, request, is_arousal=is_arousal) for reading in read]
    judged = [
        Judged(label, answer, source.person if isinstance(source, StoredFile) else "")
        for (label, source), answer in zip(used, answers, strict=True)
    ]
    return report(judged, labels)


def _false_alarms(request: EvaluationRequest, weights_dir: Path) -> dict[str, Any]:
    """Measure walks in which no emotion can be right, and every alarm is a false one."""
    refuse_ignored(request)
    if request.layout is None:
        return impaired_alarms.evaluate(request, _captured(request.root, DATASETS), weights_dir)
    try:
        find_layout("gait", request.layout)
        return casia_b_alarms.evaluate(request, weights_dir)
    except LayoutError as error:
        raise EvaluationError(str(error)) from error


def _reader(estimator: str, weights_dir: Path) -> TrackReader:
    if estimator == "i3d":
        return I3dReader(GaitI3d.load(weights_dir))
    if estimator == "kinematics":
        return KinematicsReader(GaitKinematics.load(weights_dir))
    raise EvaluationError(f"no gait estimator {estimator!r}; known are i3d and kinematics")


def _answer(
    reading: GaitReading | None, request: EvaluationRequest, *, is_arousal: bool
) -> Answer | None:
    """Return the label that all looks together give (:func:`vote`); None without a look."""
    if reading is None:
        return None
    if is_arousal:
        return _largest(reading.arousal_levels, AROUSAL_CLASSES, ())
    if request.labels == "seven":
        return _largest(reading.seven(), EMOTIONS, request.among)
    return _largest(reading.emotions, reading.classes, request.among)


def _largest(shares: Array, names: Sequence[str], among: Sequence[str]) -> Answer:
    return decide(np.exp(vote(shares))[None], names, among)[0]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a table, in a folder or a zip."""

    root: Path
    name: str
    person: str = ""


Source = MotionClip | StoredFile


def _samples(request: EvaluationRequest) -> list[tuple[str, Source]]:
    if request.table is not None:
        rows = read_table(request.table, request.label_column, request.split)
        return [(row.label, StoredFile(request.root, row.file, row.person)) for row in rows]
    if request.dataset not in DATASETS:
        raise EvaluationError(
            f"no gait data set {request.dataset!r}; known are {', '.join((*DATASETS, IMPAIRED))}"
        )
    is_arousal = request.label_column == AROUSAL_COLUMN
    return [
        (clip.arousal if is_arousal else clip.emotion, clip)
        for clip in _captured(request.root, [request.dataset])
        if clip.locomotion and request.split in (None, clip.split)
    ]


def _captured(root: Path, datasets: Sequence[str]) -> list[MotionClip]:
    for folder in (root, root / "gait"):
        if (folder / "clips.csv").is_file():
            return [clip for clip in read_clips(folder) if clip.source in datasets]
    raise EvaluationError(f"there is no clips.csv in {root}")


def tracks_of(source: Source) -> list[BodyTrack]:
    """Return the tracks of walking; none where a file is missing, unreadable or shows none."""
    if isinstance(source, MotionClip):
        return _seen_from_all_sides(source)
    content = next(read_bytes(source.root, [source.name]))
    if content is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(source.name).name
        path.write_bytes(content)
        if path.suffix == ".npz":
            return _seen_from_all_sides(_read_motion(path))
        return _filmed(path, Path(folder) / "canonical")


def _seen_from_all_sides(clip: MotionClip) -> list[BodyTrack]:
    return [track for camera in TEST_CAMERAS for track in seen_stretches(clip, camera)]


def _read_motion(path: Path) -> MotionClip:
    """Read an npz with ``pose`` (frames, 19, 3) and ``root`` (frames, 3), in metres."""
    with np.load(path) as archive:
        joints = archive["pose"].astype(np.float32) + archive["root"][:, None].astype(np.float32)
        rate_hz = float(archive["fps"]) if "fps" in archive else MOTION_RATE_HZ
    return MotionClip(path.stem, "", "", "", "", "", True, "", rate_hz, joints)


def _filmed(path: Path, workdir: Path) -> list[BodyTrack]:
    """Return the walking in a video, found as the product finds it."""
    workdir.mkdir()
    try:
        video = canonicalise(path, workdir).media.video_path
    except MediaRefused:
        return []
    if video is None:
        return []
    with MediaPipePoseFinder() as finder:
        tracks = list(body_tracks(follow_person(read_frames(video, LOOK_RATE_HZ), finder)))
    return [bout.track for bout in walk_bouts(tracks) if not bout.is_running]

"""Gait: one body's walk through a recording, its measures and its expression signal.

Only walking is read by the network. Sitting and standing people are looked at (their body may be
cut off, a second person may stand beside them) but yield no observation: acted walks taught the
network, and they say nothing about how somebody sits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from media_processing.analysis.gait import WalkBout, walk_bouts
from media_processing.analysis.gait_clips import GaitClip, walking_clips
from media_processing.analysis.gait_findings import BodySight, gait_findings
from media_processing.analysis.gait_measures import GaitMeasures, gait_measures
from media_processing.analysis.gait_tracks import GRID_HZ, BodyTrack, body_tracks
from media_processing.analysis.pose import MediaPipePoseFinder, PoseSample, follow_person
from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
)
from media_processing.analysis.video import read_frames
from media_processing.inference.gait_i3d import GaitI3d

LOOK_RATE_HZ = 10.0
SERIES_RATE_HZ = 5.0
MAIN_PERSON = 0
_TENTHS = 10

SeriesRow = list[float | None]


def analyse(
    media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
) -> ModalityResult:
    """Follow the most prominent body of a recording and read its walk.

    Raises WeightsError where the weights are missing, av.FFmpegError where the video cannot be
    read. Where several people walk one after the other their walks are not told apart.
    """
    if media.video_path is None:
        return ModalityResult(Modality.GAIT, ModalityStatus.SKIPPED, reason="no_video")
    walk = WalkRecord(GaitI3d.load(weights_dir), emit)
    with MediaPipePoseFinder() as finder, MediaPipePoseFinder(is_tracking=False) as second:
        frames = read_frames(media.video_path, LOOK_RATE_HZ)
        samples = follow_person(frames, finder, second)
        for track in body_tracks(_reported(samples, walk, media.duration_s, progress)):
            walk.add_track(track)
    return walk.result(media.duration_s)


def _reported(
    samples: Iterator[PoseSample], walk: "WalkRecord", duration_s: float, progress: Progress
) -> Iterator[PoseSample]:
    """Pass the samples on, noting each and telling how far the recording is read."""
    total = max(1, round(duration_s * _TENTHS))
    for sample in samples:
        walk.note(sample)
        progress(min(round(sample.t_s * _TENTHS), total), total)
        yield sample
    progress(total, total)


class WalkRecord:
    """Everything that is learnt about the walk while a recording is read."""

    def __init__(self, network: GaitI3d, emit: Emit) -> None:
        self._network = network
        self._emit = emit
        self._bouts: list[WalkBout] = []
        self._observations: list[Observation] = []
        self._lengths: list[float] = []
        self._sight = {"looks": 0, "with_person": 0, "with_legs": 0}
        self._company: list[bool] = []
        self._pose_rows: list[SeriesRow] = []
        self._gap_rows: list[SeriesRow] = []

    def note(self, sample: PoseSample) -> None:
        """Count what was seen, and keep the pose for the page."""
        self._sight["looks"] += 1
        self._sight["with_person"] += sample.pose is not None
        self._sight["with_legs"] += sample.pose is not None and sample.pose.shows_legs
        if sample.has_company is not None:
            self._company.append(sample.has_company)
        last_s = self._pose_rows[-1][0] if self._pose_rows else None
        is_due = last_s is None or sample.t_s - last_s >= 1 / SERIES_RATE_HZ - 1e-6
        if sample.pose is not None and is_due:
            self._pose_rows.append(_pose_row(sample))

    def add_track(self, track: BodyTrack) -> None:
        """Find the walking on a track, read it, and emit what was read."""
        bouts = walk_bouts([track])
        self._bouts += bouts
        self._lengths.append(track.length)
        self._gap_rows += [row for bout in bouts for row in _gap_rows(bout.track)]
        clips = list(walking_clips(track, bouts))
        if clips:
            observations = clip_observations(self._network, clips)
            self._observations += observations
            self._emit(observations)

    def result(self, duration_s: float) -> ModalityResult:
        """Return the modality's result for a recording of ``duration_s``."""
        measures = gait_measures(self._bouts)
        sight = self._body_sight()
        reason = _reason(sight, measures)
        return ModalityResult(
            Modality.GAIT,
            ModalityStatus.SKIPPED if reason else ModalityStatus.DONE,
            reason=reason,
            coverage=min(1.0, measures.walking_s / duration_s) if duration_s > 0 else 0.0,
            measures=_rounded(measures),
            observations=tuple(self._observations),
            quality=gait_findings(sight, measures),
            series={"pose": self._pose_rows, "ankle_gap": self._gap_rows},
        )

    def _body_sight(self) -> BodySight:
        return BodySight(
            **self._sight,
            company_share=float(np.mean(self._company)) if self._company else 0.0,
            body_share=float(np.median(self._lengths)) if self._lengths else 0.0,
        )


def _reason(sight: BodySight, measures: GaitMeasures) -> str:
    if not sight.shows_person:
        return "no_person"
    return "" if measures.walking_s > 0 else "no_walking"


def clip_observations(network: GaitI3d, clips: Sequence[GaitClip]) -> list[Observation]:
    """Return what the network says about each of the clips, of which there must be one."""
    reading = network.read([clip.pictures for clip in clips])
    rows = zip(
        clips,
        reading.seven(),
        reading.valence(),
        reading.arousal(),
        reading.confidence(),
        strict=True,
    )
    return [
        Observation(
            Modality.GAIT,
            clip.t_start_s,
            clip.t_end_s,
            MAIN_PERSON,
            tuple(float(share) for share in shares),
            float(valence),
            float(arousal),
            float(confidence),
            clip.quality,
        )
        for clip, shares, valence, arousal, confidence in rows
    ]


def _pose_row(sample: PoseSample) -> SeriesRow:
    """Return t_s, then x, y, visibility of the fifteen points (0…1 of the picture)."""
    assert sample.pose is not None
    rows = np.column_stack([sample.pose.points, sample.pose.visibility])
    return [round(sample.t_s, 3), *(round(float(value), 3) for value in rows.ravel())]


def _gap_rows(track: BodyTrack) -> list[SeriesRow]:
    """Return t_s and the left ankle ahead of the right, in body lengths; None ends a bout."""
    step = round(GRID_HZ / SERIES_RATE_HZ / 2)
    rows: list[SeriesRow] = [
        [round(float(t_s), 3), round(float(gap), 4)]
        for t_s, gap in zip(track.t_s[::step], track.ankle_gap[::step, 0], strict=True)
    ]
    return [*rows, [round(float(track.t_s[-1]), 3), None]]


def _rounded(measures: GaitMeasures) -> dict[str, float | int | None]:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in asdict(measures).items()
    }

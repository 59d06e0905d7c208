"""From single poses to the unbroken path of one body, on an even time grid.

Lengths are in picture heights, y down. A track ends where the legs are out of sight or the body
jumps, so that two people are never joined into one walk.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.signal import savgol_filter

from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.person_clips import body_length
from media_processing.analysis.pose import PoseSample

Array = npt.NDArray[np.float64]

GRID_HZ = 20.0
LONGEST_GAP_S = 0.35
SHORTEST_TRACK_S = 1.0
# A longer stretch is cut, so that a recording of an hour is worked off while it is read.
LONGEST_TRACK_S = 30.0
# A person at full sprint moves four body lengths a second; more is somebody else.
FASTEST_LENGTHS_PER_S = 6.0
SMOOTHING_SAMPLES = 5

LEFT_LEG = (BodyPoint.L_KNEE, BodyPoint.L_ANKLE, BodyPoint.L_TOE)
RIGHT_LEG = (BodyPoint.R_KNEE, BodyPoint.R_ANKLE, BodyPoint.R_TOE)
# Cost of calling a frame's legs exchanged, in squared body lengths: the finder is right far more
# often than not, and quick legs are not smooth at ten pictures a second.
EXCHANGE_COST = 0.05


@dataclass(frozen=True)
class BodyTrack:
    """One body on an even grid of 20 Hz: ``points`` (n, 15, 2), ``visibility`` (n, 15)."""

    t_s: Array
    points: Array
    visibility: Array

    @cached_property
    def length(self) -> float:
        """Trunk + thigh + shin in picture heights."""
        return body_length(self.points.astype(np.float32))

    @property
    def duration_s(self) -> float:
        return float(self.t_s[-1] - self.t_s[0])

    @property
    def hips(self) -> Array:
        return self.middle(BodyPoint.L_HIP)

    @property
    def shoulders(self) -> Array:
        return self.middle(BodyPoint.L_SHOULDER)

    @property
    def ankle_gap(self) -> Array:
        """Left ankle minus right ankle in body lengths of the moment, (n, 2)."""
        gap = self.points[:, BodyPoint.L_ANKLE] - self.points[:, BodyPoint.R_ANKLE]
        return np.asarray(gap / (self.length * self._growth())[:, None])

    def height(self) -> Array:
        """Return (n,) the height of the body in the picture, head to lower ankle."""
        ankles = self.points[:, [BodyPoint.L_ANKLE, BodyPoint.R_ANKLE], 1].max(axis=1)
        return np.asarray(np.maximum(ankles - self.points[:, BodyPoint.HEAD, 1], 1e-3))

    def _growth(self) -> Array:
        """Return (n,) the size of the body against its usual size, smooth over a second."""
        height = self.height()
        width = min(len(height), int(GRID_HZ)) // 2 * 2 + 1
        padded = np.pad(height, width // 2, mode="edge")
        smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=-1)
        return np.asarray(smooth / np.median(smooth))

    def middle(self, left: BodyPoint) -> Array:
        """Return (n, 2): the middle between a left point and its right partner."""
        return np.asarray(self.points[:, left : left + 2].mean(axis=1))

    def between(self, start_s: float, end_s: float) -> "BodyTrack":
        """Return the part of the track from ``start_s`` to ``end_s``, both included."""
        kept = (self.t_s >= start_s - 1e-9) & (self.t_s <= end_s + 1e-9)
        return BodyTrack(self.t_s[kept], self.points[kept], self.visibility[kept])


@dataclass(frozen=True, slots=True)
class _Seen:
    """A sample with legs in sight, in picture heights."""

    t_s: float
    points: Array
    visibility: Array
    size: float


def body_tracks(samples: Iterable[PoseSample]) -> Iterator[BodyTrack]:
    """Yield the unbroken tracks of the samples in which hips and knees are in sight."""
    cutter = TrackCutter()
    for sample in samples:
        if (track := cutter.add(sample)) is not None:
            yield track
    if (track := cutter.end()) is not None:
        yield track


class TrackCutter:
    """Cuts samples, as they come, into the unbroken tracks of one body."""

    def __init__(self) -> None:
        self._stretch: list[_Seen] = []

    def add(self, sample: PoseSample) -> BodyTrack | None:
        """Take the next sample; return the track that ends before it, if one does."""
        seen, ended = _seen(sample), None
        if self._stretch and _ends(self._stretch, sample.t_s, seen):
            ended = self.end()
        if seen is not None:
            self._stretch.append(seen)
        return ended

    def so_far(self) -> BodyTrack | None:
        """Return the track that has not ended yet, None while it is too short to be one."""
        return _track(self._stretch)

    def end(self) -> BodyTrack | None:
        """Return what ``so_far`` returns, and begin anew."""
        stretch, self._stretch = self._stretch, []
        return _track(stretch)


def _track(stretch: Sequence[_Seen]) -> BodyTrack | None:
    if not stretch or stretch[-1].t_s - stretch[0].t_s < SHORTEST_TRACK_S:
        return None
    return _on_grid(stretch)


def _seen(sample: PoseSample) -> _Seen | None:
    if sample.pose is None or not sample.pose.shows_legs:
        return None
    points = sample.pose.points * np.array([sample.aspect, 1.0])
    size = body_length(points[None].astype(np.float32))
    return _Seen(sample.t_s, points, sample.pose.visibility.astype(float), size)


def _ends(stretch: Sequence[_Seen], t_s: float, seen: _Seen | None) -> bool:
    if seen is None:
        return t_s - stretch[-1].t_s > LONGEST_GAP_S
    is_full = t_s - stretch[0].t_s >= LONGEST_TRACK_S
    return is_full or not _continues(stretch[-1], seen)


def _continues(last: _Seen, following: _Seen) -> bool:
    gap_s = following.t_s - last.t_s
    way = np.linalg.norm(_hips(following) - _hips(last)) / max(last.size, 1e-6)
    return bool(gap_s <= LONGEST_GAP_S and way <= FASTEST_LENGTHS_PER_S * gap_s + 0.1)


def _hips(sample: _Seen) -> Array:
    return np.asarray(sample.points[BodyPoint.L_HIP : BodyPoint.R_HIP + 1].mean(axis=0))


def _on_grid(stretch: Sequence[_Seen]) -> BodyTrack:
    t_s = np.array([sample.t_s for sample in stretch])
    points = untangled(t_s, np.stack([sample.points for sample in stretch]))
    return track_on_grid(t_s, points, np.stack([sample.visibility for sample in stretch]))


def track_on_grid(t_s: Array, points: Array, visibility: Array) -> BodyTrack:
    """Return the track through (time, 15, 2) points seen at uneven times, smooth on the grid."""
    grid_s = np.arange(t_s[0], t_s[-1] + 1e-9, 1 / GRID_HZ)
    flat = np.stack([np.interp(grid_s, t_s, row) for row in points.reshape(len(t_s), -1).T], 1)
    smooth = savgol_filter(flat, SMOOTHING_SAMPLES, 2, axis=0)
    seen = np.stack([np.interp(grid_s, t_s, row) for row in visibility.T], 1)
    return BodyTrack(grid_s, smooth.reshape(len(grid_s), -1, 2), seen)


def untangled(t_s: Array, points: Array) -> Array:
    """Return (time, 15, 2) points with exchanged legs put back.

    Seen from the side the finder takes the left leg for the right now and then. Of all ways to
    exchange the legs frame by frame the one with the smoothest legs is kept (Viterbi over the
    choices of two neighbouring frames, cost: squared distance in body lengths from where the last
    two frames point to). ``t_s`` (time,) may be uneven.
    """
    if len(points) < 3:
        return points
    legs = _leg_choices(points) / max(body_length(points.astype(np.float32)), 1e-6)
    choices = _smoothest_choices(t_s, legs)
    result = points.copy()
    exchanged = np.flatnonzero(choices)
    for left, right in zip(LEFT_LEG, RIGHT_LEG, strict=True):
        result[exchanged, left] = points[exchanged, right]
        result[exchanged, right] = points[exchanged, left]
    return result


def _leg_choices(points: Array) -> Array:
    """Return (time, 2, 12): both legs relative to the hips as found, and exchanged."""
    hips = points[:, BodyPoint.L_HIP : BodyPoint.R_HIP + 1].mean(axis=1)[:, None]
    left = (points[:, LEFT_LEG] - hips).reshape(len(points), -1)
    right = (points[:, RIGHT_LEG] - hips).reshape(len(points), -1)
    return np.stack([np.hstack([left, right]), np.hstack([right, left])], axis=1)


def _smoothest_choices(t_s: Array, legs: Array) -> npt.NDArray[np.int64]:
    """Return (time,) 0 or 1 per frame; the state is the pair of choices of two frames."""
    penalty = EXCHANGE_COST * np.arange(2)
    cost = penalty[:, None] + penalty[None, :]
    came_from = []
    for now in range(2, len(legs)):
        ahead = (t_s[now] - t_s[now - 1]) / (t_s[now - 1] - t_s[now - 2])
        before, last = legs[now - 2][:, None], legs[now - 1][None, :]
        expected = last + ahead * (last - before)
        bend = legs[now][None, None, :, :] - expected[:, :, None, :]
        total = cost[:, :, None] + (bend**2).sum(axis=-1) + penalty[None, None, :]
        came_from.append(total.argmin(axis=0))
        cost = total.min(axis=0)
    return _backtracked(cost, came_from)


def _backtracked(cost: Array, came_from: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    last, current = np.unravel_index(int(cost.argmin()), cost.shape)
    choices = [int(current), int(last)]
    for origin in reversed(came_from):
        choices.append(int(origin[choices[-1], choices[-2]]))
    return np.array(choices[::-1])

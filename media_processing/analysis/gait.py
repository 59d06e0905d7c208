"""Walking in the path of a body: when, and with which steps.

The swing between the ankles carries the gait: seen from the side it is the step, seen from the
front it is the lift of the feet. Walking is a swing together with a body that travels through the
picture or grows or shrinks in it; a wide and even swing counts alone (treadmill, moving camera).
Lengths are body lengths (trunk + thigh + shin).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.gait_tracks import GRID_HZ, BodyTrack

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

WINDOW_SAMPLES = 32
# Set on motion capture seen by random cameras: gestures of a standing person stay below
# (95 % below 0.05 where the feet do not step), walking lies above from nearly every side.
MIN_SWING = 0.03
MIN_TRAVEL_LENGTHS_PER_S = 0.15
MIN_GROWTH_PER_S = 0.06
TREADMILL_SWING = 0.12
# Steps as quick as this, bodies as fast, or feet lifted so high belong to running.
RUN_CADENCE_SPM = 148.0
RUN_LENGTHS_PER_S = 1.7
RUN_LIFT = 0.36

SHORTEST_BOUT_S = 1.0
LONGEST_PAUSE_S = 0.4
SHORTEST_STEP_S, LONGEST_STEP_S = 0.15, 1.6
# A half swing counts where it leaves the middle by this many deviations of the swing.
STEP_DEVIATIONS = 0.5
# The top of a foot's way ahead, in body lengths: finer than the jitter of the landmarks.
TOP_LENGTHS = 0.03
TOP_DEVIATIONS = 0.3
# Below this share of sideways the swing is that of lifted feet.
MIN_SIDEWAYS = 0.7
STRIKE_MARGIN_SAMPLES = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One step at the moment of the widest gap; ``is_left`` where the left foot is ahead."""

    t_s: float
    is_left: bool


@dataclass(frozen=True, slots=True)
class WalkBout:
    """Unbroken walking of one body."""

    track: BodyTrack
    steps: tuple[Step, ...]
    is_running: bool

    @property
    def duration_s(self) -> float:
        return self.track.duration_s + 1 / GRID_HZ


@dataclass(frozen=True, slots=True)
class _Motion:
    """Per window: ``swing`` and ``lift`` of the feet, ``travel`` per s, ``growth`` per s."""

    swing: Array
    lift: Array
    travel: Array
    growth: Array

    def is_walking(self) -> Mask:
        moves = (self.travel >= MIN_TRAVEL_LENGTHS_PER_S) | (self.growth >= MIN_GROWTH_PER_S)
        return ((self.swing >= MIN_SWING) & moves) | (self.swing >= TREADMILL_SWING)


def walk_bouts(tracks: Iterable[BodyTrack]) -> list[WalkBout]:
    """Return the stretches in which a body walks or runs."""
    return [bout for track in tracks for bout in _bouts_of(track)]


def _bouts_of(track: BodyTrack) -> list[WalkBout]:
    walking = _closed(_stretched(_motion(track).is_walking(), len(track.t_s)))
    parts = [
        part
        for first, last in _runs(walking)
        for part in _without_stops(track.between(track.t_s[first], track.t_s[last]))
    ]
    return [_bout(part) for part in parts if part.duration_s >= SHORTEST_BOUT_S]


def _bout(track: BodyTrack) -> WalkBout:
    steps = find_steps(track)
    return WalkBout(track, steps, _is_running(track, steps))


def _without_stops(track: BodyTrack) -> list[BodyTrack]:
    """Return the parts of a track in which step follows step."""
    if len(track.t_s) < WINDOW_SAMPLES // 2:
        return []
    times = [step.t_s for step in find_steps(track)]
    near = np.zeros(len(track.t_s), bool)
    for t_s in times:
        near |= np.abs(track.t_s - t_s) <= LONGEST_STEP_S / 2
    return [track.between(track.t_s[first], track.t_s[last]) for first, last in _runs(near)]


def _motion(track: BodyTrack) -> _Motion:
    width = min(WINDOW_SAMPLES, len(track.t_s))
    gap = sliding_window_view(track.ankle_gap, width, axis=0)
    return _Motion(
        swing=_main_deviation(gap),
        lift=np.percentile(np.abs(gap[:, 1]), 90, axis=-1),
        travel=np.linalg.norm(_slope_per_s(track.hips / track.length, width), axis=-1),
        growth=np.abs(_slope_per_s(np.log(track.height())[:, None], width))[:, 0],
    )


def _main_deviation(gap: Array) -> Array:
    """Return the standard deviation of (windows, 2, samples) along its main direction."""
    centred = gap - gap.mean(axis=-1, keepdims=True)
    largest = np.linalg.svd(centred, compute_uv=False)[:, 0]
    return np.asarray(largest / np.sqrt(gap.shape[-1]))


def _slope_per_s(values: Array, width: int) -> Array:
    """Return (windows, columns): the slope of the straight line through each window."""
    t_s = (np.arange(width) - (width - 1) / 2) / GRID_HZ
    return np.asarray(sliding_window_view(values, width, axis=0) @ t_s / (t_s @ t_s))


def _stretched(windows: Mask, samples: int) -> Mask:
    """Give every sample the verdict of the window centred nearest to it."""
    return np.asarray(windows[_nearest_window(samples, len(windows))])


def _nearest_window(samples: int, windows: int) -> npt.NDArray[np.int64]:
    """Return (samples,) the index of the window centred nearest to each sample."""
    return np.clip(np.arange(samples) - (samples - windows) // 2, 0, windows - 1)


def _closed(mask: Mask) -> Mask:
    """Fill pauses that are too short to be a stop."""
    closed = mask.copy()
    for first, last in _runs(~mask):
        is_inside = first > 0 and last < len(mask) - 1
        if is_inside and (last - first + 1) / GRID_HZ <= LONGEST_PAUSE_S:
            closed[first : last + 1] = True
    return closed


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """Return first and last index of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]


@dataclass(frozen=True, slots=True)
class Swing:
    """How the feet swing: ``signal`` (n,) is positive with the left foot ahead.

    At every moment the swing between the ankles is measured along its main direction within the
    1.6 s around, ``ahead`` (n, 2), about its middle and in units of its deviation there: so a
    walk that turns from the side to the front, where feet are lifted and not stretched, stays one
    walk.
    """

    signal: Array
    ahead: Array


def swing_of(track: BodyTrack) -> Swing:
    """Return the swing of the feet of a track."""
    gap = track.ankle_gap
    width = min(WINDOW_SAMPLES, len(gap))
    windows = sliding_window_view(gap, width, axis=0)
    middle = windows.mean(axis=-1)
    _, spread, rows = np.linalg.svd((windows - middle[..., None]).transpose(0, 2, 1), False)
    directions = _towards(rows[:, 0], _toes_ahead(track, width))
    unit = np.maximum(spread[:, 0] / np.sqrt(width), MIN_SWING / 2)
    nearest = _nearest_window(len(gap), len(windows))
    ahead = directions[nearest]
    signal = ((gap - middle[nearest]) * ahead).sum(axis=1) / unit[nearest]
    return Swing(np.asarray(signal), ahead)


def _towards(directions: Array, ahead: Array) -> Array:
    """Return the directions, each turned round where it points against ``ahead``.

    Where ahead is across the direction it says nothing, and the last known turn holds.
    """
    along = (directions * ahead).sum(axis=1)
    is_clear = np.abs(along) >= 0.3 * np.linalg.norm(ahead, axis=1)
    last_clear = np.maximum.accumulate(np.where(is_clear, np.arange(len(along)), 0))
    continuity = np.ones(len(along))
    continuity[1:] = np.cumprod(np.where((directions[1:] * directions[:-1]).sum(1) < 0, -1.0, 1.0))
    turn = np.sign(along[last_clear]) * continuity[last_clear] * continuity
    return np.asarray(directions * np.where(turn == 0, 1.0, turn)[:, None])


def _toes_ahead(track: BodyTrack, width: int) -> Array:
    """Return (windows, 2): the direction in the picture in which the toes point."""
    toes = track.middle(BodyPoint.L_TOE) - track.middle(BodyPoint.L_ANKLE)
    return np.asarray(sliding_window_view(toes, width, axis=0).mean(axis=-1))


def find_steps(track: BodyTrack) -> tuple[Step, ...]:
    """Return the steps of a walking body: one per half swing that is wide enough.

    Seen from the side a step's time is when its foot is farthest ahead of the hips, which is the
    heel strike (Zeni et al. 2008, Gait & Posture 27:710); seen from the front it is the top of
    the swing. A half swing whose top the start or the end of the track cuts off is not a step.
    """
    swing = swing_of(track)
    steps: list[Step] = []
    for first, last in _half_swings(swing.signal, STEP_DEVIATIONS):
        top = first + int(np.abs(swing.signal[first : last + 1]).argmax())
        if 0 < top < len(swing.signal) - 1:
            is_left = bool(swing.signal[top] > 0)
            steps.append(Step(_step_time(track, swing, (first, last), top), is_left))
    return _apart(steps)


def _apart(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps without those that follow the one before faster than anybody steps."""
    kept: list[Step] = []
    for step in steps:
        if not kept or step.t_s - kept[-1].t_s >= SHORTEST_STEP_S:
            kept.append(step)
    return tuple(kept)


def _step_time(track: BodyTrack, swing: Swing, half: tuple[int, int], top: int) -> float:
    """Return the time of the step whose half swing is from ``half[0]`` to ``half[1]``."""
    if abs(swing.ahead[top, 0]) < MIN_SIDEWAYS:
        rows = slice(half[0], half[1] + 1)
        return _middle_of_top(track.t_s[rows], np.abs(swing.signal[rows]), TOP_DEVIATIONS)
    ankle = BodyPoint.L_ANKLE if swing.signal[top] > 0 else BodyPoint.R_ANKLE
    advance = ((track.points[:, ankle] - track.hips) / track.length * swing.ahead).sum(axis=1)
    rows = slice(max(0, half[0] - STRIKE_MARGIN_SAMPLES), half[1] + STRIKE_MARGIN_SAMPLES + 1)
    return _middle_of_top(track.t_s[rows], advance[rows], TOP_LENGTHS)


def _middle_of_top(t_s: Array, height: Array, depth: float) -> float:
    """Return the middle of where the height is within ``depth`` of its top."""
    weight = np.maximum(height - height.max() + depth, 0.0)
    return float(t_s @ weight / weight.sum())


def _half_swings(signal: Array, threshold: float) -> list[tuple[int, int]]:
    """Return the runs beyond the threshold; runs of one sign without the other are one."""
    swings: list[tuple[int, int]] = []
    for first, last in _runs(np.abs(signal) >= threshold):
        if swings and np.sign(signal[swings[-1][0]]) == np.sign(signal[first]):
            swings[-1] = (swings[-1][0], last)
        else:
            swings += _split_at_zero(signal, first, last)
    return swings


def _split_at_zero(signal: Array, first: int, last: int) -> list[tuple[int, int]]:
    """Cut a run where the signal leaps from one side of the threshold to the other."""
    cuts = first + 1 + np.flatnonzero(np.diff(np.sign(signal[first : last + 1])))
    edges = [first, *cuts.tolist(), last + 1]
    return [(start, end - 1) for start, end in pairwise(edges)]


def step_times(steps: Sequence[Step]) -> Array:
    """Return the seconds from step to step, without the pauses of somebody who stops."""
    times = np.diff([step.t_s for step in steps])
    return np.asarray(times[times <= LONGEST_STEP_S], float)


def _travel(track: BodyTrack) -> float:
    """Return the median speed through the picture, body lengths per second."""
    width = min(WINDOW_SAMPLES, len(track.t_s))
    speeds = np.linalg.norm(_slope_per_s(track.hips / track.length, width), axis=-1)
    return float(np.median(speeds))


def _is_running(track: BodyTrack, steps: Sequence[Step]) -> bool:
    times = step_times(steps)
    quick = len(times) >= 2 and 60.0 / float(times.mean()) > RUN_CADENCE_SPM
    fast = _travel(track) > RUN_LENGTHS_PER_S
    high = float(np.percentile(np.abs(track.ankle_gap[:, 1]), 90)) > RUN_LIFT
    return quick or fast or high

"""Interpretable measures of walking, free of scale and of the body's size.

Lengths are body lengths (trunk + thigh + shin) unless a name says otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait import LONGEST_STEP_S, WalkBout
from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.gait_tracks import GRID_HZ, BodyTrack

Array = npt.NDArray[np.float64]

# Of the body's height: trunk 0.288, thigh 0.245, shin 0.246 (Drillis and Contini 1966, "Body
# Segment Parameters", as drawn in Winter, Biomechanics and Motor Control, figure 4.1).
BODY_LENGTH_OF_HEIGHT = 0.779
# Shoulders seen from the front are about this wide in trunk lengths.
FRONTAL_SHOULDERS = 0.65
# Below this share of a side view the camera cannot see forward and backward apart.
MIN_SIDE_VIEW = 0.6
MIN_TIMED_STEPS = 3
# A step beyond this many usual step times is not one step.
LONG_STEP = 1.6


@dataclass(frozen=True, slots=True)
class GaitMeasures:
    """What a recording says about a walk; None where it does not say.

    ``symmetry`` is the shorter median step time over the longer (Patterson et al. 2010, Gait &
    Posture 31:241), ``step_regularity`` 1 minus the robust coefficient of variation of each foot's
    step times, ``sway`` the standard deviation of the shoulders over the hips across the picture,
    ``arm_swing`` the range of the wrists about the shoulders, ``stoop_deg`` the mean forward lean
    of the trunk, ``smoothness`` the spectral arc length of the feet's speed (Balasubramanian et
    al. 2012, IEEE Trans. Biomed. Eng. 59:2126): nearer to 0 is smoother. ``speed_mps`` needs a
    known scale, which a picture does not carry; ``speed_heights_per_s`` does not, but is known
    from the side only.
    """

    walking_s: float = 0.0
    running_s: float = 0.0
    steps: int = 0
    cadence_spm: float | None = None
    speed_mps: float | None = None
    speed_heights_per_s: float | None = None
    symmetry: float | None = None
    step_regularity: float | None = None
    stoop_deg: float | None = None
    sway: float | None = None
    arm_swing: float | None = None
    smoothness: float | None = None


def gait_measures(bouts: Sequence[WalkBout], known_height_m: float | None = None) -> GaitMeasures:
    """Return the measures of all walking of a recording; running is only timed.

    ``known_height_m`` is the walker's height where somebody has measured it; it gives the scale
    for ``speed_mps``.
    """
    walks = [bout for bout in bouts if not bout.is_running]
    running_s = sum(bout.duration_s for bout in bouts if bout.is_running)
    if not walks:
        return GaitMeasures(running_s=running_s)
    speed = _mean_over(walks, speed_heights_per_s)
    return GaitMeasures(
        walking_s=sum(bout.duration_s for bout in walks),
        running_s=running_s,
        steps=sum(len(bout.steps) for bout in walks),
        cadence_spm=cadence_spm(walks),
        speed_mps=None if speed is None or known_height_m is None else speed * known_height_m,
        speed_heights_per_s=speed,
        symmetry=symmetry(walks),
        step_regularity=step_regularity(walks),
        stoop_deg=_mean_over(walks, stoop_deg),
        sway=_mean_over(walks, sway),
        arm_swing=_mean_over(walks, arm_swing),
        smoothness=_mean_over(walks, smoothness),
    )


def _mean_over(
    bouts: Sequence[WalkBout], measure: Callable[[BodyTrack], float | None]
) -> float | None:
    """Return the mean of a measure over bouts, weighted by their length."""
    values = [(measure(bout.track), bout.duration_s) for bout in bouts]
    known = [(value, weight) for value, weight in values if value is not None]
    if not known:
        return None
    return float(np.average([v for v, _ in known], weights=[w for _, w in known]))


def cadence_spm(bouts: Sequence[WalkBout]) -> float | None:
    """Return steps per minute from the usual (median) step time of either foot.

    A turn or a hesitation makes single steps long; the median does not follow them.
    """
    sides = [np.median(times) for times in _times_by_foot(bouts).values() if times]
    return 60.0 / float(np.mean(sides)) if sides else None


def symmetry(bouts: Sequence[WalkBout]) -> float | None:
    """Return the ratio (0…1) of the usual times of left and right steps."""
    sides = _times_by_foot(bouts).values()
    if min(len(times) for times in sides) < MIN_TIMED_STEPS:
        return None
    left, right = (float(np.median(times)) for times in sides)
    return min(left, right) / max(left, right)


def _times_by_foot(bouts: Sequence[WalkBout]) -> dict[bool, list[float]]:
    """Return the seconds before each step, by whether the left foot takes it.

    Steps that take far longer than usual hide another one, or a turn, and are left out.
    """
    pairs = [pair for bout in bouts for pair in pairwise(bout.steps)]
    times = np.array([step.t_s - last.t_s for last, step in pairs])
    feet: dict[bool, list[float]] = {True: [], False: []}
    longest_s = min(LONGEST_STEP_S, LONG_STEP * float(np.median(times))) if pairs else 0.0
    for (_, step), time_s in zip(pairs, times, strict=True):
        if time_s <= longest_s:
            feet[step.is_left].append(float(time_s))
    return feet


def step_regularity(bouts: Sequence[WalkBout]) -> float | None:
    """Return 1 minus the robust coefficient of variation of the step times, at least 0.

    Each foot is held against its own usual time, so that a limp, which is as even from stride to
    stride as any walk, is regular.
    """
    feet = [np.array(times) / np.median(times) for times in _times_by_foot(bouts).values() if times]
    shares = np.concatenate([np.zeros(0), *feet])
    if len(shares) < MIN_TIMED_STEPS:
        return None
    # 1.4826 makes the median deviation of a normal distribution its standard deviation.
    return max(0.0, 1.0 - 1.4826 * float(np.median(np.abs(shares - 1.0))))


def side_view(track: BodyTrack) -> float:
    """Return how much the camera sees the body from the side: 0 frontal … 1 side."""
    across = track.points[:, BodyPoint.L_SHOULDER] - track.points[:, BodyPoint.R_SHOULDER]
    trunk = np.linalg.norm(track.shoulders - track.hips, axis=1)
    width = float(np.median(np.abs(across[:, 0]) / np.maximum(trunk, 1e-6)))
    return float(np.sqrt(max(0.0, 1.0 - min(1.0, width / FRONTAL_SHOULDERS) ** 2)))


def facing(track: BodyTrack) -> float:
    """Return the side of the picture to which the toes point: -1 left, 1 right."""
    toes = track.middle(BodyPoint.L_TOE) - track.middle(BodyPoint.L_ANKLE)
    return 1.0 if float(np.median(toes[:, 0])) >= 0 else -1.0


def speed_heights_per_s(track: BodyTrack) -> float | None:
    """Return body heights per second along the picture; None unless seen from the side."""
    view = side_view(track)
    if view < MIN_SIDE_VIEW or track.duration_s <= 0:
        return None
    way = np.abs(np.diff(_smooth_path(track.hips[:, 0]))).sum() / track.length
    return float(way / track.duration_s / view * BODY_LENGTH_OF_HEIGHT)


def _smooth_path(values: Array) -> Array:
    """Return a moving mean over half a second, so that jitter is no way walked."""
    width = min(len(values), int(GRID_HZ / 2))
    return np.convolve(values, np.full(width, 1 / width), mode="valid")


def stoop_deg(track: BodyTrack) -> float | None:
    """Return the mean forward lean of the trunk in degrees; None unless seen from the side."""
    view = side_view(track)
    if view < MIN_SIDE_VIEW:
        return None
    trunk = (track.shoulders - track.hips).mean(axis=0)
    forward = trunk[0] * facing(track) / view
    return float(np.degrees(np.arctan2(forward, -trunk[1])))


def sway(track: BodyTrack) -> float:
    """Return the standard deviation of the shoulders over the hips across the picture."""
    return float(np.std((track.shoulders - track.hips)[:, 0]) / track.length)


def arm_swing(track: BodyTrack) -> float | None:
    """Return the range of the wrists about the shoulders; None where no arm is seen."""
    swings = [
        _range(track.points[:, wrist] - track.points[:, shoulder]) / track.length
        for shoulder, wrist in (
            (BodyPoint.L_SHOULDER, BodyPoint.L_WRIST),
            (BodyPoint.R_SHOULDER, BodyPoint.R_WRIST),
        )
        if track.visibility[:, wrist].mean() >= 0.5
    ]
    return float(np.mean(swings)) if swings else None


def _range(path: Array) -> float:
    """Return the range (5th to 95th percentile) of (n, 2) along its main direction."""
    centred = path - path.mean(axis=0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    return float(np.subtract(*np.percentile(along, [95, 5])))


def smoothness(track: BodyTrack, highest_hz: float = GRID_HZ / 4) -> float | None:
    """Return the spectral arc length (≤ 0) of the speed of the feet against each other.

    Rates up to ``highest_hz`` count.
    """
    speed = np.linalg.norm(np.gradient(track.ankle_gap, axis=0), axis=1) * GRID_HZ
    if len(speed) < GRID_HZ or speed.max() <= 0:
        return None
    spectrum = np.abs(np.fft.rfft(speed, n=4 * len(speed)))
    rates = np.fft.rfftfreq(4 * len(speed), 1 / GRID_HZ)
    kept = rates <= highest_hz
    heights = spectrum[kept] / spectrum[0]
    widths = np.diff(rates[kept]) / rates[kept][-1]
    return -float(np.sqrt(widths**2 + np.diff(heights) ** 2).sum())

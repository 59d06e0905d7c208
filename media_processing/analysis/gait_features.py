"""A vector of body-scale-free measures for the kinematic estimator.

Everything is measured in the picture, in body lengths and seconds, so that motion capture seen by
a made-up camera and a person seen by a real one give the same kind of numbers.
"""

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait import find_steps, step_times, swing_of
from media_processing.analysis.gait_measures import arm_swing, facing, side_view, smoothness, sway
from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.gait_tracks import GRID_HZ, BodyTrack

Array = npt.NDArray[np.float64]

FEATURES = (
    "steps_per_s",
    "swing_across",
    "swing_up",
    "foot_speed",
    "travel_per_s",
    "growth_per_s",
    "bounce",
    "sway",
    "lean",
    "lean_range",
    "head_forward",
    "head_up",
    "arm_swing",
    "wrist_up",
    "wrist_out",
    "elbow_bend",
    "knee_bend",
    "knee_bend_range",
    "shoulder_width",
    "smoothness",
    "side_view",
)


def gait_features(track: BodyTrack) -> Array:
    """Return the (21,) measures of :data:`FEATURES` of a track of at least a second."""
    gap, relative = track.ankle_gap, (track.points - track.hips[:, None]) / track.length
    forward = facing(track)
    trunk = (track.shoulders - track.hips) / track.length
    head = relative[:, BodyPoint.HEAD] - trunk
    wrists = relative[:, BodyPoint.L_WRIST : BodyPoint.R_WRIST + 1]
    knee_deg = _bend_deg(track, BodyPoint.L_HIP, BodyPoint.L_KNEE, BodyPoint.L_ANKLE)
    values = {
        "steps_per_s": _steps_per_s(track),
        "swing_across": gap[:, 0].std(),
        "swing_up": gap[:, 1].std(),
        "foot_speed": np.linalg.norm(np.gradient(gap, axis=0), axis=1).mean() * GRID_HZ,
        "travel_per_s": _travel_per_s(track),
        "growth_per_s": _slope(np.log(track.height())),
        "bounce": _without_trend(track.hips[:, 1] / track.length).std(),
        "sway": sway(track),
        "lean": trunk[:, 0].mean() * forward,
        "lean_range": np.ptp(trunk[:, 0]),
        "head_forward": head[:, 0].mean() * forward,
        "head_up": -head[:, 1].mean(),
        "arm_swing": arm_swing(track) or 0.0,
        "wrist_up": -wrists[..., 1].mean(),
        "wrist_out": np.abs(wrists[..., 0]).mean(),
        "elbow_bend": _bend_deg(
            track, BodyPoint.L_SHOULDER, BodyPoint.L_ELBOW, BodyPoint.L_WRIST
        ).mean()
        / 90,
        "knee_bend": knee_deg.mean() / 90,
        "knee_bend_range": np.subtract(*np.percentile(knee_deg, [95, 5])) / 90,
        "shoulder_width": np.abs(
            relative[:, BodyPoint.L_SHOULDER, 0] - relative[:, BodyPoint.R_SHOULDER, 0]
        ).mean(),
        "smoothness": smoothness(track) or 0.0,
        "side_view": side_view(track),
    }
    return np.array([float(values[name]) for name in FEATURES])


def _steps_per_s(track: BodyTrack) -> float:
    """Return the step rate: from step times where there are any, else from the swing's turns."""
    times = step_times(find_steps(track))
    if len(times) >= 2:
        return 1.0 / float(np.median(times))
    turns = np.count_nonzero(np.diff(np.sign(swing_of(track).signal)))
    return turns / max(track.duration_s, 1 / GRID_HZ)


def _travel_per_s(track: BodyTrack) -> float:
    way = (track.hips[-1] - track.hips[0]) / track.length
    return float(np.linalg.norm(way)) / max(track.duration_s, 1 / GRID_HZ)


def _slope(values: Array) -> float:
    return float(np.polyfit(np.arange(len(values)) / GRID_HZ, values, 1)[0])


def _without_trend(values: Array) -> Array:
    steps = np.arange(len(values))
    return np.asarray(values - np.polyval(np.polyfit(steps, values, 1), steps))


def _bend_deg(track: BodyTrack, upper: BodyPoint, middle: BodyPoint, lower: BodyPoint) -> Array:
    """Return (2n,) the bend of both knees or elbows in the picture, 0 where straight."""
    bends = []
    for side in (0, 1):
        first = track.points[:, middle + side] - track.points[:, upper + side]
        second = track.points[:, lower + side] - track.points[:, middle + side]
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        cosine = (first * second).sum(axis=1) / np.maximum(lengths, 1e-9)
        bends.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.concatenate(bends)

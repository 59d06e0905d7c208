"""A vector of measures for the kinematic estimator: free of body scale and of the side.

Everything is measured in the picture, in body lengths (trunk + thigh + shin) and seconds, and left
and right limbs are averaged: how tall somebody is or which leg limps moves none of them. Motion
capture seen by a made-up camera and a person seen by a real one give the same kind of numbers.
"""

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait import find_steps, step_times, swing_of
from media_processing.analysis.gait_measures import arm_swing, facing, side_view, smoothness, sway
from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.gait_tracks import GRID_HZ, BodyTrack

Array = npt.NDArray[np.float64]

WALK_FEATURES = (
    "steps_per_s",
    "swing_across",
    "swing_up",
    "foot_way",
    "travel",
    "growth",
    "bounce",
    "sway",
    "lean",
    "lean_range",
    "head_forward",
    "head_up",
    "arm_swing",
    "elbow_bend",
    "elbow_bend_range",
    "knee_bend",
    "knee_bend_range",
    "smoothness",
    "side_view",
    "faces_camera",
)
# Parts of the body, each by its left point; the head has no partner.
PARTS = {
    "head": BodyPoint.HEAD,
    "shoulders": BodyPoint.L_SHOULDER,
    "elbows": BodyPoint.L_ELBOW,
    "wrists": BodyPoint.L_WRIST,
    "knees": BodyPoint.L_KNEE,
    "ankles": BodyPoint.L_ANKLE,
    "toes": BodyPoint.L_TOE,
}
# Per part: where it is about the hips, how far it swings, and its way in a second.
PART_FIGURES = ("ahead", "above", "ahead_swing", "above_swing", "ahead_way", "above_way")
FEATURES = (
    *WALK_FEATURES,
    *(f"{part}_{figure}" for part in PARTS for figure in PART_FIGURES),
    *(f"{part}_apart" for part in PARTS if part != "head"),
)
SLOWEST_STEPS_PER_S = 0.5
# Harmonics of the step rate up to here make the smoothness.
SMOOTHNESS_HARMONICS = 3.0


def gait_features(track: BodyTrack) -> Array:
    """Return the (68,) measures of :data:`FEATURES` of a track of at least a second."""
    steps_per_s = max(_steps_per_s(track), SLOWEST_STEPS_PER_S)
    relative = (track.points - track.hips[:, None]) / track.length
    relative[..., 0] *= facing(track)
    values = _walk_values(track, relative, steps_per_s)
    return np.concatenate([[values[name] for name in WALK_FEATURES], _part_values(relative)])


def _walk_values(track: BodyTrack, relative: Array, steps_per_s: float) -> dict[str, float]:
    gap = track.ankle_gap
    trunk = _both(relative, BodyPoint.L_SHOULDER)
    head = relative[:, BodyPoint.HEAD] - trunk
    knee = _bend(track, BodyPoint.L_HIP, BodyPoint.L_KNEE, BodyPoint.L_ANKLE)
    elbow = _bend(track, BodyPoint.L_SHOULDER, BodyPoint.L_ELBOW, BodyPoint.L_WRIST)
    shoulders = track.points[:, BodyPoint.L_SHOULDER] - track.points[:, BodyPoint.R_SHOULDER]
    foot_way = np.linalg.norm(np.diff(gap, axis=0), axis=1).mean() * GRID_HZ
    return {
        "steps_per_s": steps_per_s,
        "swing_across": float(gap[:, 0].std()),
        "swing_up": float(gap[:, 1].std()),
        "foot_way": float(foot_way),
        "travel": _travel_per_s(track),
        "growth": _slope(np.log(track.height())),
        "bounce": float(_without_trend(track.hips[:, 1] / track.length).std()),
        "sway": sway(track),
        "lean": float(trunk[:, 0].mean()),
        "lean_range": _range(trunk[:, 0]),
        "head_forward": float(head[:, 0].mean()),
        "head_up": -float(head[:, 1].mean()),
        "arm_swing": arm_swing(track) or 0.0,
        "elbow_bend": float(elbow.mean()),
        "elbow_bend_range": _range(elbow),
        "knee_bend": float(knee.mean()),
        "knee_bend_range": _range(knee),
        "smoothness": smoothness(track, SMOOTHNESS_HARMONICS * steps_per_s) or 0.0,
        "side_view": side_view(track),
        "faces_camera": float(shoulders[:, 0].mean() / track.length),
    }


def _part_values(relative: Array) -> Array:
    """Return the figures of every part, in the order of :data:`FEATURES`."""
    paths = relative * np.array([1.0, -1.0])
    ways = np.abs(np.diff(paths, axis=0)).mean(axis=0) * GRID_HZ
    figures = np.hstack([paths.mean(axis=0), paths.std(axis=0), ways])
    parts = [
        figures[point] if point == BodyPoint.HEAD else figures[point : point + 2].mean(axis=0)
        for point in PARTS.values()
    ]
    apart = [
        np.abs(paths[:, point, 0] - paths[:, point + 1, 0]).mean()
        for point in PARTS.values()
        if point != BodyPoint.HEAD
    ]
    return np.concatenate([*parts, apart])


def _both(relative: Array, left: BodyPoint) -> Array:
    return np.asarray(relative[:, left : left + 2].mean(axis=1))


def _steps_per_s(track: BodyTrack) -> float:
    """Return the step rate: from strides where there are any, else from the swing's turns.

    A stride is two steps, so that the short and the long step of a limp make one rate.
    """
    times = step_times(find_steps(track))
    if len(times) >= 2:
        return 2.0 / float(np.median(times[1:] + times[:-1]))
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


def _range(values: Array) -> float:
    """Return the range from the 5th to the 95th percentile."""
    return float(np.subtract(*np.percentile(values, [95, 5])))


def _bend(track: BodyTrack, upper: BodyPoint, middle: BodyPoint, lower: BodyPoint) -> Array:
    """Return (2n,) the bend of both knees or elbows in the picture in right angles."""
    bends = []
    for side in (0, 1):
        first = track.points[:, middle + side] - track.points[:, upper + side]
        second = track.points[:, lower + side] - track.points[:, middle + side]
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        cosine = (first * second).sum(axis=1) / np.maximum(lengths, 1e-9)
        bends.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))) / 90)
    return np.concatenate(bends)

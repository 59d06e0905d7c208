"""What a body does within a clip, as numbers in space: a target that every clip has.

Styles are few and acted; how high a hand is held, how far a foot swings and how fast it moves is
known exactly for every rendered clip, whatever its body, manner and camera. A trunk that learns
to tell these from pictures learns to see a walk from all sides.
"""

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_skeleton import BodyPoint
from media_processing.analysis.person_clips import CLIP_RATE_HZ, body_length

FloatArray = npt.NDArray[np.float32]

_POINTS = tuple(point for point in BodyPoint if point not in (BodyPoint.L_HIP, BodyPoint.R_HIP))
# Mean, deviation and rate of three directions per point; the same of the hips' path.
MOTION_FIGURES = len(_POINTS) * 9 + 9


def body_motion(points: FloatArray) -> FloatArray:
    """Return (126,) figures of (16, 15, 3) points: where each is, how far and fast it moves.

    Lengths are body lengths, directions left, up and forward of the body, rates per second.
    """
    hips = points[:, BodyPoint.L_HIP : BodyPoint.R_HIP + 1].mean(axis=1)
    axes = _axes(points)
    scale = 1.0 / max(body_length(points), 1e-6)
    local = (points[:, _POINTS] - hips[:, None]) @ axes.T * scale
    path = _without_way(hips) @ axes.T * scale
    return np.concatenate([_figures(local), _figures(path[:, None])]).astype(np.float32)


def _axes(points: FloatArray) -> FloatArray:
    across = (points[:, BodyPoint.L_HIP] - points[:, BodyPoint.R_HIP]).mean(axis=0)
    left = np.array([across[0], 0.0, across[2]])
    left /= max(float(np.linalg.norm(left)), 1e-6)
    up = np.array([0.0, 1.0, 0.0])
    return np.stack([left, up, np.cross(left, up)])


def _without_way(path: FloatArray) -> FloatArray:
    """Return the path about its straight line; the pictures do not show the way itself."""
    steps = np.arange(len(path))
    return np.asarray(path - np.stack([np.polyval(np.polyfit(steps, row, 1), steps)
                                       for row in path.T], 1))  # fmt: skip


def _figures(local: FloatArray) -> FloatArray:
    """Return mean, deviation and mean speed of (time, points, 3), flat."""
    speed = np.abs(np.diff(local, axis=0)).mean(axis=0) * CLIP_RATE_HZ
    return np.concatenate([local.mean(axis=0), local.std(axis=0), speed]).ravel()

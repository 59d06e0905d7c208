"""Pose samples of the formula-made walker, as a perfect landmark finder would give them."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from media_processing.analysis.pose import Pose, PoseSample
from media_processing.demo_media.rendered_walker import Stage
from media_processing.demo_media.walker_motion import Crossing, WalkingStyle, figure_at

Array = npt.NDArray[np.float64]

WIDE = Stage(width_px=1600, height_px=480)
RATE_HZ = 10.0


def samples_of(
    points_at: Callable[[float], Array],
    duration_s: float,
    *,
    stage: Stage = WIDE,
    rate_hz: float = RATE_HZ,
) -> list[PoseSample]:
    """Return what a camera on the stage sees of (15, 3) points over time."""
    size = np.array([stage.width_px, stage.height_px])
    aspect = stage.width_px / stage.height_px
    samples = []
    for index in range(round(duration_s * rate_hz)):
        places, _ = stage.project(points_at(index / rate_hz))
        pose = Pose((places / size).astype(np.float32), np.ones(len(places), np.float32))
        samples.append(PoseSample(index / rate_hz, pose, aspect))
    return samples


def walker_samples(
    style: WalkingStyle,
    duration_s: float,
    *,
    half_way_m: float = 4.0,
    heading_deg: float = 0.0,
    stage: Stage = WIDE,
    rate_hz: float = RATE_HZ,
) -> list[PoseSample]:
    """Return samples of a walk to and fro; 0° crosses the picture, 90° comes nearer."""
    way = Crossing(style.speed_mps, half_way_m=half_way_m, heading_deg=heading_deg)
    return samples_of(
        lambda t_s: figure_at(style, way, t_s), duration_s, stage=stage, rate_hz=rate_hz
    )

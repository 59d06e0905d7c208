"""Captured clips made by formula: a body whose arms and legs swing while it walks along z."""

from dataclasses import replace

import numpy as np

from media_processing.training.render_walkers import MotionClip

RATE_HZ = 30.0
# One upright body: x to its left, y up, facing +z; rows as in the motion capture.
BODY = np.array(
    [
        [0, 0.9, 0], [0, 1.05, 0], [0, 1.2, 0], [0, 1.4, 0], [0, 1.5, 0],
        [0.18, 1.35, 0], [0.2, 1.1, 0], [0.2, 0.85, 0],
        [-0.18, 1.35, 0], [-0.2, 1.1, 0], [-0.2, 0.85, 0],
        [0.09, 0.88, 0], [0.09, 0.48, 0.02], [0.09, 0.08, 0], [0.09, 0.02, 0.15],
        [-0.09, 0.88, 0], [-0.09, 0.48, 0.02], [-0.09, 0.08, 0], [-0.09, 0.02, 0.15],
    ],
    np.float32,
)  # fmt: skip
LIMBS = {"l_arm": (5, 8), "r_arm": (8, 11), "l_leg": (11, 15), "r_leg": (15, 19)}


def walking_joints(
    duration_s: float = 6.0, *, strides_per_s: float = 0.9, leg_deg: float = 22, arm_deg: float = 20
) -> np.ndarray:
    """Return (time, 19, 3) joints; the left foot is farthest ahead at the start of a stride."""
    t_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    joints = np.repeat(BODY[None], len(t_s), axis=0)
    wave = np.cos(2 * np.pi * strides_per_s * t_s)
    for limb, swing_deg in (
        ("l_leg", leg_deg), ("r_leg", -leg_deg), ("l_arm", -arm_deg), ("r_arm", arm_deg),
    ):  # fmt: skip
        first, end = LIMBS[limb]
        angle = np.deg2rad(swing_deg) * wave
        away = BODY[first:end] - BODY[first]
        y = away[:, 1] * np.cos(angle)[:, None] + away[:, 2] * np.sin(angle)[:, None]
        z = -away[:, 1] * np.sin(angle)[:, None] + away[:, 2] * np.cos(angle)[:, None]
        joints[:, first:end, 1] = BODY[first, 1] + y
        joints[:, first:end, 2] = BODY[first, 2] + z
    step_m = 4 * 0.8 * np.sin(np.deg2rad(leg_deg))
    joints[..., 2] += (strides_per_s * step_m * t_s)[:, None]
    return joints.astype(np.float32)


WALK = MotionClip(
    "walk_normal_001", "bandai1", "walk", "normal", "neutral", "mid", True, "train", RATE_HZ,
    walking_joints(),
)  # fmt: skip


def clip_like(style: str = "normal", emotion: str = "neutral", **changes: object) -> MotionClip:
    """Return the walk under another name, style and emotion."""
    content = changes.get("content", "walk")
    source = changes.get("source", "bandai1")
    name = f"{source}_{content}_{style}_{changes.get('split', 'train')}"
    return replace(WALK, **{"name": name, "style": style, "emotion": emotion, **changes})

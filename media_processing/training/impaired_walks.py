"""Captured walks changed into those of people who limp, lean on a cane, are old or carry a load.

None of these is a sign of risk. The clips teach the estimators to say so (with random strengths)
and measure how often the product would read them otherwise (with fixed ones). They are edits of
healthy actors' motion and no substitute for people: the shape of a limp follows Perry and
Burnfield 2010, "Gait Analysis" (shorter stance and step of the hurt side, stiff knee, trunk over
the leg that bears), the old walk Winter et al. 1990, Physical Therapy 70:340 (shorter steps).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.signal import hilbert

from media_processing.training.limb_edits import (
    FORWARD,
    HEAD_BONE,
    L_ARM,
    L_FOREARM,
    L_LEG,
    L_SHIN,
    L_THIGH,
    LEFT,
    R_ARM,
    R_LEG,
    R_SHIN,
    R_THIGH,
    UPPER_BODY,
    BodyMotion,
    lowest_foot,
    put_together,
    taken_apart,
)
from media_processing.training.render_walkers import MotionClip, mirrored, resampled

FloatArray = npt.NDArray[np.float32]

# A time shift of this many radians of the gait cycle makes step times of 0.64 of each other.
LIMP_SHIFT_RAD = 0.35
HEALTHY = "healthy"

Change = Callable[[BodyMotion, FloatArray, float], BodyMotion]


def limp(motion: BodyMotion, phase: FloatArray, strength: float) -> BodyMotion:
    """Shorten and stiffen the left leg; the trunk leans over it while it bears."""
    motion = motion.swung([L_THIGH], 1 - 0.3 * strength).swung([L_SHIN], 1 - 0.5 * strength)
    motion = motion.turned(UPPER_BODY, FORWARD, -6 * strength * np.cos(phase + np.pi / 4))
    return motion.swung([R_THIGH, R_SHIN], 1 - 0.1 * strength).travelling(1 - 0.2 * strength)


def cane(motion: BodyMotion, phase: FloatArray, strength: float) -> BodyMotion:
    """Hold a cane in the left hand: that arm is bent, ahead and still; steps are shorter."""
    motion = motion.swung(L_ARM, 1 - 0.85 * strength).turned(L_ARM, LEFT, -10 * strength)
    motion = motion.turned([L_FOREARM], LEFT, -25 * strength).turned(L_ARM, FORWARD, 6 * strength)
    motion = motion.turned(UPPER_BODY, LEFT, 4 * strength)
    return _shorter_steps(motion, 1 - 0.2 * strength)


def old_age(motion: BodyMotion, phase: FloatArray, strength: float) -> BodyMotion:
    """Stoop, bend the knees, take short steps and swing the arms less."""
    motion = motion.turned(UPPER_BODY, LEFT, 13 * strength).turned(HEAD_BONE, LEFT, 10 * strength)
    motion = motion.turned([L_THIGH, R_THIGH], LEFT, -8 * strength)
    motion = motion.turned([L_SHIN, R_SHIN], LEFT, 6 * strength)
    motion = motion.swung((*L_ARM, *R_ARM), 1 - 0.4 * strength)
    return _shorter_steps(motion, 1 - 0.3 * strength)


def hand_bag(motion: BodyMotion, phase: FloatArray, strength: float) -> BodyMotion:
    """Carry a heavy bag in the left hand: that arm hangs still, the trunk leans away."""
    motion = motion.swung(L_ARM, 1 - 0.85 * strength).turned(UPPER_BODY, FORWARD, 6 * strength)
    motion = motion.turned(L_ARM, FORWARD, -3 * strength).turned(R_ARM, FORWARD, -12 * strength)
    return _shorter_steps(motion, 1 - 0.1 * strength)


def rucksack(motion: BodyMotion, phase: FloatArray, strength: float) -> BodyMotion:
    """Carry a heavy load on the back: the trunk leans ahead, the arms swing less."""
    motion = motion.turned(UPPER_BODY, LEFT, 10 * strength).turned(HEAD_BONE, LEFT, -8 * strength)
    motion = motion.swung((*L_ARM, *R_ARM), 1 - 0.35 * strength)
    return _shorter_steps(motion, 1 - 0.1 * strength)


def _shorter_steps(motion: BodyMotion, factor: float) -> BodyMotion:
    return motion.swung((*L_LEG, *R_LEG), factor).travelling(factor)


# How the body changes, how far the cycle's time is shifted, how slow the walk becomes.
EDITS: dict[str, tuple[Change, float, float]] = {
    "limp": (limp, LIMP_SHIFT_RAD, 0.85),
    "cane": (cane, 0.4 * LIMP_SHIFT_RAD, 0.85),
    "old_age": (old_age, 0.0, 0.85),
    "hand_bag": (hand_bag, 0.0, 0.95),
    "rucksack": (rucksack, 0.0, 0.95),
}


def impaired(
    clip: MotionClip, edit: str, *, strength: float = 1.0, is_left: bool = True
) -> MotionClip:
    """Return a clip with one of :data:`EDITS` on its left or right side.

    ``strength`` 1 is plain to see, 0.5 slight. Raises KeyError for an unknown edit.
    """
    change, shift_rad, tempo = EDITS[edit]
    joints = clip.joints if is_left else mirrored(clip.joints)
    joints = _uneven_time(joints, clip.rate_hz, shift_rad * strength)
    motion = taken_apart(joints, clip.rate_hz)
    motion = change(motion, gait_phase(joints, clip.rate_hz), strength)
    joints = put_together(motion, lowest_foot(joints))
    rate_hz = clip.rate_hz * (1 - (1 - tempo) * strength)
    joints = joints if is_left else mirrored(joints)
    return replace(clip, name=f"{clip.name}+{edit}", joints=joints, rate_hz=rate_hz)


def in_other_time(clip: MotionClip, tempo: float) -> MotionClip:
    """Return the clip walked faster (``tempo`` above 1) or slower."""
    return replace(clip, rate_hz=clip.rate_hz * tempo)


def gait_phase(joints: FloatArray, rate_hz: float) -> FloatArray:
    """Return (time,) the phase of the walk in radians, 0 where the left foot is farthest ahead."""
    forward = taken_apart(joints, rate_hz).axes[:, FORWARD]
    gap = ((joints[:, 13] - joints[:, 17]) * forward).sum(axis=1)
    slow = gaussian_filter1d(gap, 1.0 * rate_hz, mode="nearest")
    smooth = gaussian_filter1d(gap - slow, 0.08 * rate_hz, mode="nearest")
    return np.asarray(np.unwrap(np.angle(hilbert(smooth))), np.float32)


def _uneven_time(joints: FloatArray, rate_hz: float, shift_rad: float) -> FloatArray:
    """Return the motion with the step onto the left foot late and the next one early."""
    if shift_rad == 0:
        return joints
    phase = gait_phase(joints, rate_hz)
    usual_rad_per_s = max(np.ptp(phase) / (len(phase) / rate_hz), 1.0)
    times_s = np.arange(len(joints)) / rate_hz - shift_rad * np.cos(phase) / usual_rad_per_s
    return resampled(joints, rate_hz, np.maximum(times_s, 0.0).astype(np.float32))

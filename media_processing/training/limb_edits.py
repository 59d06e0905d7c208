"""Changes to a captured motion: limbs turned, swings widened or narrowed, other time.

A motion is taken apart into its bones seen from the walking body (left, up, forward), the bones
are changed, and the body is put together again with its feet on the old floor. So one captured
walk gives many: stooped, with still arms, with short steps, or uneven.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

FloatArray = npt.NDArray[np.float32]

# Joints of the motion capture, in the order of its arrays; the head row is the base of the skull.
BONES = (
    (0, 1), (1, 2), (2, 3), (3, 4), (2, 5), (5, 6), (6, 7), (2, 8), (8, 9), (9, 10),
    (0, 11), (11, 12), (12, 13), (13, 14), (0, 15), (15, 16), (16, 17), (17, 18),
)  # fmt: skip
SPINE, HEAD_BONE = (0, 1, 2), (3,)
SHOULDERS = (4, 7)
L_UPPER_ARM, L_FOREARM, R_UPPER_ARM, R_FOREARM = 5, 6, 8, 9
L_THIGH, L_SHIN, L_FOOT, R_THIGH, R_SHIN, R_FOOT = 11, 12, 13, 15, 16, 17
L_ARM, R_ARM = (L_UPPER_ARM, L_FOREARM), (R_UPPER_ARM, R_FOREARM)
L_LEG, R_LEG = (L_THIGH, L_SHIN), (R_THIGH, R_SHIN)
UPPER_BODY = tuple(range(10))
FEET = (13, 14, 17, 18)
L_HIP, R_HIP = 11, 15

LEFT, UP, FORWARD = 0, 1, 2
# The heading follows the hips without their own to and fro, seconds.
HEADING_S = 0.5


@dataclass(frozen=True, slots=True)
class BodyMotion:
    """A motion in parts: ``bones`` (time, 18, 3) along left, up and forward of the walker.

    ``axes`` (time, 3, 3) has left, up and forward in the world as rows, ``root`` (time, 3) is the
    path of the pelvis.
    """

    bones: FloatArray
    axes: FloatArray
    root: FloatArray
    rate_hz: float

    def swung(self, bones: Iterable[int], factor: float) -> "BodyMotion":
        """Return the motion with the swing of some bones about their mean made wider."""
        changed = self.bones.copy()
        for bone in bones:
            own = self.bones[:, bone]
            length = np.linalg.norm(own, axis=1, keepdims=True)
            mean = own.mean(axis=0)
            wanted = mean + factor * (own - mean)
            changed[:, bone] = (
                wanted * length / np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-6)
            )
        return replace(self, bones=changed)

    def turned(
        self, bones: Iterable[int], axis: int, angle_deg: float | FloatArray
    ) -> "BodyMotion":
        """Return the motion with some bones turned about left, up or forward.

        A positive angle about left leans what stands up forwards and takes what hangs down
        backwards; about forward it leans to the right and takes what hangs down to the left.
        ``angle_deg`` is one for the whole motion or (time,).
        """
        chosen = list(bones)
        first, second = (other for other in (LEFT, UP, FORWARD) if other != axis)
        angle = np.broadcast_to(np.deg2rad(angle_deg), (len(self.bones),))[:, None]
        cosine, sine = np.cos(angle), np.sin(angle)
        changed = self.bones.copy()
        one, other = self.bones[:, chosen, first], self.bones[:, chosen, second]
        changed[:, chosen, first] = cosine * one - sine * other
        changed[:, chosen, second] = sine * one + cosine * other
        return replace(self, bones=changed)

    def travelling(self, factor: float) -> "BodyMotion":
        """Return the motion whose way over the floor is longer or shorter by a factor."""
        root = self.root.copy()
        root[:, [0, 2]] = root[:1, [0, 2]] + factor * (root[:, [0, 2]] - root[:1, [0, 2]])
        return replace(self, root=root)


def taken_apart(joints: FloatArray, rate_hz: float) -> BodyMotion:
    """Return the parts of (time, 19, 3) joints in metres, y up."""
    axes = _heading_axes(joints, rate_hz)
    parents, children = (list(ends) for ends in zip(*BONES, strict=True))
    bones = np.einsum("tij,tbj->tbi", axes, joints[:, children] - joints[:, parents])
    return BodyMotion(bones.astype(np.float32), axes, joints[:, 0], rate_hz)


def put_together(motion: BodyMotion, floor: FloatArray) -> FloatArray:
    """Return (time, 19, 3) joints whose lower foot is at ``floor`` (time,) metres."""
    world = np.einsum("tij,tbi->tbj", motion.axes, motion.bones)
    joints = np.empty((len(world), len(BONES) + 1, 3), np.float32)
    joints[:, 0] = motion.root
    for (parent, child), bone in zip(BONES, world.swapaxes(0, 1), strict=True):
        joints[:, child] = joints[:, parent] + bone
    sunk = lowest_foot(joints) - floor
    joints[..., UP] -= gaussian_filter1d(sunk, 0.05 * motion.rate_hz, mode="nearest")[:, None]
    return joints


def lowest_foot(joints: FloatArray) -> FloatArray:
    """Return (time,) the height of the lower foot."""
    return np.asarray(joints[:, FEET, UP].min(axis=1))


def _heading_axes(joints: FloatArray, rate_hz: float) -> FloatArray:
    across = joints[:, L_HIP] - joints[:, R_HIP]
    across = gaussian_filter1d(across, HEADING_S * rate_hz, axis=0, mode="nearest")
    across[:, UP] = 0.0
    left = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    up = np.broadcast_to(np.array([0.0, 1.0, 0.0]), left.shape)
    return np.stack([left, up, np.cross(left, up)], axis=1).astype(np.float32)


def random_manner(joints: FloatArray, rate_hz: float, rng: np.random.Generator) -> FloatArray:
    """Return the motion in another manner: posture, arms and steps drawn at random.

    It widens what the trunk of the network sees from a handful of acted styles to every mixture
    of stoop, head, arms and steps.
    """
    motion = taken_apart(joints, rate_hz)
    motion = motion.turned(UPPER_BODY, LEFT, float(rng.normal(3, 9)))
    motion = motion.turned(HEAD_BONE, LEFT, float(rng.normal(3, 15)))
    motion = motion.turned(UPPER_BODY, FORWARD, float(rng.normal(0, 3)))
    both_arms = float(rng.uniform(0.1, 2.0))
    for arm, outwards in ((L_ARM, 1), (R_ARM, -1)):
        motion = motion.swung(arm, both_arms * float(np.exp(rng.normal(0, 0.2))))
        motion = motion.turned(arm, LEFT, float(rng.normal(0, 9)))
        motion = motion.turned(arm, FORWARD, outwards * float(rng.normal(4, 8)))
        motion = motion.turned(arm[1:], LEFT, -abs(float(rng.normal(0, 30))))
    stride = float(rng.uniform(0.5, 1.3))
    for leg in (L_LEG, R_LEG):
        motion = motion.swung(leg, stride * float(np.exp(rng.normal(0, 0.08))))
    return put_together(motion.travelling(stride), lowest_foot(joints))

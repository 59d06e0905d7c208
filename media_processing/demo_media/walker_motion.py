"""A walking figure made by formula, with known cadence, stoop, arm swing and asymmetry.

The joint angles follow the shape of normal walking (Winter 1991, The Biomechanics and Motor
Control of Human Gait, chapter 3): a cosine for the hip, two bumps for the knee. Metres; x to the
right of the stage, y up from the floor, z towards the camera.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_processing.analysis.gait_skeleton import POINTS, BodyPoint

Array = npt.NDArray[np.float64]

TRUNK_M, NECK_M, THIGH_M, SHIN_M, FOOT_M = 0.50, 0.22, 0.43, 0.42, 0.17
UPPER_ARM_M, FOREARM_M = 0.29, 0.27
HALF_SHOULDERS_M, HALF_HIPS_M, ANKLE_HEIGHT_M = 0.18, 0.09, 0.08


@dataclass(frozen=True, slots=True)
class WalkingStyle:
    """How the figure walks.

    ``asymmetry`` in 0…0.5 shortens the left step and lengthens the right one by this share.
    """

    cadence_spm: float = 110.0
    stoop_deg: float = 3.0
    arm_swing_deg: float = 22.0
    stride_deg: float = 22.0
    asymmetry: float = 0.0

    @property
    def stride_s(self) -> float:
        return 120.0 / self.cadence_spm

    @property
    def speed_mps(self) -> float:
        """The speed at which the standing foot does not slide."""
        step_m = 2 * (THIGH_M + SHIN_M) * np.sin(np.radians(self.stride_deg))
        return float(step_m * self.cadence_spm / 60.0)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A way to and fro along x between ±``half_way_m``, turning on the spot at the ends.

    ``heading_deg`` turns the whole way about the middle of the stage: 0 crosses the picture from
    left to right, 90 comes towards the camera.
    """

    speed_mps: float
    half_way_m: float = 1.3
    turn_s: float = 0.9
    heading_deg: float = 0.0

    def at(self, t_s: float) -> tuple[Array, float, bool]:
        """Return the place on the floor (x, z), the heading in radians, and whether it walks."""
        way_s = 2 * self.half_way_m / self.speed_mps
        lap, since_s = divmod(t_s, way_s + self.turn_s)
        forth = 1 if int(lap) % 2 == 0 else -1
        along = forth * (min(since_s, way_s) * self.speed_mps - self.half_way_m)
        turned = np.pi * max(0.0, since_s - way_s) / self.turn_s
        base = np.radians(self.heading_deg)
        heading = base + (0.0 if forth > 0 else np.pi) + turned
        place = along * np.array([np.cos(base), np.sin(base)])
        return place, float(heading), since_s <= way_s

    def walked_s(self, t_s: float) -> float:
        """Return for how long the figure has walked at ``t_s``, turns left out."""
        way_s = 2 * self.half_way_m / self.speed_mps
        lap, since_s = divmod(t_s, way_s + self.turn_s)
        return float(lap * way_s + min(since_s, way_s))


def walking_pose(style: WalkingStyle, walked_s: float) -> Array:
    """Return (15, 3) points of the figure on the spot, facing +x, its left towards -z."""
    phase = walked_s / style.stride_s
    left, right = phase % 1.0, (phase + 0.5 - style.asymmetry / 2) % 1.0
    points = np.zeros((POINTS, 3))
    for side, leg_phase in ((0, left), (1, right)):
        points[_rows(_LEG, side)] = _leg(style, leg_phase, _outward(side))
    points[:, 1] -= _lowest_sole(points)
    hips = points[[BodyPoint.L_HIP, BodyPoint.R_HIP]].mean(axis=0)
    trunk = _down(-style.stoop_deg) * -1.0
    chest = hips + TRUNK_M * trunk
    points[BodyPoint.HEAD] = chest + NECK_M * trunk
    for side, arm_phase in ((0, left), (1, right)):
        points[_rows(_ARM, side)] = _arm(style, arm_phase, chest, _outward(side))
    return points


_LEG = (BodyPoint.L_HIP, BodyPoint.L_KNEE, BodyPoint.L_ANKLE, BodyPoint.L_TOE)
_ARM = (BodyPoint.L_SHOULDER, BodyPoint.L_ELBOW, BodyPoint.L_WRIST)


def _rows(left: tuple[BodyPoint, ...], side: int) -> list[int]:
    return [point + side for point in left]


def _outward(side: int) -> Array:
    return np.array([0.0, 0.0, -1.0 if side == 0 else 1.0])


def _down(forward_deg: float) -> Array:
    """Return the unit vector that points down, swung forward by an angle."""
    angle = np.radians(forward_deg)
    return np.array([np.sin(angle), -np.cos(angle), 0.0])


def _bump(phase: float, middle: float, width: float) -> float:
    distance = (phase - middle + 0.5) % 1.0 - 0.5
    return float(np.exp(-((distance / width) ** 2)))


def _leg(style: WalkingStyle, phase: float, outward: Array) -> Array:
    """Return hip, knee, ankle and toe of a leg whose heel strikes at phase 0."""
    hip_deg = style.stride_deg * np.cos(2 * np.pi * phase) + 6.0
    knee_deg = 4.0 + 14.0 * _bump(phase, 0.14, 0.08) + 56.0 * _bump(phase, 0.72, 0.11)
    lift_deg = 25.0 * _bump(phase, 0.62, 0.08) - 12.0 * _bump(phase, 0.0, 0.08)
    hip = HALF_HIPS_M * outward
    knee = hip + THIGH_M * _down(hip_deg)
    ankle = knee + SHIN_M * _down(hip_deg - knee_deg)
    toe = ankle + FOOT_M * _down(90.0 - lift_deg - 15.0)
    return np.stack([hip, knee, ankle, toe])


def _lowest_sole(points: Array) -> float:
    ankles = points[[BodyPoint.L_ANKLE, BodyPoint.R_ANKLE], 1] - ANKLE_HEIGHT_M
    toes = points[[BodyPoint.L_TOE, BodyPoint.R_TOE], 1] - 0.03
    return float(min(ankles.min(), toes.min()))


def _arm(style: WalkingStyle, phase: float, chest: Array, outward: Array) -> Array:
    """Return shoulder, elbow and wrist; the arm swings against the leg of its side."""
    swing_deg = -style.arm_swing_deg * np.cos(2 * np.pi * phase)
    shoulder = chest + HALF_SHOULDERS_M * outward
    elbow = shoulder + UPPER_ARM_M * (_down(swing_deg) + 0.08 * outward)
    wrist = elbow + FOREARM_M * _down(swing_deg + 14.0 + 0.4 * max(0.0, swing_deg))
    return np.stack([shoulder, elbow, wrist])


def standing_pose() -> Array:
    """Return (15, 3) points of the figure standing still, facing +x."""
    points = walking_pose(WalkingStyle(arm_swing_deg=0.0, stride_deg=0.0), 0.25)
    for joint in (BodyPoint.L_KNEE, BodyPoint.L_ANKLE, BodyPoint.L_TOE):
        middle = points[[joint, joint + 1], :2].mean(axis=0)
        points[[joint, joint + 1], :2] = middle
    return points


def figure_at(style: WalkingStyle, way: Crossing, t_s: float) -> Array:
    """Return (15, 3) points of the figure on the stage at a time."""
    place, heading, _ = way.at(t_s)
    points = walking_pose(style, way.walked_s(t_s))
    ahead = np.array([np.cos(heading), 0.0, np.sin(heading)])
    aside = np.array([-np.sin(heading), 0.0, np.cos(heading)])
    turned = points[:, :1] * ahead + points[:, 2:] * aside
    turned[:, 1] = points[:, 1]
    return np.asarray(turned + np.array([place[0], 0.0, place[1]]))

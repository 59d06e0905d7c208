"""The fifteen body points that gait analysis, pictures and motion capture share."""

from enum import IntEnum
from typing import NamedTuple


class BodyPoint(IntEnum):
    """Row of a body point in every ``(…, 15, 2)`` array; left is the person's own left."""

    HEAD = 0
    L_SHOULDER = 1
    R_SHOULDER = 2
    L_ELBOW = 3
    R_ELBOW = 4
    L_WRIST = 5
    R_WRIST = 6
    L_HIP = 7
    R_HIP = 8
    L_KNEE = 9
    R_KNEE = 10
    L_ANKLE = 11
    R_ANKLE = 12
    L_TOE = 13
    R_TOE = 14


POINTS = len(BodyPoint)


class Limb(NamedTuple):
    """One drawn segment; ``width`` is its thickness in body lengths."""

    start: BodyPoint
    end: BodyPoint
    width: float


LEFT_LIMBS = (
    Limb(BodyPoint.L_SHOULDER, BodyPoint.L_ELBOW, 0.065),
    Limb(BodyPoint.L_ELBOW, BodyPoint.L_WRIST, 0.05),
    Limb(BodyPoint.L_HIP, BodyPoint.L_KNEE, 0.10),
    Limb(BodyPoint.L_KNEE, BodyPoint.L_ANKLE, 0.07),
    Limb(BodyPoint.L_ANKLE, BodyPoint.L_TOE, 0.05),
)
RIGHT_LIMBS = tuple(
    Limb(BodyPoint(limb.start + 1), BodyPoint(limb.end + 1), limb.width) for limb in LEFT_LIMBS
)

# Row order after left and right are exchanged.
MIRRORED = (0, *(row + 1 if row % 2 else row - 1 for row in range(1, POINTS)))

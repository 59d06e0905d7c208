"""How good a face picture is for reading an expression from it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

GreyImage = npt.NDArray[np.uint8]

# (worth nothing, fully good) for each figure; between the two the score rises evenly.
SIZE_RANGE_PX = (16.0, 64.0)
SHARPNESS_RANGE = (0.02, 0.10)
LIGHT_RANGE = (12.0, 60.0)
GLARE_RANGE = (250.0, 215.0)
TURN_RANGE_DEGREES = (60.0, 25.0)


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """Figures of one face and the score that follows from them.

    ``size_px`` is the height of the face; ``sharpness`` the share of fine detail in the crop's
    contrast; ``light`` the mean grey level 0…255; ``turn_degrees`` the larger of yaw and pitch.
    """

    size_px: float
    sharpness: float
    light: float
    turn_degrees: float

    @property
    def score(self) -> float:
        """0…1: the weakest of the figures decides, so that a low score has one clear cause."""
        return min(
            ramp(self.size_px, SIZE_RANGE_PX),
            ramp(self.sharpness, SHARPNESS_RANGE),
            ramp(self.light, LIGHT_RANGE),
            ramp(self.light, GLARE_RANGE),
            ramp(self.turn_degrees, TURN_RANGE_DEGREES),
        )


def ramp(value: float, limits: tuple[float, float]) -> float:
    """0 at the first limit or beyond, 1 at the second, even between; limits in either order."""
    nothing, good = limits
    return float(np.clip((value - nothing) / (good - nothing), 0.0, 1.0))


def sharpness(crop: GreyImage) -> float:
    """Share of the crop's contrast that lies in details finer than about four pixels.

    Independent of brightness and gain; low for a face out of focus, moving or enlarged.
    """
    values = crop.astype(np.float32)
    detail = values - cv2.GaussianBlur(values, (0, 0), 1.0)
    spread = float(values.std())
    return float(detail.std()) / spread if spread > 1.0 else 0.0

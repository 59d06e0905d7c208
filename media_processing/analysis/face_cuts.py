"""Finding the places where a recording jumps from one picture to another."""

import cv2
import numpy as np
import numpy.typing as npt

THUMBNAIL_PX = (32, 18)
# Correlation of thumbnails 0.2 s apart: real cuts lie below 0.2, a fast pan stays above this.
CUT_CORRELATION = 0.3

Image = npt.NDArray[np.uint8]


class CutDetector:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self._previous: npt.NDArray[np.float32] | None = None

    def is_cut(self, grey: Image) -> bool:
        """Return whether ``grey`` (h, w) shows another picture than the last call's."""
        current = _thumbnail(grey)
        previous, self._previous = self._previous, current
        if previous is None:
            return False
        return float((previous * current).mean()) < CUT_CORRELATION


def _thumbnail(grey: Image) -> npt.NDArray[np.float32]:
    small = cv2.resize(grey, THUMBNAIL_PX, interpolation=cv2.INTER_AREA).astype(np.float32)
    centred = small - small.mean()
    # A nearly even picture has nothing to compare: noise must not look like a cut.
    spread = max(float(centred.std()), 1e-6)
    if spread < 2.0:
        return np.ones_like(centred)
    return np.asarray(centred / spread, dtype=np.float32)

"""Finding the places where a recording jumps or swings from one picture to another."""

from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

THUMBNAIL_PX = (32, 18)
# Correlation of thumbnails 0.2 s apart: real cuts lie below 0.2, a fast pan stays above this.
CUT_CORRELATION = 0.3
# A camera is not turned from one person to another more slowly than this.
SWING_S = 2.0

Image = npt.NDArray[np.uint8]


class CutDetector:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self._previous: npt.NDArray[np.float32] | None = None

    def is_cut(self, grey: Image) -> bool:
        """Return whether ``grey`` (h, w) shows another picture than the last call's."""
        current = _thumbnail(grey)
        previous, self._previous = self._previous, current
        return previous is not None and _differ(previous, current)


class SwingDetector:
    """Compares each picture with those of the last two seconds: a camera that was turned away."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, npt.NDArray[np.float32]]] = deque()

    def has_swung(self, t_s: float, grey: Image) -> bool:
        """Return whether ``grey`` (h, w) shows another place than a picture since then.

        What was seen before a swing is forgotten, so that each is told once.
        """
        current = _thumbnail(grey)
        while self._seen and t_s - self._seen[0][0] > SWING_S:
            self._seen.popleft()
        has_swung = any(_differ(earlier, current) for _, earlier in self._seen)
        if has_swung:
            self._seen.clear()
        self._seen.append((t_s, current))
        return has_swung


def _differ(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> bool:
    return float((first * second).mean()) < CUT_CORRELATION


def _thumbnail(grey: Image) -> npt.NDArray[np.float32]:
    small = cv2.resize(grey, THUMBNAIL_PX, interpolation=cv2.INTER_AREA).astype(np.float32)
    centred = small - small.mean()
    # A nearly even picture has nothing to compare: noise must not look like a cut.
    spread = max(float(centred.std()), 1e-6)
    if spread < 2.0:
        return np.ones_like(centred)
    return np.asarray(centred / spread, dtype=np.float32)

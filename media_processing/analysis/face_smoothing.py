"""Steadying a sequence of expression probabilities over time."""

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

TIME_CONSTANT_S = 0.5
# After a longer gap the past says nothing about now.
FORGET_AFTER_S = 1.0


class QualityWeightedSmoother:
    """An exponential average in which better pictures weigh more.

    The past loses its weight with ``exp(-gap / TIME_CONSTANT_S)``; a value enters with its
    quality. Causal, so that a recording can be shown while it is still being analysed.
    """

    def __init__(self, labels: int) -> None:
        self._sum = np.zeros(labels)
        self._t_s: float | None = None

    def add(self, t_s: float, probabilities: FloatArray, quality: float) -> FloatArray:
        """Return the steadied (labels,) probabilities at ``t_s``; they sum to 1."""
        kept = self._kept_share(t_s)
        self._sum = self._sum * kept + probabilities * quality
        self._t_s = t_s
        return np.asarray(self._sum / self._sum.sum())

    def _kept_share(self, t_s: float) -> float:
        if self._t_s is None or t_s - self._t_s > FORGET_AFTER_S:
            return 0.0
        return math.exp(-(t_s - self._t_s) / TIME_CONSTANT_S)

"""A blend: the weighted mean of calibrated log-odds, weights learned out of fold.

Weights are not negative and are drawn to equal ones, the more so the fewer rows there are, because
few rows cannot tell good parts apart (stacking, Wolpert 1992; Breiman 1996).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
PARTS = ("scorecard", "boosting", "ebm", "neural")
# Equal weights count as this many rows that say so.
PULL_ROWS = 50.0


@dataclass(frozen=True)
class Blend:
    """Weights by the name of the part; they sum to 1."""

    weights: dict[str, float]

    def scores(self, parts: Mapping[str, FloatArray]) -> FloatArray:
        """Return the weighted mean of the parts' scores."""
        total = [weight * parts[name] for name, weight in self.weights.items()]
        return np.asarray(np.sum(total, axis=0))


def fit_blend(parts: Mapping[str, FloatArray], target: IntArray) -> Blend:
    """Learn weights from out-of-fold scores, (n,) log-odds or (n, classes) logits."""
    names = list(parts)
    stacked = np.stack([parts[name] for name in names])
    equal = np.full(len(names), 1 / len(names))

    def loss(weights: FloatArray) -> float:
        scores = np.tensordot(weights, stacked, axes=1)
        pull = PULL_ROWS / len(target) * float(((weights - equal) ** 2).sum())
        return mean_log_loss(scores, target) + pull

    found = minimize(
        loss,
        equal,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(names),
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
    )
    weights = found.x if found.success else equal
    return Blend({name: float(w) for name, w in zip(names, weights, strict=True)})


def mean_log_loss(scores: FloatArray, target: IntArray) -> float:
    """Return the mean negative log-likelihood of log-odds (n,) or logits (n, classes)."""
    if scores.ndim == 1:
        return float(np.mean(np.logaddexp(0, scores) - target * scores))
    highest = scores.max(axis=1)
    total = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))
    return float(np.mean(total - scores[np.arange(len(target)), target]))

"""Calibration of log-odds against outcomes that the estimator did not learn from.

Platt scaling (Platt 1999), beta calibration (Kull, Silva Filho and Flach 2017) and isotonic
regression (Zadrozny and Elkan 2002); which one, or none, is decided by the cross-validated log
loss, and the simpler one wins where the gain is within noise.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from scoring.engine import metrics

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KINDS = ("none", "platt", "beta", "isotonic")
# Isotonic steps merge ranks, so few rows are not enough for it.
MIN_ISOTONIC_ROWS = 5000
LEAST_GAIN = 2e-4
LIMIT = 12.0
OFFSET_ROUNDS = 30


@dataclass(frozen=True)
class Calibrator:
    """Log-odds of the event → calibrated log-odds; ``offsets`` are for logits (n, classes)."""

    kind: str = "none"
    coefficients: tuple[float, ...] = ()
    knots: list[list[float]] = field(default_factory=list)

    def apply(self, log_odds: FloatArray) -> FloatArray:
        """Return calibrated log-odds, shape as given."""
        if self.kind == "platt":
            slope, intercept = self.coefficients
            return slope * log_odds + intercept
        if self.kind == "beta":
            a, b, c = self.coefficients
            return a * _log_p(log_odds) - b * _log_p(-log_odds) + c
        if self.kind == "isotonic":
            return np.interp(log_odds, *self.knots)
        if self.kind == "offsets":
            return log_odds + np.asarray(self.coefficients)
        return log_odds

    def as_dict(self) -> dict[str, Any]:
        """Return what the file that serves needs."""
        return {
            "kind": self.kind,
            "coefficients": list(self.coefficients),
            "knots": self.knots,
        }


def _log_p(log_odds: FloatArray) -> FloatArray:
    return -np.logaddexp(0.0, -log_odds)


def choose(
    log_odds: FloatArray,
    is_event: IntArray,
    kinds: tuple[str, ...] = KINDS,
    seed: int = 0,
    class_weights: FloatArray | None = None,
) -> Calibrator:
    """Fit the calibrator with the lowest cross-validated log loss on out-of-fold log-odds.

    Where classes were weighed while learning, one that cannot be fitted only takes that out again.
    """
    allowed = [k for k in kinds if k != "isotonic" or len(log_odds) >= MIN_ISOTONIC_ROWS]
    losses = {kind: _loss(kind, log_odds, is_event, seed) for kind in allowed}
    chosen = allowed[0]
    for kind in allowed[1:]:
        if losses[kind] < losses[chosen] - LEAST_GAIN:
            chosen = kind
    fitted = fit(chosen, log_odds, is_event)
    if fitted.kind == "none" and class_weights is not None:
        shift = float(np.log(class_weights[1] / class_weights[0]))
        return Calibrator("platt", (1.0, -shift))
    return fitted


def offsets(logits: FloatArray, target: IntArray, class_weights: FloatArray | None) -> Calibrator:
    """Return offsets of logits (n, classes) with which mean probabilities are the true shares.

    None are needed where classes were not weighed while learning.
    """
    if class_weights is None:
        return Calibrator()
    shares = np.bincount(target, minlength=logits.shape[1]) / len(target)
    found = -np.log(class_weights)
    for _ in range(OFFSET_ROUNDS):
        raised = np.exp(logits + found - (logits + found).max(axis=1, keepdims=True))
        means = (raised / raised.sum(axis=1, keepdims=True)).mean(axis=0)
        found = found + np.log(np.maximum(shares, 1e-9) / means)
    return Calibrator("offsets", tuple(map(float, found)))


def _loss(kind: str, log_odds: FloatArray, is_event: IntArray, seed: int) -> float:
    calibrated = np.zeros(len(log_odds))
    folds = StratifiedKFold(
        min(5, int(np.bincount(is_event).min())), shuffle=True, random_state=seed
    )
    for train, test in folds.split(log_odds, is_event):
        calibrated[test] = fit(kind, log_odds[train], is_event[train]).apply(log_odds[test])
    return metrics.log_loss(is_event, 1 / (1 + np.exp(-calibrated)))


def fit(kind: str, log_odds: FloatArray, is_event: IntArray) -> Calibrator:
    """Fit one kind of calibrator; a fit that would turn the ranks around becomes none."""
    if kind == "none":
        return Calibrator()
    if kind == "isotonic":
        return _isotonic(log_odds, is_event)
    columns = [log_odds] if kind == "platt" else [_log_p(log_odds), -_log_p(-log_odds)]
    regression = LogisticRegression(C=1e3, max_iter=1000)
    regression.fit(np.column_stack(columns), is_event)
    coefficients = (*map(float, regression.coef_[0]), float(regression.intercept_[0]))
    if min(coefficients[:-1]) < 0 or max(coefficients[:-1]) == 0:
        return Calibrator()
    return Calibrator(kind, coefficients)


def _isotonic(log_odds: FloatArray, is_event: IntArray) -> Calibrator:
    regression = IsotonicRegression(out_of_bounds="clip").fit(log_odds, is_event)
    share = np.clip(regression.y_thresholds_, 1 / (1 + np.exp(LIMIT)), 1 / (1 + np.exp(-LIMIT)))
    return Calibrator(
        "isotonic",
        knots=[regression.X_thresholds_.tolist(), np.log(share / (1 - share)).tolist()],
    )

"""The figures that model cards state, measured the same way for every estimator."""

import numpy as np
import numpy.typing as npt

from scoring.engine import metrics

APPROVAL_SHARE = 0.7
BOOTSTRAPS = 500
FloatArray = npt.NDArray[np.float64]


def figures(is_bad: npt.NDArray[np.int64], probability: FloatArray) -> dict[str, float]:
    """Return AUC, KS, Gini, Brier, log loss and the bad rate among the approved 70 %."""
    return {
        "auc": round(metrics.auc(is_bad, probability), 4),
        "ks": round(metrics.ks(is_bad, probability), 4),
        "gini": round(metrics.gini(is_bad, probability), 4),
        "brier": round(metrics.brier(is_bad, probability), 5),
        "logloss": round(metrics.log_loss(is_bad, probability), 5),
        "bad_rate_at_70_percent_approval": round(
            metrics.bad_rate_among_approved(is_bad, probability, APPROVAL_SHARE), 5
        ),
    }


def auc_interval(
    is_bad: npt.NDArray[np.int64], risk: FloatArray, seed: int, rounds: int = BOOTSTRAPS
) -> list[float]:
    """Return the 95 % interval of the AUC by bootstrap over cases."""
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        rows = generator.integers(0, is_bad.size, is_bad.size)
        if 0 < is_bad[rows].sum() < rows.size:
            values.append(metrics.auc(is_bad[rows], risk[rows]))
    low, high = np.percentile(values, [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]

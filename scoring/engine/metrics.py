"""Separation, accuracy and stability of probabilities of *bad*."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def _checked(is_bad: npt.ArrayLike, risk: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    bad = np.asarray(is_bad, dtype=np.float64)
    values = np.asarray(risk, dtype=np.float64)
    if bad.shape != values.shape or bad.ndim != 1:
        raise ValueError("give one risk value per case")
    if not 0 < bad.sum() < bad.size:
        raise ValueError("separation needs both good and bad cases")
    return bad, values


def _cumulative_shares(is_bad: npt.ArrayLike, risk: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the shares of bad and good cases at or above each distinct risk, from 0 to 1."""
    bad, values = _checked(is_bad, risk)
    order = np.argsort(-values, kind="stable")
    last_of_ties = np.append(np.diff(values[order]) != 0, True)
    bad_shares = np.cumsum(bad[order])[last_of_ties] / bad.sum()
    good_shares = np.cumsum(1 - bad[order])[last_of_ties] / (1 - bad).sum()
    return np.append(0.0, bad_shares), np.append(0.0, good_shares)


def auc(is_bad: npt.ArrayLike, risk: npt.ArrayLike) -> float:
    """Return the area under the ROC curve: ties count half. Raises ValueError for one class."""
    bad_shares, good_shares = _cumulative_shares(is_bad, risk)
    widths = np.diff(good_shares)
    return float(np.sum(widths * (bad_shares[1:] + bad_shares[:-1]) / 2))


def gini(is_bad: npt.ArrayLike, risk: npt.ArrayLike) -> float:
    """Return 2 · AUC - 1."""
    return 2 * auc(is_bad, risk) - 1


def ks(is_bad: npt.ArrayLike, risk: npt.ArrayLike) -> float:
    """Return the largest distance between the cumulative shares of bad and good cases."""
    bad_shares, good_shares = _cumulative_shares(is_bad, risk)
    return float(np.max(np.abs(bad_shares - good_shares)))


def brier(is_bad: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Return the mean squared error of probabilities of *bad*."""
    bad = np.asarray(is_bad, dtype=np.float64)
    return float(np.mean((np.asarray(probability, dtype=np.float64) - bad) ** 2))


def log_loss(is_bad: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Return the mean negative log-likelihood; probabilities are kept off 0 and 1."""
    bad = np.asarray(is_bad, dtype=np.float64)
    p = np.clip(np.asarray(probability, dtype=np.float64), 1e-15, 1 - 1e-15)
    return float(-np.mean(bad * np.log(p) + (1 - bad) * np.log(1 - p)))


def psi(expected_shares: npt.ArrayLike, actual_shares: npt.ArrayLike) -> float:
    """Return the population stability index of two distributions over the same bins.

    Above 0.1 is usually read as a shift worth a look, above 0.2 as an alarm.
    """
    expected = np.maximum(np.asarray(expected_shares, dtype=np.float64), 1e-6)
    actual = np.maximum(np.asarray(actual_shares, dtype=np.float64), 1e-6)
    expected, actual = expected / expected.sum(), actual / actual.sum()
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def bad_rate_among_approved(
    is_bad: npt.ArrayLike, risk: npt.ArrayLike, approval_share: float
) -> float:
    """Return the share of bad among the least risky ``approval_share`` (0…1) of the cases.

    Cases tied with the last one approved are counted in proportion, so that a coarse score has
    neither luck nor bad luck with the order of the rows.
    """
    bad, values = _checked(is_bad, risk)
    wanted = approval_share * bad.size
    threshold = np.sort(values)[max(0, int(np.ceil(wanted)) - 1)]
    below, tied = values < threshold, values == threshold
    tied_share = (wanted - below.sum()) / tied.sum()
    return float((bad[below].sum() + tied_share * bad[tied].sum()) / wanted)

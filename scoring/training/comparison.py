"""What a comparison states of each estimator, and of the differences between them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn.metrics import confusion_matrix, f1_score, roc_auc_score

from scoring.engine import metrics
from scoring.training import form_points, give_me_some_credit
from scoring.training.estimators import UNTUNED
from scoring.training.measures import APPROVAL_SHARE, auc_interval
from scoring.training.scorecard import table_scores
from scoring.training.tables import CreditRows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CALIBRATION_POINTS = 10
APPROVAL_SHARES = tuple(percent / 100 for percent in range(10, 100, 5))
# Approving a bad case costs five times what refusing a good one does (as in Statlog German credit).
COST_OF_BAD, COST_OF_REFUSED_GOOD = 5.0, 1.0


def figures(target: IntArray, chances: FloatArray, seed: int) -> dict[str, Any]:
    """Return the figures of one estimator from out-of-fold probabilities (n, classes)."""
    if chances.shape[1] == 2:
        return _binary_figures(target, chances[:, 1], seed)
    return _multiclass_figures(target, chances)


def _binary_figures(is_bad: IntArray, risk: FloatArray, seed: int) -> dict[str, Any]:
    return {
        "auc": round(metrics.auc(is_bad, risk), 4),
        "ks": round(metrics.ks(is_bad, risk), 4),
        "gini": round(metrics.gini(is_bad, risk), 4),
        "brier": round(metrics.brier(is_bad, risk), 5),
        "accuracy": round(float(((risk >= 0.5) == is_bad).mean()), 4),
        "logloss": round(metrics.log_loss(is_bad, risk), 5),
        "auc_ci": auc_interval(is_bad, risk, seed),
        "bad_rate_at_70": round(metrics.bad_rate_among_approved(is_bad, risk, APPROVAL_SHARE), 5),
        "cost": round(_cost(is_bad, risk), 5),
        "confusion": confusion_matrix(is_bad, risk >= 0.5).tolist(),
        "calibration": _calibration(is_bad, risk),
    }


def by_approval(is_bad: IntArray, risk: FloatArray) -> list[dict[str, float]]:
    """Return the share of bad among the approved for each approval rate of a page."""
    return [
        {"approval": share, "bad_rate": round(rate, 5)}
        for share in APPROVAL_SHARES
        if share * is_bad.size >= 1
        and np.isfinite(rate := metrics.bad_rate_among_approved(is_bad, risk, share))
    ]


def _cost(is_bad: IntArray, risk: FloatArray) -> float:
    """Return the mean cost of a case when all below the break-even risk are approved."""
    approved = risk < COST_OF_REFUSED_GOOD / (COST_OF_BAD + COST_OF_REFUSED_GOOD)
    bad = is_bad == 1
    cost = COST_OF_BAD * (approved & bad) + COST_OF_REFUSED_GOOD * (~approved & ~bad)
    return float(cost.mean())


def _calibration(is_bad: IntArray, risk: FloatArray) -> list[dict[str, float]]:
    """Return predicted and observed rates in tenths of the cases by risk."""
    tenths = np.array_split(np.argsort(risk, kind="stable"), CALIBRATION_POINTS)
    return [
        {
            "predicted": round(float(risk[rows].mean()), 5),
            "observed": round(float(is_bad[rows].mean()), 5),
            "rows": len(rows),
        }
        for rows in tenths
        if len(rows)
    ]


def _multiclass_figures(target: IntArray, chances: FloatArray) -> dict[str, Any]:
    normalised = chances / chances.sum(axis=1, keepdims=True)
    chosen = normalised.argmax(axis=1)
    auc_ovr = roc_auc_score(target, normalised, multi_class="ovr", average="macro")
    return {
        "accuracy": round(float((chosen == target).mean()), 4),
        "macro_f1": round(float(f1_score(target, chosen, average="macro")), 4),
        "auc_ovr": round(float(auc_ovr), 4),
        "confusion": confusion_matrix(target, chosen).tolist(),
    }


def paired(
    is_bad: IntArray, risks: Mapping[str, FloatArray], best: str
) -> dict[str, dict[str, Any]]:
    """Return the AUC of the best less that of each untuned library, with interval and p-value."""
    found = {}
    for name in UNTUNED:
        if name in risks and name != best:
            difference, error = delong(is_bad, risks[best], risks[name])
            found[name] = {
                "auc": round(metrics.auc(is_bad, risks[name]), 4),
                "difference": round(difference, 4),
                "interval": [round(difference + z * error, 4) for z in (-1.96, 1.96)],
                "p": round(float(2 * stats.norm.sf(abs(difference) / max(error, 1e-12))), 5),
            }
    return found


def delong(is_bad: IntArray, first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Return the difference of two AUCs on the same cases and its standard error.

    DeLong, DeLong and Clarke-Pearson 1988, by midranks (Sun and Xu 2014).
    """
    bad = is_bad == 1
    placements = [_placements(risk, bad) for risk in (first, second)]
    aucs = [float(of_bad.mean()) for of_bad, _ in placements]
    bad_part = placements[0][0] - placements[1][0]
    good_part = placements[0][1] - placements[1][1]
    variance = bad_part.var(ddof=1) / bad.sum() + good_part.var(ddof=1) / (~bad).sum()
    return aucs[0] - aucs[1], float(np.sqrt(variance))


def _placements(risk: FloatArray, bad: npt.NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Return the share of good below each bad case, and of bad above each good case."""
    together = stats.rankdata(risk)
    of_bad = (together[bad] - stats.rankdata(risk[bad])) / (~bad).sum()
    of_good = 1 - (together[~bad] - stats.rankdata(risk[~bad])) / bad.sum()
    return of_bad, of_good


def points_table(
    rows: CreditRows, columns_as: Mapping[str, str] | None = None
) -> FloatArray | None:
    """Return the points table's risk, else None where the columns are not those it needs.

    They are those of Give Me Some Credit, or columns named as characteristics of the form. It
    learns nothing, so its score is scaled to 0…1 and only its ranking means something.
    """
    if len(rows.classes) != 2:
        return None
    if columns_as:
        return form_points.risk(rows.features, columns_as)
    if not give_me_some_credit.has_columns(rows.raw):
        return None
    numbers = rows.raw.apply(give_me_some_credit.as_numbers)
    scores = table_scores(give_me_some_credit.characteristics_of(numbers))
    risk = (850 - np.maximum(scores, 300)) / 550
    return np.column_stack([1 - risk, risk])

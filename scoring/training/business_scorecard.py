"""Train the scorecard of small businesses on the SBA case and write it with its figures.

The method is that of :mod:`scoring.training.scorecard` (monotonic bins, logistic regression on
WOE), with two steps more, because whether these loans went bad depended first on *when* they were
granted (4 % of 2001, 61 % of 2007):

- the regression holds the years of approval apart, so that a characteristic earns points for what
  it says within a time and not for having been common in a good one;
- the intercept is set *through the cycle*: every year of approval weighs the same, so the mean
  probability of default is that of the mean year and not that of the crisis.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from lightgbm import LGBMClassifier
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression

from scoring.engine import metrics
from scoring.training import artifact_files, small_business
from scoring.training.expert_points import BUSINESS_EXPERT_CHARACTERISTICS
from scoring.training.measures import figures
from scoring.training.scorecard import (
    LARGEST_PENALTY_INVERSE,
    FittedScorecard,
    count_bins,
    fit_bins,
    probability,
    trained_characteristic,
)
from scoring.training.small_business import BusinessTable

NAME = "business_scorecard"
VERSION = "1"
# What the form asks and the scorecard reads: the event rate falls with each of these.
TRENDS = {
    "guaranteed_share_percent": "descending",
    "employees": "descending",
    "jobs_created": "descending",
}
# Looked at beside them and not asked: they earn nothing within a time of approval.
LOOKED_AT = ("new_business", "franchise", "urban_location", "revolving_line")
UNITS = {"guaranteed_share_percent": "%", "employees": "count", "jobs_created": "count"}
MIN_BIN_SHARE = 0.03
# The first year of each time of approval that the regression holds apart.
ERA_STARTS = (2003, 2005, 2007)
MIN_LOANS_A_YEAR = 10
BOOTSTRAPS = 500
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def main(data: Path, out: Path, seed: int) -> dict[str, Any]:
    """Train on the train rows, measure on test rows and folds, write files; return the figures."""
    table = small_business.read_table(data)
    fitted = fit(table, table.is_train)
    out.mkdir(parents=True, exist_ok=True)
    artifact_files.write_json(out / f"{NAME}.json", content(fitted, table))
    measured = measure(fitted, table, seed)
    artifact_files.write_json(out / f"{NAME}_figures.json", measured)
    artifact_files.register(
        out,
        name=NAME,
        version=VERSION,
        role="champion",
        file=f"{NAME}.json",
        licence=small_business.LICENCE,
        trained_on=[small_business.DATA_SET],
        card=f"{NAME}.md",
        commercial=True,
    )
    return measured


def fit(table: BusinessTable, rows: BoolArray, also: Sequence[str] = ()) -> FittedScorecard:
    """Fit on the chosen rows. A characteristic that earns nothing within a time is left out.

    ``also`` names yes-or-no columns to look at beside the characteristics of the form.
    """
    characteristics, is_bad = table.characteristics[rows], table.is_bad[rows]
    eras = _era_columns(table.year[rows])
    bins = {
        name: fit_bins(characteristics[name], is_bad, trend, MIN_BIN_SHARE)
        for name, trend in TRENDS.items()
    }
    bins |= {name: count_bins(characteristics[name], is_bad, (0.5,)) for name in also}
    names = list(bins)
    while True:
        woe = np.column_stack([bins[name].woe_of(characteristics[name]) for name in names])
        regression = LogisticRegression(C=LARGEST_PENALTY_INVERSE, max_iter=1000)
        regression.fit(np.hstack([woe, eras]), 1 - is_bad)
        coefficients = dict(zip(names, map(float, regression.coef_[0]), strict=False))
        worst = min(names, key=lambda name: coefficients[name])
        # A coefficient at or below 0 would turn the bins' own order round.
        if coefficients[worst] > 0:
            break
        names.remove(worst)
    kept = {name: bins[name] for name in names}
    plain = FittedScorecard(kept, coefficients, 0.0)
    intercept = _intercept_through_the_cycle(
        plain.log_odds(characteristics), is_bad, table.year[rows]
    )
    return replace(plain, intercept=intercept)


def _era_columns(year: npt.NDArray[np.int64]) -> FloatArray:
    era = np.searchsorted(ERA_STARTS, year, side="right")
    return np.eye(len(ERA_STARTS) + 1)[era][:, 1:]


def year_weights(year: npt.NDArray[np.int64]) -> FloatArray:
    """Return weights that let every year with enough loans count the same; they sum to 1."""
    _, index, counts = np.unique(year, return_inverse=True, return_counts=True)
    weights = np.where(counts[index] >= MIN_LOANS_A_YEAR, 1.0 / counts[index], 0.0)
    if not weights.any():
        weights = 1.0 / counts[index]
    return np.asarray(weights / weights.sum())


def _intercept_through_the_cycle(
    log_odds: FloatArray, is_bad: npt.NDArray[np.int64], year: npt.NDArray[np.int64]
) -> float:
    weights = year_weights(year)
    target = float(weights @ is_bad)
    return float(brentq(lambda b: weights @ probability(log_odds + b) - target, -20.0, 20.0))


def content(fitted: FittedScorecard, table: BusinessTable) -> dict[str, Any]:
    """Return the artifact: trained characteristics first, then those of expert points."""
    source = {
        "kind": "trained",
        "data_set": small_business.DATA_SET,
        "rows": int(table.is_train.sum()),
        "licence": small_business.LICENCE,
    }
    trained = [
        trained_characteristic(fitted, name, unit=UNITS[name], source=source)
        for name in fitted.bins
    ]
    return {
        "name": NAME,
        "version": VERSION,
        "event": "loan charged off",
        "intercept_log_odds": round(fitted.intercept, 6),
        "characteristics": [*trained, *BUSINESS_EXPERT_CHARACTERISTICS],
    }


def out_of_fold(table: BusinessTable, repeat: int) -> FloatArray:
    """Return the probability of *bad* of each row from the fold that did not hold it."""
    risk = np.zeros(table.is_bad.size)
    for fold in np.unique(table.folds[:, repeat]):
        held_out = table.folds[:, repeat] == fold
        fitted = fit(table, ~held_out)
        risk[held_out] = probability(fitted.log_odds(table.characteristics[held_out]))
    return risk


def measure(fitted: FittedScorecard, table: BusinessTable, seed: int) -> dict[str, Any]:
    """Return the figures of the card: test rows, five repeats of five folds, what leaks."""
    test = ~table.is_train
    risks = [out_of_fold(table, repeat) for repeat in range(table.folds.shape[1])]
    weights = year_weights(table.year)
    return {
        "rows": int(table.is_bad.size),
        "bad_rate": round(float(table.is_bad.mean()), 4),
        "bad_rate_through_the_cycle": round(float(weights @ table.is_bad), 4),
        "characteristics_kept": list(fitted.bins),
        "looked_at": list(LOOKED_AT),
        "looked_at_and_would_be_kept": _would_be_kept(table),
        "test": figures(
            table.is_bad[test], probability(fitted.log_odds(table.characteristics[test]))
        ),
        "cross_validated": cross_validated(table, risks, seed),
        "untuned_lightgbm_auc": round(_boosting_auc(table.characteristics, table), 4),
        "untuned_lightgbm_auc_with_leaking_columns": round(
            _boosting_auc(table.characteristics.join(table.leaking), table), 4
        ),
    }


def _would_be_kept(table: BusinessTable) -> list[str]:
    fitted = fit(table, table.is_train, LOOKED_AT)
    return [name for name in LOOKED_AT if name in fitted.bins]


def cross_validated(table: BusinessTable, risks: list[FloatArray], seed: int) -> dict[str, Any]:
    """Return AUC and KS as means over repeats with 95 % intervals by bootstrap over loans."""
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(BOOTSTRAPS):
        rows = generator.integers(0, table.is_bad.size, table.is_bad.size)
        drawn.append(_means(table.is_bad[rows], [risk[rows] for risk in risks]))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    auc, ks = _means(table.is_bad, risks)
    return {
        "repeats": len(risks),
        "auc": round(auc, 4),
        "auc_ci": [round(float(low[0]), 4), round(float(high[0]), 4)],
        "ks": round(ks, 4),
        "ks_ci": [round(float(low[1]), 4), round(float(high[1]), 4)],
        "auc_within_a_time_of_approval": round(_auc_within_eras(table, risks), 4),
    }


def _means(is_bad: npt.NDArray[np.int64], risks: list[FloatArray]) -> tuple[float, float]:
    return (
        float(np.mean([metrics.auc(is_bad, risk) for risk in risks])),
        float(np.mean([metrics.ks(is_bad, risk) for risk in risks])),
    )


def _auc_within_eras(table: BusinessTable, risks: list[FloatArray]) -> float:
    era = np.searchsorted(ERA_STARTS, table.year, side="right")
    parts = [
        (
            np.mean([metrics.auc(table.is_bad[era == e], r[era == e]) for r in risks]),
            (era == e).sum(),
        )
        for e in np.unique(era)
    ]
    return float(np.average([auc for auc, _ in parts], weights=[rows for _, rows in parts]))


def _boosting_auc(features: pd.DataFrame, table: BusinessTable) -> float:
    risk = np.zeros(table.is_bad.size)
    for fold in np.unique(table.folds[:, 0]):
        held_out = table.folds[:, 0] == fold
        machine = LGBMClassifier(n_jobs=1, random_state=0, verbose=-1)
        machine.fit(features[~held_out], table.is_bad[~held_out])
        risk[held_out] = machine.predict_proba(features[held_out])[:, 1]
    return metrics.auc(table.is_bad, risk)

"""Whether synthetic rows of the rarer class help, against class weights and plain oversampling.

Every way trains the same estimators and is compared at one approval rate: the same share of
applicants approved, and the share of bad among them counted. A threshold of one half would only
show that balancing moves the threshold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression

from scoring.engine import metrics
from scoring.training.encodings import DenseEncoding
from scoring.training.measures import APPROVAL_SHARE
from scoring.training.synthesiser import utility
from scoring.training.synthesiser.utility import Aim

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
WAYS = ("as they are", "class weights", "oversampled", "synthetic rows")
Draw = Callable[[int], pd.DataFrame]


def compare(
    train: pd.DataFrame, test: pd.DataFrame, aim: Aim, draw_events: Draw, seed: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Return AUC and the bad rate among the approved by estimator and way.

    ``draw_events`` draws so many synthetic rows of the rarer class, the event.
    """
    lacking = int((1 - 2 * aim.events(train)).sum())
    tables = {
        "as they are": train,
        "class weights": train,
        "oversampled": _oversampled(train, aim, lacking, seed),
        "synthetic rows": pd.concat([train, draw_events(lacking)], ignore_index=True)
        if lacking > 0
        else train,
    }
    is_bad, held = aim.events(test), aim.features(test)
    found: dict[str, dict[str, dict[str, float]]] = {"logistic": {}, "boosting": {}}
    for way, table in tables.items():
        rows, target = aim.features(table), aim.events(table)
        weight = _balanced(target) if way == "class weights" else None
        for name, risk in _risks(rows, target, weight, held, seed).items():
            found[name][way] = {
                "auc": round(metrics.auc(is_bad, risk), 4),
                "bad_rate": round(metrics.bad_rate_among_approved(is_bad, risk, APPROVAL_SHARE), 4),
            }
    return found


def _oversampled(train: pd.DataFrame, aim: Aim, lacking: int, seed: int) -> pd.DataFrame:
    rare = train[aim.events(train) == 1]
    more = rare.sample(max(0, lacking), replace=True, random_state=seed)
    return pd.concat([train, more], ignore_index=True)


def _balanced(target: IntArray) -> FloatArray:
    counts = np.bincount(target, minlength=2)
    return np.asarray(len(target) / (2 * counts[target]), dtype=np.float64)


def _risks(
    rows: pd.DataFrame, target: IntArray, weight: FloatArray | None, held: pd.DataFrame, seed: int
) -> dict[str, FloatArray]:
    encoding = DenseEncoding().fit(rows)
    linear = LogisticRegression(C=0.5, max_iter=2000)
    linear.fit(encoding.transform(rows), target, sample_weight=weight)
    boosted = utility.Boosted(seed).fit(rows, target, weight)
    return {
        "logistic": linear.predict_proba(encoding.transform(held))[:, 1],
        "boosting": boosted.predict_proba(held)[:, 1],
    }


def mean_of(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the means over runs, with the mean difference from the rows as they are."""
    found: dict[str, Any] = {}
    for name in runs[0]:
        plain = np.array([run[name][WAYS[0]]["bad_rate"] for run in runs])
        found[name] = {}
        for way in WAYS:
            rates = np.array([run[name][way]["bad_rate"] for run in runs])
            gaps = rates - plain
            found[name][way] = {
                "auc": round(float(np.mean([run[name][way]["auc"] for run in runs])), 4),
                "bad_rate": round(float(rates.mean()), 4),
                "difference": round(float(gaps.mean()), 4),
                "difference_se": round(float(gaps.std(ddof=1) / np.sqrt(len(runs))), 4)
                if len(runs) > 1
                else None,
            }
    return found

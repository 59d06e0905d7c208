"""Compare estimators on any credit table by cross-validation."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from scoring.engine import metrics
from scoring.training import give_me_some_credit
from scoring.training.estimators import Estimator, makers
from scoring.training.measures import auc_interval
from scoring.training.scorecard import table_scores
from scoring.training.tables import CreditRows, read_rows

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float64]
Fold = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def evaluate(
    csv: Path,
    *,
    target: str,
    positive: str | None = None,
    drop: Sequence[str] = (),
    protected: Sequence[str] = (),
    group: str | None = None,
    folds: int = 5,
    repeats: int = 1,
    seed: int = 0,
) -> dict[str, Any]:
    """Train and cross-validate every estimator; return the figures of the published contract.

    Folds are stratified over the order of the file and shuffled with the seed; repeat r uses
    seed + r. With ``group`` no group stands in two folds. Out-of-fold probabilities of all
    repeats are averaged before they are measured. Raises ValueError for a table or options that
    cannot be used.
    """
    rows = read_rows(
        csv, target=target, positive=positive, left_out=[*drop, *protected], group=group
    )
    _check(rows, folds, repeats)
    splits = [list(_folds(rows, folds, seed + repeat)) for repeat in range(repeats)]
    measure = _binary_figures if len(rows.classes) == 2 else _multiclass_figures
    results: dict[str, dict[str, Any]] = {}
    if (baseline := _points_table(rows)) is not None:
        results["points_table"] = {**measure(rows, baseline, seed), "fit_s": 0.0}
    for name, make in makers(seed).items():
        logger.info("cross-validating %s", name)
        probabilities, fit_s = _out_of_fold(rows, splits, make)
        results[name] = {**measure(rows, probabilities, seed), "fit_s": round(fit_s, 2)}
    score = "auc" if len(rows.classes) == 2 else "accuracy"
    return {
        "rows": len(rows.target),
        "features": list(rows.features.columns),
        "classes": list(rows.classes),
        "best": max(results, key=lambda name: results[name][score]),
        **results,
    }


def _check(rows: CreditRows, folds: int, repeats: int) -> None:
    if folds < 2 or repeats < 1:
        raise ValueError("cross-validation needs at least two folds and one repeat")
    if rows.features.empty:
        raise ValueError("no column is left to learn from")
    rarest = int(np.bincount(rows.target).min())
    if rarest < folds:
        raise ValueError(f"the rarest class has {rarest} rows, fewer than the {folds} folds")


def _folds(rows: CreditRows, folds: int, seed: int) -> Iterator[Fold]:
    if rows.groups is None:
        splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
        return iter(splitter.split(rows.features, rows.target))
    grouped = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    return iter(grouped.split(rows.features, rows.target, rows.groups))


def _out_of_fold(
    rows: CreditRows, splits: Sequence[Sequence[Fold]], make: Callable[[], Estimator]
) -> tuple[FloatArray, float]:
    """Return the mean out-of-fold probabilities (n, classes) and the seconds of all fits."""
    total, fit_s = np.zeros((len(rows.target), len(rows.classes))), 0.0
    for train, test in (fold for split in splits for fold in split):
        start_s = time.perf_counter()
        estimator = make().fit(rows.features.iloc[train], rows.target[train])
        fit_s += time.perf_counter() - start_s
        total[test] += estimator.predict_proba(rows.features.iloc[test])
    return total / len(splits), fit_s


def _binary_figures(rows: CreditRows, probabilities: FloatArray, seed: int) -> dict[str, Any]:
    is_bad, risk = rows.target, probabilities[:, 1]
    return {
        "auc": round(metrics.auc(is_bad, risk), 4),
        "ks": round(metrics.ks(is_bad, risk), 4),
        "gini": round(metrics.gini(is_bad, risk), 4),
        "brier": round(metrics.brier(is_bad, risk), 5),
        "accuracy": round(float(((risk >= 0.5) == is_bad).mean()), 4),
        "logloss": round(metrics.log_loss(is_bad, risk), 5),
        "auc_ci": auc_interval(is_bad, risk, seed),
    }


def _multiclass_figures(rows: CreditRows, probabilities: FloatArray, seed: int) -> dict[str, Any]:
    normalised = probabilities / probabilities.sum(axis=1, keepdims=True)
    chosen = normalised.argmax(axis=1)
    auc_ovr = roc_auc_score(rows.target, normalised, multi_class="ovr", average="macro")
    return {
        "accuracy": round(float((chosen == rows.target).mean()), 4),
        "macro_f1": round(float(f1_score(rows.target, chosen, average="macro")), 4),
        "auc_ovr": round(float(auc_ovr), 4),
    }


def _points_table(rows: CreditRows) -> FloatArray | None:
    """Return the table's risk where the columns are those it was written for, else None.

    It learns nothing, so its score is scaled to 0…1 and only its ranking means something.
    """
    if len(rows.classes) != 2 or not give_me_some_credit.has_columns(rows.raw):
        return None
    numbers = rows.raw.apply(give_me_some_credit.as_numbers)
    scores = table_scores(give_me_some_credit.characteristics_of(numbers))
    risk = (850 - np.maximum(scores, 300)) / 550
    return np.column_stack([1 - risk, risk])

"""Compare estimators on any credit table by cross-validation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scoring.training import comparison
from scoring.training.cross_validation import (
    Budget,
    OutOfFold,
    budget_for,
    check,
    cross_validate,
    make_splits,
)
from scoring.training.estimators import NAMES, UNTUNED
from scoring.training.table_profile import Fault, profile_text
from scoring.training.table_reading import read_text
from scoring.training.tables import CreditRows, rows_of

BUDGET_S = 900.0


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
    budget_s: float = BUDGET_S,
) -> dict[str, Any]:
    """Train and cross-validate every estimator; return the figures of the published contract.

    Folds are stratified over the order of the file and shuffled with the seed; repeat r uses
    seed + r. With ``group`` no group stands in two folds. Out-of-fold probabilities of all
    repeats are averaged before they are measured. Raises TableError for a table or options that
    cannot be used.
    """
    table = read_text(csv)
    rows = rows_of(
        table, target=target, positive=positive, left_out=[*drop, *protected], group=group
    )
    check(rows, folds, repeats)
    splits = make_splits(rows, folds, repeats, seed)
    budget = budget_for(len(rows.target), folds * repeats, budget_s)
    results = cross_validate(rows, splits, estimator_names(rows), seed=seed, budget=budget)
    faults = profile_text(table, target, positive).faults
    return summary(rows, results, seed=seed, budget=budget, faults=faults)


def estimator_names(rows: CreditRows, wanted: Sequence[str] = NAMES) -> list[str]:
    """Return the wanted estimators, and with two classes those to measure the best against."""
    return [*wanted, *(UNTUNED if len(rows.classes) == 2 else ())]


def summary(
    rows: CreditRows,
    results: Mapping[str, OutOfFold],
    *,
    seed: int,
    budget: Budget,
    faults: Sequence[Fault],
    columns_as: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the figures of every estimator, the best one, and what to know of the table."""
    measured: dict[str, dict[str, Any]] = {}
    if (baseline := comparison.points_table(rows, columns_as)) is not None:
        found = comparison.figures(rows.target, baseline, seed)
        # A points table says no probabilities, so nothing that needs them is said of it.
        measured["points_table"] = {**found, "cost": None, "calibration": [], "fit_s": 0.0}
    for name, result in results.items():
        found = comparison.figures(rows.target, result.probabilities, seed)
        measured[name] = {**found, "fit_s": round(result.fit_s, 2)}
    score = "auc" if len(rows.classes) == 2 else "accuracy"
    own = [name for name in measured if name not in UNTUNED]
    best = max(own, key=lambda name: measured[name][score])
    summed = {
        "rows": len(rows.target),
        "features": rows.names,
        "classes": list(rows.classes),
        "best": best,
        "warnings": [
            fault.text for fault in faults if fault.column is None or fault.code == "leak"
        ],
        "cut": budget.cut,
        **measured,
    }
    if len(rows.classes) == 2 and best in results:
        risks = {name: result.probabilities[:, 1] for name, result in results.items()}
        summed["paired"] = comparison.paired(rows.target, risks, best)
    return summed

"""Compare estimators on any credit table by cross-validation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scoring.training import comparison, time_cuts
from scoring.training.cross_validation import OutOfFold, check, cross_validate, make_splits
from scoring.training.effort import full_effort
from scoring.training.estimators import NAMES, UNTUNED
from scoring.training.fit_pool import Workers, default_processes
from scoring.training.table_profile import Fault, profile_text
from scoring.training.table_reading import read_text
from scoring.training.tables import CreditRows, rows_of
from scoring.training.time_plan import Budget

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
    processes: int | None = None,
) -> dict[str, Any]:
    """Train and cross-validate every estimator; return the figures of the published contract.

    Folds are stratified over the order of the file and shuffled with the seed; repeat r uses
    seed + r. With ``group`` no group stands in two folds. Out-of-fold probabilities of all
    repeats are averaged before they are measured. The whole keeps to ``budget_s`` seconds: what
    had to be cut for that stands under ``cut``, and an estimator of which no fold ended is None.
    ``processes`` fit at a time; figures do not depend on how many. Raises TableError for a table or
    options that cannot be used.
    """
    budget = Budget(budget_s)
    table = read_text(csv)
    rows = rows_of(
        table, target=target, positive=positive, left_out=[*drop, *protected], group=group
    )
    check(rows, folds, repeats)
    splits = make_splits(rows, folds, repeats, seed)
    budget.full = full_effort(len(rows.target))
    names = estimator_names(rows)
    with Workers(rows, processes or default_processes()) as pool:
        results = cross_validate(rows, splits, names, seed=seed, budget=budget, pool=pool)
    faults = profile_text(table, target, positive).faults
    cut = cuts(results, names, folds * repeats, budget)
    return summary(rows, results, seed=seed, faults=faults, names=names, cut=cut)


def cuts(
    results: Mapping[str, OutOfFold], names: Sequence[str], folds: int, budget: Budget
) -> list[str]:
    """Return what a comparison left undone to keep to its budget."""
    efforts = {name: each.efforts for name, each in results.items()}
    return time_cuts.of_folds(efforts, names, folds, budget.full)


def estimator_names(rows: CreditRows, wanted: Sequence[str] = NAMES) -> list[str]:
    """Return the wanted estimators, and with two classes those to measure the best against."""
    return [*wanted, *(UNTUNED if len(rows.classes) == 2 else ())]


def summary(
    rows: CreditRows,
    results: Mapping[str, OutOfFold],
    *,
    seed: int,
    faults: Sequence[Fault],
    names: Sequence[str] = (),
    cut: Sequence[str] = (),
    columns_as: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the figures of every estimator, the best one, and what to know of the table.

    The best is chosen among those that were measured on the most folds. One of ``names`` that was
    not measured is None.
    """
    measured: dict[str, dict[str, Any] | None] = dict.fromkeys(names)
    if (baseline := comparison.points_table(rows, columns_as)) is not None:
        found = comparison.figures(rows.target, baseline, seed)
        # A points table says no probabilities, so nothing that needs them is said of it.
        measured["points_table"] = {**found, "cost": None, "calibration": [], "fit_s": 0.0}
    for name, result in results.items():
        known = result.measured
        found = comparison.figures(rows.target[known], result.probabilities[known], seed)
        measured[name] = {**found, "fit_s": round(result.fit_s, 2)}
    best = _best(measured, results)
    summed = {
        "rows": len(rows.target),
        "features": rows.names,
        "classes": list(rows.classes),
        "best": best,
        "warnings": [
            fault.text for fault in faults if fault.column is None or fault.code == "leak"
        ],
        "cut": list(cut),
        **measured,
    }
    if len(rows.classes) == 2 and best in results:
        known = np.all([results[n].measured for n in {best, *UNTUNED} & set(results)], axis=0)
        risks = {name: result.probabilities[known, 1] for name, result in results.items()}
        summed["paired"] = comparison.paired(rows.target[known], risks, best)
    return summed


def _best(measured: Mapping[str, dict[str, Any] | None], results: Mapping[str, OutOfFold]) -> str:
    most = max(len(each.efforts) for each in results.values())
    scores = {
        name: found.get("auc", found["accuracy"])
        for name, found in measured.items()
        if found and name not in UNTUNED
        if name not in results or len(results[name].efforts) == most
    }
    return max(scores, key=lambda name: scores[name])

"""Measure the estimators on public tables, on the fixed folds that lie beside them.

``python -m scoring.training.benchmark_tables DATA OUT`` writes one JSON file per table and variant
into OUT. Every finished fit is kept there, so that a run that was cut off goes on. The variant
``all`` reads every column, as the published anchors do; ``fair`` leaves the protected ones out.
"""

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.engine import metrics
from scoring.training import artifact_files
from scoring.training.cross_validation import cross_validate
from scoring.training.effort import Effort
from scoring.training.estimators import NAMES, UNTUNED
from scoring.training.evaluate_credit import summary
from scoring.training.fold_fits import Checkpoints, Fold
from scoring.training.table_reading import TextTable, read_text
from scoring.training.tables import CreditRows, rows_of
from scoring.training.time_plan import Budget

logger = logging.getLogger(__name__)
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BenchmarkTable:
    """A table, its fixed folds, and what must be left out of a fair estimator.

    ``columns`` names those of a file that has no header.
    """

    file: str
    split: str
    target: str
    positive: str
    protected: tuple[str, ...]
    repeats: int
    members: int
    columns: tuple[str, ...] = ()


# The sex cannot be told from personal_status_sex of German credit, but marital state can.
TABLES = {
    "german": BenchmarkTable(
        "SouthGermanCredit.asc",
        "south_german_split.csv",
        "credit_risk",
        "0",
        ("age", "personal_status_sex", "people_liable", "foreign_worker"),
        repeats=5,
        members=5,
    ),
    # The codes of this file are texts (A11, A12, …), so that nobody can take them for amounts.
    "german_data": BenchmarkTable(
        "german.data",
        "german_split.csv",
        "credit_risk",
        "2",
        ("age", "personal_status_sex", "people_liable", "foreign_worker"),
        repeats=5,
        members=5,
        columns=(
            "existing_checking",
            "duration",
            "credit_history",
            "purpose",
            "credit_amount",
            "savings",
            "employment_since",
            "installment_rate",
            "personal_status_sex",
            "other_debtors",
            "residence_since",
            "property",
            "age",
            "other_installment_plans",
            "housing",
            "existing_credits",
            "job",
            "people_liable",
            "telephone",
            "foreign_worker",
            "credit_risk",
        ),
    ),
    "taiwan": BenchmarkTable(
        "taiwan_UCI_Credit_Card.csv.zip",
        "taiwan_split.csv.gz",
        "default.payment.next.month",
        "1",
        ("SEX", "MARRIAGE", "AGE"),
        repeats=1,
        members=3,
    ),
    "gmsc": BenchmarkTable(
        "gmsc_cs-training.csv.zip",
        "gmsc_split.csv.gz",
        "SeriousDlqin2yrs",
        "1",
        ("age", "NumberOfDependents"),
        repeats=1,
        members=3,
    ),
}
VARIANTS = ("all", "fair")


def measure(
    data: Path,
    out: Path,
    name: str,
    variant: str,
    *,
    estimators: Sequence[str],
    repeats: int | None = None,
) -> dict[str, Any]:
    """Cross-validate on the fixed folds of one table; return and write the figures."""
    table = TABLES[name]
    rows = read(data, name, variant)
    splits = fixed_splits(pd.read_csv(data / table.split), repeats or table.repeats)
    kept = Checkpoints(out / f"{name}_{variant}")
    budget = Budget(float("inf"), Effort(members=table.members))
    results = cross_validate(
        rows,
        splits,
        estimators,
        seed=20261121,
        budget=budget,
        checkpoints=kept,
        progress=lambda step, done, total: logger.info("%s %d/%d %s", name, done, total, step),
    )
    found: dict[str, Any] = {"repeats": len(splits)}
    found |= summary(rows, results, seed=20261121, faults=())
    for each in results:
        found[each]["auc_of_folds"] = fold_aucs(rows, splits, kept, each)
    artifact_files.write_json(out / f"{name}_{variant}.json", found)
    return found


def read(data: Path, name: str, variant: str = "all") -> CreditRows:
    """Return the rows of a table; the variant ``fair`` has no protected columns."""
    table = TABLES[name]
    found = read_text(data / table.file)
    if table.columns:
        found = TextTable(found.cells.set_axis(list(table.columns), axis=1), found.notes)
    return rows_of(
        found,
        target=table.target,
        positive=table.positive,
        left_out=table.protected if variant == "fair" else (),
        group=None,
    )


def fixed_splits(columns: pd.DataFrame, repeats: int) -> list[list[Fold]]:
    """Return the folds that columns ``cv0``, ``cv1``, … number."""
    return [_folds(columns[f"cv{repeat}"].to_numpy(np.int64)) for repeat in range(repeats)]


def _folds(numbers: IntArray) -> list[Fold]:
    return [
        (np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold))
        for fold in np.unique(numbers)
    ]


def fold_aucs(
    rows: CreditRows, splits: Sequence[Sequence[Fold]], kept: Checkpoints, name: str
) -> dict[str, float]:
    """Return mean and standard deviation of the AUC over all folds of all repeats."""
    aucs = []
    for repeat, split in enumerate(splits):
        for fold, (_, test) in enumerate(split):
            if (fitted := kept.load(name, repeat, fold)) is not None:
                aucs.append(metrics.auc(rows.target[test], fitted["test"]))
    return {"mean": round(float(np.mean(aucs)), 4), "sd": round(float(np.std(aucs)), 4)}


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the tables and their folds")
    parser.add_argument("out", type=Path)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--repeats", type=int, help="only the first N repeats of the folds")
    parser.add_argument("--estimators", default=",".join((*NAMES, *UNTUNED)))
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.tables.split(","):
        for variant in given.variants.split(","):
            found = measure(
                given.data,
                given.out,
                name,
                variant,
                estimators=given.estimators.split(","),
                repeats=given.repeats,
            )
            logger.info("%s %s: %s", name, variant, json.dumps(_short(found)))


def _short(found: dict[str, Any]) -> dict[str, float]:
    return {
        name: each["auc_of_folds"]["mean"]
        for name, each in found.items()
        if isinstance(each, dict) and "auc_of_folds" in each
    }


if __name__ == "__main__":
    main()

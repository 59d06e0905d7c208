"""The table that a synthesiser learns from: German credit, or any table with a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from scoring.training.table_reading import TableError, TextTable, read_text, refuse_synthetic
from scoring.training.tables import rows_of

IntArray = npt.NDArray[np.int64]
FOLDS = 5
GERMAN_FILE, GERMAN_SPLIT = "german.data", "german_split.csv"
GERMAN_TARGET = "classification"
# In the order of Statlog; the names are those of the German-credit interface.
GERMAN_COLUMNS = (
    "existingchecking", "duration", "credithistory", "purpose", "creditamount", "savings",
    "employmentsince", "installmentrate", "statussex", "otherdebtors", "residencesince",
    "property", "age", "otherinstallmentplans", "housing", "existingcredits", "job",
    "peopleliable", "telephone", "foreignworker", GERMAN_TARGET,
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A table of text cells with its target, ``classes`` (no event, event) and fixed folds.

    ``is_train`` (n,) are the rows that the stored generator learns from; ``fold`` (n,) is 0…4.
    """

    name: str
    licence: str
    commercial: bool
    cells: pd.DataFrame
    target: str
    classes: tuple[str, ...]
    is_train: npt.NDArray[np.bool_]
    fold: IntArray

    @property
    def is_event(self) -> IntArray:
        return (self.cells[self.target] == self.classes[-1]).to_numpy(np.int64)

    def part(self, rows: npt.NDArray[np.bool_] | IntArray) -> pd.DataFrame:
        return self.cells.iloc[np.flatnonzero(rows) if rows.dtype == bool else rows].reset_index(
            drop=True
        )


def read_source(
    data: Path,
    *,
    target: str | None = None,
    positive: str | None = None,
    drop: Sequence[str] = (),
    licence: str = "the lender's own table",
    allow_synthetic: bool = False,
) -> Source:
    """Read German credit from its folder, or any table of which ``target`` names a column.

    Raises TableError where the table, the target or its classes cannot be used.
    """
    if data.is_dir() and (data / GERMAN_FILE).is_file() and target is None:
        return _german(data)
    if not data.is_file():
        raise TableError(f"{data.name} is no table, and no folder with {GERMAN_FILE}")
    if target is None:
        raise TableError("name the column to predict with --target")
    table = read_text(data)
    refuse_synthetic(table.synthetic_rows, len(table.cells), allow=allow_synthetic)
    return _own_table(table, data.name, target, positive, drop=drop, licence=licence)


def _german(data: Path) -> Source:
    cells = read_text(data / GERMAN_FILE).cells.set_axis(list(GERMAN_COLUMNS), axis=1)
    split = pd.read_csv(data / GERMAN_SPLIT)
    if len(split) != len(cells):
        raise TableError(f"{GERMAN_SPLIT} has {len(split)} rows, {GERMAN_FILE} {len(cells)}")
    return Source(
        "Statlog (German Credit), H. Hofmann 1994 (UCI)",
        "CC BY 4.0",
        True,
        cells,
        GERMAN_TARGET,
        ("1", "2"),
        (split["split"] == "train").to_numpy(),
        split["cv0"].to_numpy(np.int64),
    )


def _own_table(
    table: TextTable,
    name: str,
    target: str,
    positive: str | None,
    *,
    drop: Sequence[str],
    licence: str,
) -> Source:
    rows = rows_of(table, target=target, positive=positive, left_out=drop, group=None)
    kept = [column for column in rows.raw if column not in {*drop, *table.mark_columns}]
    smallest = int(np.bincount(rows.target).min())
    if smallest < 2 * FOLDS:
        raise TableError(f"each class needs at least {2 * FOLDS} rows; one has {smallest}")
    fold = np.zeros(len(rows.target), dtype=np.int64)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for number, (_, test) in enumerate(splitter.split(fold, rows.target)):
        fold[test] = number
    return Source(name, licence, True, rows.raw[kept], target, rows.classes, fold != 0, fold)

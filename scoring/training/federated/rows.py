"""A branch's own rows, as cells of the agreed grid. They never leave the process that read them."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.privacy.synthetic_mark import is_mark_column, is_marked
from scoring.training.federated import grid
from scoring.training.federated.agreement import Agreement, AgreementError, Column

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """``cells`` (n, columns) and ``bad`` (n,), 1 for the event."""

    cells: IntArray
    bad: IntArray

    def __len__(self) -> int:
        return len(self.bad)


def read(path: Path, agreement: Agreement) -> Rows:
    """Read a CSV file with a header.

    Raises AgreementError where agreed columns are missing, or rows are marked as synthetic.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        wanted = [agreement.target, *(column.name for column in agreement.columns)]
        if missing := [name for name in wanted if name not in header]:
            raise AgreementError(f"{path.name} has no column {', '.join(missing)}")
        places = [header.index(name) for name in wanted]
        marks = [place for place, name in enumerate(header) if is_mark_column(name)]
        lines = [row for row in reader if row]
    if any(is_marked(row[place]) for row in lines for place in marks):
        raise AgreementError(f"{path.name} has rows that are marked as synthetic; leave them out")
    table = [[row[place].strip() for place in places] for row in lines]
    bad = np.array([row[0] == agreement.positive for row in table], dtype=np.int64)
    columns = [
        _cells([row[number] for row in table], column, coarse=agreement.coarse)
        for number, column in enumerate(agreement.columns, start=1)
    ]
    return Rows(np.column_stack(columns), bad)


def _cells(texts: list[str], column: Column, *, coarse: bool) -> IntArray:
    if column.levels:
        places = {level: place for place, level in enumerate(column.levels)}
        return np.array([places.get(text, len(places)) for text in texts], dtype=np.int64)
    values = np.array([_number(text) for text in texts], dtype=np.float64)
    return grid.cells(values, column.unit, coarse=coarse)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan

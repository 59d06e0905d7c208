"""German credit for encrypted scoring: rows, splits and the numbers that the estimators take.

Sex and marital state, age and being a foreign worker (attributes 9, 13 and 20) are not read.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.privacy import german_credit
from scoring.privacy.homomorphic.encoder import Encoder, Input
from scoring.training.german_table import FILE, SPLIT_FILE

NAMES = tuple(each.name for each in german_credit.ATTRIBUTES)
PROTECTED = tuple(each.name for each in german_credit.PROTECTED)
AMOUNT = "creditamount"
# Grades are ordered, and enter the networks as numbers.
NUMBERS = ("duration", AMOUNT, "installmentrate", "residencesince", "existingcredits",
           "peopleliable")  # fmt: skip
# In the published list of codes, in no row.
UNSEEN = {"purpose": ("A47",)}
BAD = "2"


@dataclass(frozen=True)
class GermanRows:
    """1,000 rows: ``is_bad``, ``is_train`` and ``fold`` of shape (rows,)."""

    rows: list[dict[str, str]]
    is_bad: NDArray[np.bool_]
    is_train: NDArray[np.bool_]
    fold: NDArray[np.int64]

    def values(self, name: str) -> NDArray[np.float64]:
        return np.array([float(row[name]) for row in self.rows])

    def codes(self, name: str) -> list[str]:
        return sorted({row[name] for row in self.rows} | set(UNSEEN.get(name, ())))


def read_rows(data: Path) -> GermanRows:
    """Read ``german.data`` and its fixed split. Raises FileNotFoundError."""
    text = (data / FILE).read_text(encoding="ascii")
    lines = [line.split() for line in text.splitlines() if line.strip()]
    kept = [(place, name) for place, name in enumerate(NAMES) if name not in PROTECTED]
    with (data / SPLIT_FILE).open(encoding="ascii", newline="") as file:
        splits = list(csv.DictReader(file))
    return GermanRows(
        rows=[{name: line[place] for place, name in kept} for line in lines],
        is_bad=np.array([line[-1] == BAD for line in lines]),
        is_train=np.array([each["split"] == "train" for each in splits]),
        fold=np.array([int(each["cv0"]) for each in splits]),
    )


def network_encoder(table: GermanRows, used: NDArray[np.bool_]) -> Encoder:
    """Return one input a code, and numbers standardised over the ``used`` rows."""
    inputs = [
        Input(name, code=code)
        for name in table.rows[0]
        if name not in NUMBERS
        for code in table.codes(name)
    ]
    for name in NUMBERS:
        values, is_log = table.values(name)[used], name == AMOUNT
        values = np.log(values) if is_log else values
        mean, sd = round(float(values.mean()), 6), round(float(values.std()), 6)
        inputs.append(Input(name, is_log=is_log, mean=mean, sd=sd))
    return Encoder(inputs)


def encoded(encoder: Encoder, table: GermanRows) -> NDArray[np.float64]:
    """Return all rows, shape (rows, inputs)."""
    return np.stack([encoder.encode(row) for row in table.rows])

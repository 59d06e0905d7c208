"""German credit for encrypted scoring: rows, splits and the numbers that the estimators take.

Sex and marital state, age and being a foreign worker (attributes 9, 13 and 20) are not read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from scoring.privacy.german_credit import Value
from scoring.privacy.homomorphic.encoder import Encoder, Input
from scoring.training.german_table import read_table

AMOUNT = "creditamount"
# Grades are ordered, and enter the networks as numbers.
NUMBERS = ("duration", AMOUNT, "installmentrate", "residencesince", "existingcredits",
           "peopleliable")  # fmt: skip
# In the published list of codes, in no row.
UNSEEN = {"purpose": ("A47",)}


@dataclass(frozen=True)
class GermanRows:
    """1,000 rows: ``is_bad``, ``is_train`` and ``fold`` of shape (rows,)."""

    rows: list[dict[str, Value]]
    is_bad: NDArray[np.bool_]
    is_train: NDArray[np.bool_]
    fold: NDArray[np.int64]

    def values(self, name: str) -> NDArray[np.float64]:
        return np.array([float(row[name]) for row in self.rows])

    def codes(self, name: str) -> list[str]:
        return sorted({str(row[name]) for row in self.rows} | set(UNSEEN.get(name, ())))


def read_rows(data: Path) -> GermanRows:
    """Read ``german.data`` and its fixed split as :func:`read_table` does, which says what fails.

    ``fold`` is that of the first repeat.
    """
    table = read_table(data)
    return GermanRows(
        rows=cast("list[dict[str, Value]]", table.scored().to_dict("records")),
        is_bad=table.is_bad == 1,
        is_train=table.is_train,
        fold=table.folds[:, 0],
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

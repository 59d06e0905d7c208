"""``german.data`` with its fixed folds, read as the German-credit interface names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.privacy.german_credit import ATTRIBUTES, SCORED, checked_rows
from scoring.training import artifact_files

DATA_SET = "Statlog (German Credit), H. Hofmann 1994 (UCI)"
LICENCE = "CC BY 4.0"
VERSION, ROLE = "1", "german_credit"
FILE, SPLIT_FILE = "german.data", "german_split.csv"
FOLDS, REPEATS = 5, 5
YOUNG_YEARS = 25


@dataclass(frozen=True)
class GermanTable:
    """1000 rows: twenty attributes, whether each turned out bad, and the fixed folds.

    ``folds`` (n, 5) holds the fold 0…4 of each row in five repeats.
    """

    rows: pd.DataFrame
    is_bad: npt.NDArray[np.int64]
    is_train: npt.NDArray[np.bool_]
    folds: npt.NDArray[np.int64]

    def scored(self) -> pd.DataFrame:
        """The attributes that may be scored: all but the protected ones."""
        return self.rows[[each.name for each in SCORED]]

    @property
    def is_young(self) -> npt.NDArray[np.bool_]:
        return (self.rows["age"] <= YOUNG_YEARS).to_numpy()

    @property
    def is_foreign(self) -> npt.NDArray[np.bool_]:
        # Corrected: A202 means yes.
        return (self.rows["foreignworker"] == "A202").to_numpy()


def read_table(data: Path) -> GermanTable:
    """Read both files of a folder. Raises FileNotFoundError, or ValueError for other content."""
    lines = (data / FILE).read_text(encoding="ascii").split("\n")
    cells = [line.split() for line in lines if line.strip()]
    names = [each.name for each in ATTRIBUTES]
    rows = checked_rows([dict(zip(names, each[:-1], strict=True)) for each in cells])
    split = pd.read_csv(data / SPLIT_FILE)
    if len(split) != len(rows):
        raise ValueError(f"{SPLIT_FILE} has {len(split)} rows, {FILE} has {len(rows)}")
    return GermanTable(
        rows=pd.DataFrame(rows),
        is_bad=np.array([each[-1] == "2" for each in cells], dtype=np.int64),
        is_train=(split["split"] == "train").to_numpy(),
        folds=split[[f"cv{repeat}" for repeat in range(REPEATS)]].to_numpy(np.int64),
    )


def register_german(
    out: Path,
    name: str,
    file: str,
    card: str,
    *,
    trained_on: Sequence[str] = (DATA_SET,),
    licence: str = LICENCE,
    synthetic_rows: int = 0,
) -> None:
    """Name a written file of German credit's estimators in the manifest."""
    artifact_files.register(
        out,
        name=name,
        version=VERSION,
        role=ROLE,
        file=file,
        licence=licence,
        trained_on=trained_on,
        card=card,
        commercial=True,
        synthetic_rows=synthetic_rows,
    )

"""The rows of "Give Me Some Credit" (Kaggle, 2011) under the names of the application form.

Only what the form asks for and what may be used is read: age and dependants are left out, and
income enters only as a ratio. Known faults are cleaned as follows:

- utilisation is rounded to the two decimals of the form; above 1 up to 10 it is an overdrawn
  limit and counts as 100 %, above 10 an amount was entered by mistake and it counts as missing;
- the codes 96 and 98 in the three counters of late payments are not counts: missing;
- the debt ratio is a ratio only where an income is known, and only where that income is
  plausible: elsewhere the column holds the debt itself, so the ratio is missing.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

TRAINED_CHARACTERISTICS = (
    "card_utilisation_percent",
    "overdue_payments",
    "debt_to_income_percent",
    "open_accounts",
)
LATE_COUNTERS = (
    "NumberOfTime30-59DaysPastDueNotWorse",
    "NumberOfTime60-89DaysPastDueNotWorse",
    "NumberOfTimes90DaysLate",
)
LATE_CODES = (96, 98)
MAX_UTILISATION = 10.0
MIN_MONTHLY_INCOME = 100.0
DATA_SET = "Give Me Some Credit (Kaggle competition, 2011)"
LICENCE = "research and evaluation; competition data, rows not redistributed"


@dataclass(frozen=True)
class CreditTable:
    """Characteristics (NaN where missing), the target and the fixed splits, row by row."""

    characteristics: pd.DataFrame
    is_bad: npt.NDArray[np.int64]
    is_train: npt.NDArray[np.bool_]
    fold: npt.NDArray[np.int64]
    has_late_codes: npt.NDArray[np.bool_]

    def matrix(self) -> npt.NDArray[np.float32]:
        """Return the characteristics as float32, shape (rows, 4)."""
        return self.characteristics.to_numpy(dtype=np.float32)


def read_table(data: Path) -> CreditTable:
    """Read the rows and their fixed split from the directory that holds the credit data."""
    folder = data / "credit" if (data / "credit").is_dir() else data
    rows = pd.read_csv(folder / "gmsc_cs-training.csv.zip", index_col=0)
    split = pd.read_csv(folder / "gmsc_split.csv.gz")
    return CreditTable(
        characteristics=characteristics_of(rows),
        is_bad=rows["SeriousDlqin2yrs"].to_numpy(dtype=np.int64),
        is_train=(split["split"] == "train").to_numpy(),
        fold=split["cv0"].to_numpy(dtype=np.int64),
        has_late_codes=_has_late_codes(rows).to_numpy(),
    )


def _has_late_codes(rows: pd.DataFrame) -> "pd.Series[bool]":
    return rows[list(LATE_COUNTERS)].isin(LATE_CODES).any(axis=1)


def has_columns(rows: pd.DataFrame) -> bool:
    """Return whether a table has the columns that the characteristics are made of."""
    needed = {
        *LATE_COUNTERS,
        "RevolvingUtilizationOfUnsecuredLines",
        "MonthlyIncome",
        "DebtRatio",
        "NumberOfOpenCreditLinesAndLoans",
    }
    return needed <= set(rows.columns)


def as_numbers(column: "pd.Series[str]") -> "pd.Series[float]":
    """Return a text column as floats, NaN where a cell is no number."""
    return pd.to_numeric(column, errors="coerce").astype(float)


def characteristics_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the four characteristics of the application form, NaN where missing."""
    utilisation = rows["RevolvingUtilizationOfUnsecuredLines"]
    overdue = rows[list(LATE_COUNTERS)].sum(axis=1).astype(float)
    has_income = rows["MonthlyIncome"] > MIN_MONTHLY_INCOME
    return pd.DataFrame(
        {
            "card_utilisation_percent": (100 * utilisation.clip(upper=1))
            .round(2)
            .where(utilisation <= MAX_UTILISATION),
            "overdue_payments": overdue.mask(_has_late_codes(rows)),
            "debt_to_income_percent": (100 * rows["DebtRatio"]).where(has_income),
            "open_accounts": rows["NumberOfOpenCreditLinesAndLoans"].astype(float),
        }
    )

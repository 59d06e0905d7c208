"""The rows of the SBA case "Should This Loan Be Approved or Denied?" under our own names.

Li, Mickel and Taylor (2018), *Journal of Statistics Education* 26(1): loans that the US Small
Business Administration guaranteed in California, industry 5314 (real estate and rental). Only what
an officer knows when the loan is asked for is read. Left out, beside what the data's own notes name
(``MIS_Status``, ``ChgOffDate``, ``ChgOffPrinGr``, ``BalanceGross``, ``xx``, ``daysterm``,
``Recession``):

- ``Term``: of a loan that was charged off it holds the months until then, not the agreed term: of
  the terms that are no whole years 88 % are bad, of the others 4 %. It tells the outcome;
- ``RealEstate``: made from ``Term`` (240 months or more), so it tells the outcome too;
- amounts: money enters only as a ratio, and the data hold no turnover to divide by;
- ``RetainedJob``: 0 stands for "not recorded" in the early years, which were the good ones;
- ``LowDoc``: 41 loans of a programme that has ended; bank, city and postcode: proxies.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

DATA_SET = "SBA case, California 5314 (Li, Mickel and Taylor 2018)"
LICENCE = "US government data"
REPEATS = ("cv0", "cv1", "cv2", "cv3", "cv4")
# The first codes stand for "none"; any other one names a franchise.
NO_FRANCHISE = (0, 1)
LEAKING_COLUMNS = ("Term", "RealEstate")


@dataclass(frozen=True)
class BusinessTable:
    """Characteristics (NaN where missing), target, year of approval and fixed splits, by row.

    ``folds`` is (rows, repeats): the fold of each row in each repeat of the cross-validation.
    ``leaking`` holds the columns that no estimator may read, to measure what they would pretend.
    """

    characteristics: pd.DataFrame
    is_bad: npt.NDArray[np.int64]
    year: npt.NDArray[np.int64]
    is_train: npt.NDArray[np.bool_]
    folds: npt.NDArray[np.int64]
    leaking: pd.DataFrame


def read_table(data: Path) -> BusinessTable:
    """Read the rows and their fixed splits from the directory that holds the credit data."""
    folder = data / "credit" if (data / "credit").is_dir() else data
    rows = pd.read_csv(folder / "sba_case_ca5314.csv.gz")
    split = pd.read_csv(folder / "sba_split.csv")
    return BusinessTable(
        characteristics=characteristics_of(rows),
        is_bad=rows["Default"].to_numpy(dtype=np.int64),
        year=rows["ApprovalFY"].to_numpy(dtype=np.int64),
        is_train=(split["split"] == "train").to_numpy(),
        folds=split[list(REPEATS)].to_numpy(dtype=np.int64),
        leaking=rows[list(LEAKING_COLUMNS)].astype(float),
    )


def characteristics_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the characteristics of the form for businesses, NaN where missing or undocumented."""
    return pd.DataFrame(
        {
            "guaranteed_share_percent": (100 * rows["Portion"]).round(2),
            "employees": rows["NoEmp"].astype(float),
            "jobs_created": rows["CreateJob"].astype(float),
            "new_business": rows["NewExist"].map({1.0: 0.0, 2.0: 1.0}),
            "franchise": (~rows["FranchiseCode"].isin(NO_FRANCHISE)).astype(float),
            "urban_location": rows["UrbanRural"].map({1: 1.0, 2: 0.0}),
            "revolving_line": rows["RevLineCr"].map({"Y": 1.0, "N": 0.0}),
        }
    )

"""Who is approved at an equal default rate: the scorecards against the old way.

``python -m scoring.training.approvals_at_equal_risk DATA OUT.json`` reads the credit data under
DATA and writes the table that ``docs/guides/approvals_at_equal_risk.md`` shows.

People (GiveMeSomeCredit): the old way is the points table; the scorecard's risk is out of fold on
``cv0``. The age is read only to count the young: no estimator sees it. A thin file has no income or
at most two open lines. Firms (SBA case): the data have nothing that the points table reads, so the
old way is the *size-and-age rule*: established firms before new ones, then the more employees the
better; the business scorecard's risk is out of fold on ``cv0``.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.training import artifact_files, business_scorecard, give_me_some_credit, small_business
from scoring.training.equal_risk import compare
from scoring.training.scorecard import out_of_fold, table_scores

APPROVED_SHARE = 0.7
YOUNG_BELOW_YEARS = 30
THIN_UP_TO_LINES = 2
SMALL_BELOW_EMPLOYEES = 5
SEED = 20261121


def main(data: Path, out: Path) -> dict[str, Any]:
    """Measure both tables and write them to ``out``."""
    measured = {
        "approved_by_the_old_way_percent": 100 * APPROVED_SHARE,
        "firms": firms(data),
        "people": people(data),
    }
    artifact_files.write_json(out, measured)
    return measured


def people(data: Path) -> dict[str, Any]:
    """Compare scorecard and points table on GiveMeSomeCredit."""
    table = give_me_some_credit.read_table(data)
    rows = _raw_people(data)
    lines = rows["NumberOfOpenCreditLinesAndLoans"]
    groups = {
        "under_30": (rows["age"] < YOUNG_BELOW_YEARS).to_numpy(),
        "thin_file": (rows["MonthlyIncome"].isna() | (lines <= THIN_UP_TO_LINES)).to_numpy(),
        "no_income_known": rows["MonthlyIncome"].isna().to_numpy(),
        "few_open_lines": (lines <= THIN_UP_TO_LINES).to_numpy(),
    }
    old_risk = -table_scores(table.characteristics)
    new_risk = out_of_fold(table)
    return {
        "data_set": give_me_some_credit.DATA_SET,
        "old_way": "points_table",
        "new_way": "scorecard",
        "groups": compare(
            table.is_bad, old_risk, new_risk, groups, share=APPROVED_SHARE, seed=SEED
        ),
    }


def _raw_people(data: Path) -> pd.DataFrame:
    folder = data / "credit" if (data / "credit").is_dir() else data
    return pd.read_csv(folder / "gmsc_cs-training.csv.zip", index_col=0)


def firms(data: Path) -> dict[str, Any]:
    """Compare the business scorecard and the size-and-age rule on the SBA case."""
    table = small_business.read_table(data)
    employees = table.characteristics["employees"].to_numpy()
    is_new = (table.characteristics["new_business"] == 1).to_numpy()
    groups = {
        "fewer_than_5_employees": employees < SMALL_BELOW_EMPLOYEES,
        "new_businesses": is_new,
    }
    # New ones after the largest of the established ones.
    old_risk = is_new * (employees.max() + 1) - employees
    return {
        "data_set": small_business.DATA_SET,
        "old_way": "size_and_age_rule",
        "new_way": business_scorecard.NAME,
        "groups": compare(
            table.is_bad,
            old_risk,
            np.round(business_scorecard.out_of_fold(table, 0), 9),
            groups,
            share=APPROVED_SHARE,
            seed=SEED,
        ),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

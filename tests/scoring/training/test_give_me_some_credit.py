import pytest

pytest.importorskip("pandas", reason="needs the training requirements")

import gzip
import math
import zipfile
from pathlib import Path

from scoring.training.give_me_some_credit import read_table

pytestmark = pytest.mark.training
HEADER = (
    ",SeriousDlqin2yrs,RevolvingUtilizationOfUnsecuredLines,age,"
    "NumberOfTime30-59DaysPastDueNotWorse,DebtRatio,MonthlyIncome,"
    "NumberOfOpenCreditLinesAndLoans,NumberOfTimes90DaysLate,NumberRealEstateLoansOrLines,"
    "NumberOfTime60-89DaysPastDueNotWorse,NumberOfDependents"
)
ROWS = [
    "1,0,0.305,45,2,0.8,9120,13,1,6,1,2",
    "2,1,1.4,40,0,5710,NA,4,0,0,0,1",
    "3,0,50708,38,98,0.1,3042,2,98,0,98,0",
    "4,0,0.9999999,38,0,0.1,1,2,0,0,0,0",
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with four rows, each with a fault of its own."""
    folder = tmp_path / "credit"
    folder.mkdir()
    with zipfile.ZipFile(folder / "gmsc_cs-training.csv.zip", "w") as archive:
        archive.writestr("cs-training.csv", "\n".join([HEADER, *ROWS]))
    split = "row,split,cv0\n0,train,0\n1,test,1\n2,train,2\n3,test,3\n"
    (folder / "gmsc_split.csv.gz").write_bytes(gzip.compress(split.encode()))
    return tmp_path


def test_rows_become_the_characteristics_of_the_form(data: Path) -> None:
    first = read_table(data).characteristics.iloc[0].to_dict()
    assert first == {
        "card_utilisation_percent": 30.5,
        "overdue_payments": 4.0,
        "debt_to_income_percent": 80.0,
        "open_accounts": 13.0,
    }


def test_known_faults_are_cleaned(data: Path) -> None:
    table = read_table(data).characteristics
    assert table["card_utilisation_percent"].iloc[1] == 100.0
    assert math.isnan(table["card_utilisation_percent"].iloc[2])
    assert table["card_utilisation_percent"].iloc[3] == 100.0
    assert math.isnan(table["overdue_payments"].iloc[2])
    assert table["debt_to_income_percent"].isna().tolist() == [False, True, False, True]


def test_the_fixed_split_and_the_coded_rows_are_kept_apart(data: Path) -> None:
    table = read_table(data)
    assert table.is_train.tolist() == [True, False, True, False]
    assert table.has_late_codes.tolist() == [False, False, True, False]
    assert table.is_bad.tolist() == [0, 1, 0, 0]
    assert table.matrix().shape == (4, 4)

"""Checking German-credit rows, and the corrected meanings of the codes."""

import csv
from pathlib import Path
from typing import Any

import pytest

from scoring.privacy.german_credit import (
    ATTRIBUTES,
    BY_NAME,
    MAX_PROBLEMS,
    MAX_ROWS,
    PROTECTED,
    SCORED,
    RowsError,
    checked_rows,
)
from tests.scoring.privacy.german_rows import ROW

SHARED = Path(__file__).resolve().parents[4] / "shared/data/credit"


def refused(content: Any) -> RowsError:
    with pytest.raises(RowsError) as found:
        checked_rows(content)
    return found.value


def test_the_twenty_attributes_stand_in_the_order_of_the_data() -> None:
    assert [each.name for each in ATTRIBUTES] == list(ROW)
    assert [each.number for each in ATTRIBUTES] == list(range(1, 21))
    assert {each.number for each in PROTECTED} == {9, 13, 20}
    assert len(SCORED) == 17


def test_numbers_may_come_as_text_and_codes_stay_text() -> None:
    as_text = {name: str(value) for name, value in ROW.items()}
    assert checked_rows([as_text]) == checked_rows([ROW])
    (row,) = checked_rows([ROW | {"duration": 6.0, "classification": 1}])
    assert row["duration"] == 6.0 and row["purpose"] == "A43" and "classification" not in row


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"purpose": "A99"}, "“A99” is not a code of it"),
        ({"purpose": 43}, "is a code, as text"),
        ({"purpose": None}, "is missing"),
        ({"purpose": ""}, "is missing"),
        ({"duration": True}, "is a whole number from 1 to 600"),
        ({"duration": "six"}, "not “six”"),
        ({"duration": 6.5}, "not 6.5"),
        ({"duration": -6}, "not -6"),
        ({"duration": [6]}, "is a whole number"),
        ({"installmentrate": 5}, "from 1 to 4"),
        ({"creditamount": float("nan")}, "not nan"),
        ({"creditamount": 10**400}, "is a whole number"),
        ({"age": "9" * 500}, "is a whole number"),
        ({"purpose": "A" * 500}, "A…"),
    ],
)
def test_a_wrong_value_is_named_by_row_and_field(change: dict[str, Any], said: str) -> None:
    error = refused([ROW, ROW | change])
    (name,) = change
    assert [(each.row, each.field) for each in error.problems] == [(2, name)]
    assert error.message.startswith(f"Row 2, {name}: ")
    assert said in error.message and len(error.message) < 200


def test_a_missing_field_is_named() -> None:
    error = refused([{name: value for name, value in ROW.items() if name != "savings"}])
    assert error.message == "Row 1, savings: is missing."


def test_what_is_no_list_of_objects_is_refused() -> None:
    for content in (ROW, "rows", None, 1):
        assert "list of applications" in refused(content).message
    assert refused([ROW, [1]]).problems[0].row == 2


def test_there_is_a_limit_of_rows_and_of_problems_told() -> None:
    assert len(checked_rows([ROW] * MAX_ROWS)) == MAX_ROWS
    assert refused([ROW] * (MAX_ROWS + 1)).code == "too_many_rows"
    assert MAX_PROBLEMS <= len(refused([{}] * 500).problems) < 2 * MAX_PROBLEMS


def test_codes_are_said_in_corrected_words() -> None:
    said = {
        "existingchecking": ("A11", "no checking account"),
        "credithistory": ("A34", "all credits at this bank paid back duly"),
        "purpose": ("A40", "other purposes"),
        "property": ("A121", "unknown, or none"),
        "housing": ("A152", "rented"),
        "foreignworker": ("A201", "no"),
    }
    for name, (code, wording) in said.items():
        assert BY_NAME[name].wording(code) == wording
    assert BY_NAME["installmentrate"].wording(4.0) == "less than 20 %"
    assert BY_NAME["duration"].wording(6.0) == "6 months"


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared credit data")
def test_the_order_of_the_codes_is_that_of_the_corrected_table() -> None:
    """Both files hold the same people, so their codes can be laid side by side."""
    names = [each.name for each in ATTRIBUTES]
    german = [line.split() for line in (SHARED / "german.data").read_text().split("\n") if line]
    south = [line.split() for line in (SHARED / "SouthGermanCredit.asc").read_text().split("\n")]
    with (SHARED / "german_to_south_german_rows.csv").open() as lines:
        pairs = [(int(each["german_row"]), int(each["south_german_row"]))
                 for each in csv.DictReader(lines)]  # fmt: skip
    for place, first in ((0, 1), (2, 0), (5, 1), (6, 1), (11, 1), (14, 1), (16, 1)):
        codes = list(BY_NAME[names[place]].meanings)
        same = [
            codes.index(german[row][place]) == int(south[other + 1][place]) - first
            for row, other in pairs
        ]
        assert sum(same) >= 990, names[place]

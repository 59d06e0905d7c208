"""Reading and describing tables with the faults that lenders' tables have."""

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pandas", reason="needs the training requirements")

from scoring.training.columns import find_numeric_codes, parse_numbers, read_column
from scoring.training.table_profile import TableProfile, profile_table
from scoring.training.table_reading import TableError, read_text
from tests.scoring.training.conftest import ROWS, made_table

pytestmark = pytest.mark.training


def kinds(profile: TableProfile) -> dict[str, str]:
    return {column.name: column.kind for column in profile.columns}


def codes(profile: TableProfile) -> set[str]:
    return {fault.code for fault in profile.faults}


def test_a_profile_says_what_each_column_holds(credit_csv: Path) -> None:
    profile = profile_table(credit_csv, "outcome", "bad")
    assert profile.rows == ROWS
    assert kinds(profile) == {
        "number": "identifier",
        "income": "numeric",
        "housing": "category",
        "late": "numeric",
        "opened": "date",
        "branch": "constant",
        "outcome": "category",
    }
    special = {column.name: column.special_codes for column in profile.columns}
    assert special["income"] == ["NM"]
    assert special["late"] == ["98"]
    assert profile.target_candidates[0] == "outcome"
    assert {"identifier", "constant", "special_codes", "date"} <= codes(profile)
    assert "leak" not in codes(profile)
    json.dumps(profile.as_dict(), allow_nan=False)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_encodings(tmp_path: Path, separator: str, encoding: str) -> None:
    table = made_table().replace({"housing": {"free": "kostenlos für"}})
    table.to_csv(tmp_path / "t.csv", sep=separator, index=False, encoding=encoding)
    cells = read_text(tmp_path / "t.csv").cells
    assert list(cells) == list(table)
    assert "kostenlos für" in set(cells["housing"])


def test_compressed_and_parquet_tables_read_alike(tmp_path: Path) -> None:
    table = made_table()
    plain = tmp_path / "t.csv"
    table.to_csv(plain, index=False)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(plain, "t.csv")
    table.assign(late=table["late"].astype(float)).to_parquet(tmp_path / "t.parquet")
    expected = read_text(plain).cells
    for name in ("t.csv.gz", "t.zip", "t.parquet"):
        pd.testing.assert_frame_equal(read_text(tmp_path / name).cells, expected, check_dtype=False)


def test_blank_separated_data_without_a_header(tmp_path: Path) -> None:
    lines = [f"A1{n % 3} {n % 40} A3{n % 2} {1 + n % 2}" for n in range(60)]
    (tmp_path / "t.data").write_text("\n".join(lines))
    table = read_text(tmp_path / "t.data")
    assert list(table.cells) == ["column_1", "column_2", "column_3", "column_4"]
    assert len(table.cells) == 60
    assert any("column_1" in note for note in table.notes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"  \n \n", "empty"),
        (b"a,b\n", "no rows"),
        (b"PAR1 nonsense", "Parquet"),
        (b"PK\x03\x04 nonsense", "cannot be read"),
        (b"\x1f\x8b nonsense", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(TableError, match=message):
        profile_table(tmp_path / "t.csv")


def test_a_zip_with_two_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2")
        archive.writestr("b.csv", "a,b\n1,2")
    with pytest.raises(TableError, match="holds 2 files"):
        read_text(tmp_path / "t.zip")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([*range(8)] * 30 + [96] * 5 + [98] * 20, [96, 98]),
        ([*range(18, 75)] * 5 + [99] * 12, [99]),
        ([*range(300, 850)] * 2 + [-999] * 30, [-999]),
        ([*range(1000, 90000, 77)] + [999999] * 9, [999999]),
        ([-2, -1, 0, 1, 2, 3, 4] * 40, []),
        ([*range(18, 99)] * 5, []),
        ([*range(1000, 90000, 77), 999999], []),
        ([0, 1] * 40, []),
    ],
)
def test_codes_are_repeated_values_that_stand_apart(values: list[int], expected: list[int]) -> None:
    assert find_numeric_codes(np.array(values, dtype=float)) == expected


def test_numbers_with_marks_are_numbers() -> None:
    cells = pd.Series(["$1,200.50", "1 %", "12_", "3.400,5", "7", None] * 20, dtype=object)
    numbers, note = parse_numbers(cells)
    assert np.nan_to_num(numbers[:6]).tolist() == [1200.5, 1.0, 12.0, 3400.5, 7.0, 0.0]
    assert "80 numbers had marks" in note


def test_numbers_among_many_texts_are_mixed_and_stay_texts() -> None:
    cells = pd.Series([*map(str, range(40)), *(f"t{n % 7}" for n in range(60))], dtype=object)
    assert read_column("odd", cells.sample(frac=1, random_state=1)).kind == "mixed"


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["2024-03-01", "2024-02-28"], [0, 2]),
        (["01.03.2024", "28.02.2024"], [0, 2]),
        (["3/1/2024", "2/28/2024"], [0, 2]),
        (["1-Mar-24", "28-Feb-24"], [0, 2]),
        (["20240301", "20240228"], [0, 2]),
    ],
)
def test_dates_become_days_before_the_newest(texts: list[str], days: list[int]) -> None:
    column = read_column("when", pd.Series(texts * 10, dtype=object))
    assert column.kind == "date"
    assert column.numbers[:2].tolist() == days
    assert "2024-03-01" in column.note


def test_a_column_that_gives_the_target_away_is_warned_of(tmp_path: Path) -> None:
    table = made_table()
    is_bad = table["outcome"] == "bad"
    table["copy"] = np.where(is_bad, "y", "n")
    table["lost"] = np.where(is_bad, "2021-05-01", None)
    table["claim"] = np.where(is_bad, 100.0, 0.0) + np.arange(ROWS) % 7
    table.to_csv(tmp_path / "t.csv", index=False)
    profile = profile_table(tmp_path / "t.csv", "outcome")
    leaks = {fault.column for fault in profile.faults if fault.code == "leak"}
    assert leaks == {"copy", "lost", "claim"}
    assert all(f.severity == "warning" for f in profile.faults if f.code == "leak")


def test_rows_that_come_twice_are_counted_whatever_their_number(tmp_path: Path) -> None:
    table = pd.concat([made_table(), made_table().iloc[:7]])
    table["number"] = range(len(table))
    table.to_csv(tmp_path / "t.csv", index=False)
    profile = profile_table(tmp_path / "t.csv")
    assert profile.duplicates == 7
    assert "duplicates" in codes(profile)


def test_a_table_of_one_column_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n2\n")
    (fault,) = [f for f in profile_table(tmp_path / "t.csv").faults if f.severity == "error"]
    assert fault.code == "one_column"

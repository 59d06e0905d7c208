import gzip
import io

import pytest

from scoring.batches import pieces
from scoring.batches.header import BatchFileError, header_of_line
from scoring.batches.pieces import Limits, Piece, csv_pieces, parquet_pieces
from tests.scoring.batches.files import csv_file, parquet_file

WIDE = Limits(rows=10**6, characters=10**9)


def divided(content: bytes, limits: Limits = WIDE, *, is_gzip: bool = False) -> list[Piece]:
    return list(csv_pieces(io.BytesIO(content), limits, is_gzip=is_gzip)[1])


def test_rows_are_counted_as_a_spreadsheet_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE_ROWS", 2)
    found = divided(csv_file({}, {}, {}, {}, {}))
    assert [(piece.first_row, piece.rows) for piece in found] == [(2, 2), (4, 2), (6, 1)]
    assert found[2].text.startswith("R5,")


def test_a_piece_ends_where_its_text_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE_CHARACTERS", 10)
    assert [piece.rows for piece in divided(csv_file({}, {}))] == [1, 1]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_way_to_end_a_line(newline: str) -> None:
    content = newline.join(["amount", "1", "2", "", "3"]).encode()
    (piece,) = divided(content)
    assert piece.rows == 3


def test_a_line_break_within_quotes_belongs_to_its_row() -> None:
    (piece,) = divided(b'reference,amount\n"a\nb",1\nc,2\n')
    assert piece.rows == 2


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    header, _ = csv_pieces(io.BytesIO(b"\xef\xbb\xbfamount\n1\n"), WIDE, is_gzip=False)
    assert header.columns == ("amount",)


def test_gzip_is_unpacked() -> None:
    assert divided(gzip.compress(csv_file({}, {})), is_gzip=True)[0].rows == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"amount\n\xff\xfe", "not UTF-8"),
        ("amount\n1".encode("utf-16"), "not UTF-8"),
        (b'amount\n"1\n2\n', "quotation mark"),
        (b"amount\n" + b"1" * 200_000, "does not end"),
        (b'amount\n"' + b"1\n" * 200_000, "does not end"),
        (b"colour,size\n1,2\n", "No column has a name"),
        (b"amount,Amount \n1,2\n", "come twice: amount"),
    ],
    ids=[
        "nothing",
        "blank",
        "other bytes",
        "UTF-16",
        "open quote",
        "long line",
        "long quote",
        "unknown names",
        "a name twice",
    ],
)
def test_a_file_that_cannot_be_read(content: bytes, told: str) -> None:
    with pytest.raises(BatchFileError, match=told):
        divided(content)


@pytest.mark.parametrize(
    "content", [b"\x1f\x8bxx", gzip.compress(csv_file({}))[:-12]], ids=["no gzip", "cut short"]
)
def test_a_damaged_gzip_file(content: bytes) -> None:
    with pytest.raises(BatchFileError, match="gzip"):
        divided(content, is_gzip=True)


@pytest.mark.parametrize("limits", [Limits(rows=2, characters=10**6), Limits(10**6, 150)])
def test_more_than_the_limits(limits: Limits) -> None:
    with pytest.raises(BatchFileError, match="holds more than"):
        divided(csv_file({}, {}, {}), limits)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    header = header_of_line(f"Amount{delimiter} term_months{delimiter}colour\n")
    assert header.columns == ("amount", "term_months", "colour")
    assert header.delimiter == delimiter


def test_unknown_and_absent_columns_are_told() -> None:
    unknown, absent = header_of_line("amount,colour,,\x00\n").warnings
    assert "colour, (without a name), ?" in unknown
    assert "annual_income" in absent
    assert "reference" not in absent
    assert "employees" not in absent
    assert "employees" in header_of_line("amount,is_business\n").warnings[0]


def test_parquet_becomes_the_same_lines() -> None:
    content = parquet_file(
        Amount=[1000.0, None, float("nan")], open_accounts=[1, None, 3],
        income_stable=[True, False, None], colour=["a", "b", "c"],
        reference=["x", "two\nlines", None],
    )  # fmt: skip
    header, found = parquet_pieces(io.BytesIO(content), WIDE)
    assert header.columns == ("amount", "open_accounts", "income_stable", "reference")
    assert "colour" in header.warnings[0]
    assert next(found).text == "1000.0,1,True,x\n,,False,two lines\n,3,,\n"


def test_no_parquet_at_all() -> None:
    with pytest.raises(BatchFileError, match="not a Parquet file"):
        parquet_pieces(io.BytesIO(b"PAR1 and nothing that follows PAR1"), WIDE)

"""Reading a batch file as a stream of pieces: some thousand rows each, never the whole file."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from scoring.batches.columns import COLUMNS
from scoring.batches.header import BatchFileError, Header, header_of, header_of_line

PIECE_ROWS = 10_000
PIECE_CHARACTERS = 4 * 1024**2
MAX_RECORD_CHARACTERS = 64 * 1024
READ_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of the file as CSV lines. ``first_row`` counts as a spreadsheet: the header is row 1."""

    first_row: int
    rows: int
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold in all."""

    rows: int
    characters: int


def csv_pieces(
    source: BinaryIO, limits: Limits, *, is_gzip: bool
) -> tuple[Header, Iterator[Piece]]:
    """Return the header of a CSV file and its rows, read as they are taken.

    Raises BatchFileError, at once or later, for what is no UTF-8 text or no gzip, for a record that
    does not end, and beyond the limits.
    """
    records = _records(_lines(source, is_gzip=is_gzip))
    first = next(records, "")
    if not first.strip():
        raise BatchFileError(_("The file is empty."))
    return header_of_line(first), _csv_pieces(records, limits)


def _csv_pieces(records: Iterator[str], limits: Limits) -> Iterator[Piece]:
    gathered: list[str] = []
    characters, total, first_row, row = 0, 0, 2, 1
    for record in records:
        row += 1
        total += len(record)
        _check(row - 1, total, limits)
        gathered.append(record)
        characters += len(record)
        if len(gathered) >= PIECE_ROWS or characters >= PIECE_CHARACTERS:
            yield Piece(first_row, len(gathered), "".join(gathered))
            gathered, characters, first_row = [], 0, row + 1
    if gathered:
        yield Piece(first_row, len(gathered), "".join(gathered))


def _check(rows: int, characters: int, limits: Limits) -> None:
    if rows > limits.rows or characters > limits.characters:
        raise BatchFileError(
            _("The file holds more than %(rows)d rows or %(size)d MB of text. Divide it.")
            % {"rows": limits.rows, "size": limits.characters // 10**6}
        )


def _lines(source: BinaryIO, *, is_gzip: bool) -> Iterator[str]:
    binary = gzip.GzipFile(fileobj=source) if is_gzip else source
    text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")  # type: ignore[arg-type]
    try:
        while line := text.readline(MAX_RECORD_CHARACTERS):
            yield line
    except UnicodeDecodeError as error:
        raise BatchFileError(_("The file is not UTF-8 text. Save it as “CSV UTF-8”.")) from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise BatchFileError(_("The gzip file is damaged or cut off. Send it again.")) from error


def _records(lines: Iterator[str]) -> Iterator[str]:
    """Join lines that stand within quotes; a record ends where its quotes are even."""
    parts: list[str] = []
    characters = quotes = 0
    for number, line in enumerate(lines, start=1):
        parts.append(line)
        characters, quotes = characters + len(line), quotes + line.count('"')
        if quotes % 2 == 0 and line.endswith(("\n", "\r")):
            if record := _unless_blank(parts):
                yield record
            parts, characters, quotes = [], 0, 0
        elif characters >= MAX_RECORD_CHARACTERS:
            raise BatchFileError(
                _(
                    "Near line %(line)d a row does not end: a quotation mark is not closed, or the "
                    "row is too long."
                )
                % {"line": number}
            )
    if quotes % 2:
        raise BatchFileError(_("The last row does not end: a quotation mark is not closed."))
    if record := _unless_blank(parts):
        yield f"{record}\n"


def _unless_blank(parts: list[str]) -> str:
    record = "".join(parts)
    return record if record.strip() else ""


def parquet_pieces(source: BinaryIO, limits: Limits) -> tuple[Header, Iterator[Piece]]:
    """Return the columns of a Parquet file and its rows. Raises BatchFileError as above."""
    import pyarrow  # only a worker reads Parquet
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.ParquetFile(source)
    except (pyarrow.ArrowException, OSError) as error:
        raise BatchFileError(_("This is not a Parquet file, or it is damaged.")) from error
    names = table.schema_arrow.names
    header = header_of(names)
    read = [name for name in names if name.strip().lower() in COLUMNS]
    columns = tuple(name.strip().lower() for name in read)
    return Header(columns, ",", header.warnings), _parquet_pieces(table, read, limits)


def _parquet_pieces(table: Any, columns: list[str], limits: Limits) -> Iterator[Piece]:
    import pyarrow  # as above

    first_row, total = 2, 0
    try:
        for batch in table.iter_batches(batch_size=PIECE_ROWS, columns=columns):
            text = _as_csv([column.to_pylist() for column in batch.columns], batch.num_rows)
            total += len(text)
            _check(first_row - 2 + batch.num_rows, total, limits)
            yield Piece(first_row, batch.num_rows, text)
            first_row += batch.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise BatchFileError(_("This is not a Parquet file, or it is damaged.")) from error


def _as_csv(columns: list[list[object]], rows: int) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerows([_cell(column[row]) for column in columns] for row in range(rows))
    return target.getvalue()


def _cell(value: object) -> str:
    """Write a value as CSV would: no value is empty, and a float that is none is too."""
    if value is None or value != value:  # noqa: PLR0124  # NaN alone differs from itself
        return ""
    return str(value).replace("\n", " ").replace("\r", " ")

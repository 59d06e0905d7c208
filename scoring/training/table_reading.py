"""Reading any table as text: CSV with any usual separator and encoding, gz, zip, or Parquet.

What had to be guessed (encoding, separator, a missing header) is said in notes, so that a person
can see a wrong guess in the profile.
"""

import csv
import gzip
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from scoring.privacy.synthetic_mark import is_mark_column, is_marked

SEPARATORS = (",", ";", "\t", "|", " ")
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# A header is missing where this share of the first line stands again below it, or is a number.
DATA_LIKE_SHARE = 0.5
LINES_LOOKED_AT = 200
LARGEST_ARCHIVE_MEMBER_BYTES = 4 * 1024**3
MISSING_TEXTS = ["", "?", "-", ".", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"]
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


class TableError(ValueError):
    """A table, or a choice made for it, cannot be used; the text says why in one sentence."""


@dataclass(frozen=True)
class TextTable:
    """Every cell as stripped text, NaN where empty, and what was guessed while reading."""

    cells: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def mark_columns(self) -> list[str]:
        """The columns that say which rows are synthetic; nothing is learned from them."""
        return [name for name in self.cells if is_mark_column(name)]

    @property
    def synthetic_rows(self) -> int:
        """How many rows are marked as synthetic."""
        marks = self.cells[self.mark_columns]
        return int(marks.fillna("").map(is_marked).any(axis=1).sum())


def read_text(path: Path) -> TextTable:
    """Read a table. Raises TableError for a file that is empty, or is no table."""
    if not path.is_file():
        raise TableError(f"there is no table {path.name}")
    try:
        table = _read_parquet(path) if _is_parquet(path) else _read_separated(path)
    except (pd.errors.ParserError, csv.Error, OSError, EOFError, zipfile.BadZipFile) as error:
        raise TableError(f"{path.name} cannot be read as a table: {error}") from error
    if table.cells.empty:
        raise TableError(f"{path.name} has no rows")
    return table


def refuse_synthetic(synthetic: int, rows: int, *, allow: bool) -> None:
    """Raise TableError where some of the rows are synthetic, unless they are allowed."""
    if synthetic and not allow:
        raise TableError(
            f"{synthetic} of {rows} rows are marked as synthetic; nothing "
            "that decides about people should learn from them. Leave them out, or say "
            "--allow-synthetic"
        )


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _read_parquet(path: Path) -> TextTable:
    try:
        table = pd.read_parquet(path)
    except ImportError as error:
        raise TableError("Parquet needs pyarrow; save the table as CSV instead") from error
    except ValueError as error:
        raise TableError(f"{path.name} is not a readable Parquet file") from error
    return TextTable(_tidied(table.apply(_as_text)), ())


def _as_text(column: "pd.Series") -> "pd.Series":
    """Return text cells; whole floats lose their ``.0`` and dates become ISO dates."""
    if column.dtype.kind == "M":
        return column.dt.strftime("%Y-%m-%d").astype(object)
    known = column.notna()
    if column.dtype.kind == "f":
        values = column.to_numpy(float)
        if np.all(values[known] == np.round(values[known])):
            return column.astype("Int64").astype(str).astype(object).where(known)
    return column.astype(object).map(str, na_action="ignore")


def _read_separated(path: Path) -> TextTable:
    content = _content(path)
    if not content.strip():
        raise TableError(f"{path.name} is empty")
    text, encoding = _decoded(content)
    lines = [line for line in islice(io.StringIO(text), LINES_LOOKED_AT) if line.strip()]
    separator = _separator(lines)
    has_header = _has_header(list(_split(lines, separator)))
    cells = pd.read_csv(
        io.StringIO(text),
        sep=r"\s+" if separator == " " else separator,
        header=0 if has_header else None,
        dtype=str,
        keep_default_na=False,
        na_values=MISSING_TEXTS,
        skipinitialspace=True,
        index_col=False,
    )
    if not has_header:
        cells.columns = [f"column_{number + 1}" for number in range(cells.shape[1])]
    return TextTable(_tidied(cells.astype(object)), _notes(encoding, separator, has_header))


def _content(path: Path) -> bytes:
    """Return the bytes of the table, out of gz or the one table of a zip."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:4] != b"PK\x03\x04":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
        if len(members) != 1:
            raise TableError(f"{path.name} holds {len(members)} files; a table needs exactly one")
        if members[0].file_size > LARGEST_ARCHIVE_MEMBER_BYTES:
            raise TableError(f"{path.name} unpacks to more than 4 GB")
        return archive.read(members[0])


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in ENCODINGS:
        if encoding == "utf-16" and content[:2] not in UTF_16_MARKS:
            continue
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def _separator(lines: list[str]) -> str:
    """Return the separator that cuts most lines into the same number of cells, and into most."""
    best, best_key = ",", (0.0, 0)
    for separator in SEPARATORS:
        widths = Counter(len(row) for row in _split(lines, separator))
        width, times = widths.most_common(1)[0]
        key = (round(times / len(lines), 1), width)
        if width > 1 and key > best_key:
            best, best_key = separator, key
    return best


def _split(lines: list[str], separator: str) -> "csv.reader[str]":
    stripped = [line.strip() if separator == " " else line.rstrip("\r\n") for line in lines]
    return csv.reader(stripped, delimiter=separator, skipinitialspace=True)


def _has_header(rows: list[list[str]]) -> bool:
    """Say whether the first line names columns: names are no numbers and do not come again."""
    first, below = rows[0], rows[1:]
    if not below:
        return True
    again = 0
    for position, cell in enumerate(first):
        seen = {row[position].strip() for row in below if position < len(row)}
        again += bool(NUMBER.fullmatch(cell.strip())) or (cell.strip() != "" and cell in seen)
    return again < DATA_LIKE_SHARE * len(first)


def _tidied(cells: pd.DataFrame) -> pd.DataFrame:
    """Strip names and cells, give unnamed and repeated columns a name, drop empty rows."""
    names: list[str] = []
    for number, given in enumerate(cells.columns, start=1):
        name = str(given).strip()
        name = f"column_{number}" if not name or name.startswith("Unnamed:") else name
        names.append(name if name not in names else f"{name}.{number}")
    cells = cells.set_axis(names, axis=1)
    for name in names:
        stripped = cells[name].str.strip()
        cells[name] = stripped.where(~stripped.isin(MISSING_TEXTS)).astype(object)
    return cells.dropna(how="all").reset_index(drop=True)


def _notes(encoding: str, separator: str, has_header: bool) -> tuple[str, ...]:
    shown = {"\t": "a tab", " ": "blanks"}.get(separator, f"“{separator}”")
    notes = []
    if encoding not in ("utf-8-sig",):
        notes.append(f"The text is not UTF-8; it was read as {encoding}.")
    if separator != ",":
        notes.append(f"Cells are separated by {shown}.")
    if not has_header:
        notes.append("The first line is data, so the columns were named column_1, column_2, ….")
    return tuple(notes)

"""CSV tables under tokens: made, read back and moved to another key version, row by row."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from scoring.privacy.owner_files import replacing
from scoring.privacy.recipe import Recipe
from scoring.privacy.synthetic_mark import is_mark_column
from scoring.privacy.tokens import TOKEN, KeyRing, is_sealed

Change = Callable[[str, str], str]
Columns = dict[str, list[str]]


class Writer(Protocol):
    """What csv.writer returns."""

    def writerow(self, row: Sequence[str], /) -> object: ...


class TableError(ValueError):
    """A table that cannot be read or changed; says line and column."""


def encrypt_table(
    source: Path, target: Path, ring: KeyRing, recipe: Recipe, *, keep: Sequence[str] = ()
) -> int:
    """Turn the recipe's columns into tokens and seal the others; return the number of rows.

    Columns of ``keep`` stay as they are: an outcome that a training needs. So does the mark of
    synthetic rows, which a training must see. Raises TableError, for a kept column that is not
    there too: misspelt, the outcome would be sealed.
    """
    known: dict[tuple[str, str], str] = {}

    def change(column: str, text: str) -> str:
        if column in keep or is_mark_column(column):
            return text
        if TOKEN.fullmatch(text) or is_sealed(text):
            raise TableError("is encrypted already")
        if column not in recipe.edges:
            return ring.seal(column, text)
        prepared = recipe.prepared(column, text)
        place = (column, prepared)
        if place not in known:
            known[place] = ring.token(column, prepared)
        return known[place]

    return _rewrite(source, target, change, needed=(*recipe.edges, *keep))


def decrypt_table(source: Path, target: Path, ring: KeyRing) -> int:
    """Turn tokens and sealed fields back; a number comes back as its range. Raises TableError."""

    def change(column: str, text: str) -> str:
        if TOKEN.fullmatch(text):
            return ring.value(column, text)
        return ring.opened(column, text) if is_sealed(text) else text

    return _rewrite(source, target, change)


def reencrypt_table(source: Path, target: Path, ring: KeyRing) -> int:
    """Bring tokens and sealed fields under the current key version. Raises TableError."""

    def change(column: str, text: str) -> str:
        is_ours = TOKEN.fullmatch(text) or is_sealed(text)
        return ring.again(column, text) if is_ours else text

    return _rewrite(source, target, change)


def read_columns(source: Path) -> Columns:
    """Return the cells of each column of a table. Raises TableError."""
    with source.open(encoding="utf-8-sig", newline="") as lines:
        rows = _rows(lines)
        header = next(rows)
        columns: Columns = {name: [] for name in header}
        for row in rows:
            for name, text in zip(header, row, strict=True):
                columns[name].append(text)
    return columns


def values_of(columns: Mapping[str, Sequence[str]], ring: KeyRing, recipe: Recipe) -> Columns:
    """Return what the tokens of the recipe's columns stand for. Raises TableError."""
    require_columns(columns, recipe.edges)
    values: Columns = {}
    for name in recipe.edges:
        values[name] = []
        for line, token in enumerate(columns[name], start=2):
            with _naming(line, name):
                values[name].append(ring.value(name, token))
    return values


def require_columns(header: Iterable[str], needed: Iterable[str]) -> None:
    """Raise TableError where a needed column is not in the header."""
    there = set(header)
    lacking = [name for name in needed if name not in there]
    if lacking:
        raise TableError(f"the table has no column {', '.join(lacking)}")


@contextmanager
def _naming(line: int, column: str) -> Iterator[None]:
    """Give a fault of a cell the place where it stands."""
    try:
        yield
    except ValueError as error:
        raise TableError(f"line {line}, column {column}: {error}") from error


def _rewrite(source: Path, target: Path, change: Change, needed: Sequence[str] = ()) -> int:
    """Change every cell; the target is readable by its owner, and appears whole or not at all."""
    with replacing(target) as out, source.open(encoding="utf-8-sig", newline="") as lines:
        return _changed(_rows(lines), csv.writer(out), change, needed)


def _changed(
    rows: Iterator[list[str]], writer: Writer, change: Change, needed: Sequence[str]
) -> int:
    header = next(rows)
    require_columns(header, needed)
    writer.writerow(header)
    count = 0
    for count, row in enumerate(rows, start=1):
        cells = []
        for column, text in zip(header, row, strict=True):
            with _naming(count + 1, column):
                cells.append(change(column, text))
        writer.writerow(cells)
    return count


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    """Yield the header and the rows. Raises TableError where a row has another length."""
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not header or len(set(header)) < len(header):
            raise TableError("the first line must name each column once")
        yield header
        for row in reader:
            if len(row) != len(header):
                raise TableError(f"line {reader.line_num} has {len(row)} fields, not {len(header)}")
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise TableError(f"this is no CSV in UTF-8: {error}") from error

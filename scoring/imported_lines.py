"""Tables that people import: their text, the lines of a CSV, and what is told of bad ones."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

SEPARATORS = ",;\t"
Line = tuple[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that was not kept, whom it is about as far as that may be shown, and why."""

    line: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``kept`` rows were stored, ``known`` ones stood already; ``refused`` says why for each."""

    kept: int
    known: int
    refused: tuple[RefusedRow, ...]

    @property
    def rows(self) -> int:
        return self.kept + self.known + len(self.refused)


def csv_lines(text: str) -> tuple[list[str], Iterator[Line | RefusedRow]]:
    """Return the names of the first line, and each further line by name or as refused.

    Separated by commas, semicolons or tabs; empty lines are passed over.
    """
    separator = max(SEPARATORS, key=text.split("\n", 1)[0].count)
    # The reader refuses a field that a missing quote made of the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names = [name.strip().lower() for name in next(reader, [])]
    return names, _lines(reader, names)


def _lines(
    reader: "csv._reader",  # type: ignore[name-defined]
    names: list[str],
) -> Iterator[Line | RefusedRow]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RefusedRow(reader.line_num, "", _("Not readable: %(why)s.") % {"why": error})
            continue
        if any(cell.strip() for cell in cells):
            stripped = (cell.strip() for cell in cells)
            yield reader.line_num, dict(zip(names, stripped, strict=False))


def day(text: str) -> date:
    """Return a day of the past or today. Raises ValueError in words."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("Write the day as 2026-11-30.")) from None
    if found > timezone.localdate():
        raise ValueError(_("The day lies in the future."))
    return found

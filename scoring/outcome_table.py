"""Reading outcomes from CSV: every row is either understood or refused with its reason."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from scoring.models.outcome import OUTCOME_VALUES

REQUIRED_COLUMNS = ("application", "observed_on", "outcome")
COLUMNS = (*REQUIRED_COLUMNS, "days_past_due")
MOST_DAYS = 9999


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One understood line; ``number`` is that of the application, ``is_bad`` None if open."""

    line: int
    number: str
    observed_on: date
    is_bad: bool | None
    days_past_due: int | None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One line that was not kept, and why."""

    line: int
    number: str
    reason: str


def read_rows(content: bytes) -> Iterator[OutcomeRow | RefusedRow]:
    """Yield every line of a CSV file. Raises ProblemError for a file that is no such table.

    The file is UTF-8 with a header, separated by commas, semicolons or tabs.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemError("not_text", _("Save the table as CSV in UTF-8.")) from error
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    # The reader refuses a field that a missing quote made of the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise ProblemError(
            "columns_missing",
            _("The first line must name the columns; missing: %(names)s.")
            % {"names": ", ".join(missing)},
        )
    yield from _rows(reader, names)


def _rows(
    reader: "csv._reader",  # type: ignore[name-defined]
    names: list[str],
) -> Iterator[OutcomeRow | RefusedRow]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RefusedRow(reader.line_num, "", _("Not readable: %(why)s.") % {"why": error})
            continue
        if any(cell.strip() for cell in cells):
            yield understood(
                dict(zip(names, (cell.strip() for cell in cells), strict=False)), reader.line_num
            )


def understood(cells: Mapping[str, str], line: int) -> OutcomeRow | RefusedRow:
    """Return the row that the cells say, or why they say none."""
    number = cells.get("application", "")
    try:
        return OutcomeRow(
            line,
            _number(number),
            _day(cells.get("observed_on", "")),
            _outcome(cells.get("outcome", "")),
            _days(cells.get("days_past_due", "")),
        )
    except ValueError as error:
        return RefusedRow(line, number[:20], str(error))


def _number(text: str) -> str:
    if not text or "\x00" in text or len(text) > 20:
        raise ValueError(_("Give the number of the application."))
    return text


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("Write the day as 2026-11-30.")) from None
    if day > timezone.localdate():
        raise ValueError(_("The day lies in the future."))
    return day


def _outcome(text: str) -> bool | None:
    if text.lower() not in OUTCOME_VALUES:
        raise ValueError(_("Write good, bad or indeterminate as the outcome."))
    return OUTCOME_VALUES[text.lower()]


def _days(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:6]) > MOST_DAYS:
        raise ValueError(_("Give the days past due as a whole number of 0 to 9999."))
    return int(text)

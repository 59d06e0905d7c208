"""Reading outcomes from CSV: every row is either understood or refused with its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from scoring.imported_lines import RefusedRow, csv_lines, day
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


def read_rows(content: bytes) -> Iterator[OutcomeRow | RefusedRow]:
    """Yield every line of a CSV file. Raises ProblemError for a file that is no such table.

    The file is UTF-8 with a header, separated by commas, semicolons or tabs.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemError("not_text", _("Save the table as CSV in UTF-8.")) from error
    names, lines = csv_lines(text)
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise ProblemError(
            "columns_missing",
            _("The first line must name the columns; missing: %(names)s.")
            % {"names": ", ".join(missing)},
        )
    for each in lines:
        yield each if isinstance(each, RefusedRow) else understood(each[1], each[0])


def understood(cells: Mapping[str, str], line: int) -> OutcomeRow | RefusedRow:
    """Return the row that the cells say, or why they say none."""
    number = cells.get("application", "")
    try:
        return OutcomeRow(
            line,
            _number(number),
            day(cells.get("observed_on", "")),
            _outcome(cells.get("outcome", "")),
            _days(cells.get("days_past_due", "")),
        )
    except ValueError as error:
        return RefusedRow(line, number[:20], str(error))


def _number(text: str) -> str:
    if not text or "\x00" in text or len(text) > 20:
        raise ValueError(_("Give the number of the application."))
    return text


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

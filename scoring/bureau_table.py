"""Reading bureau reports from CSV or JSON: every row is understood or refused with its reason."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from scoring.bureau_adapter import BUREAU_FACTORS
from scoring.imported_lines import Line, RefusedRow, csv_lines, day

# One of the two says whom a row is about.
KEYS = ("application", "identity")
COLUMNS = (*KEYS, "reported_on", *BUREAU_FACTORS)
COUNTS = frozenset({"overdue_payments", "open_accounts", "recent_enquiries"})
LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class BureauRow:
    """One understood row: ``application`` is a number, ``identity`` an id or registration number.

    ``factors`` holds the values that were given, by factor.
    """

    line: int
    application: str
    identity: str
    reported_on: date
    factors: Mapping[str, Decimal | int]


def read_reports(content: bytes) -> Iterator[BureauRow | RefusedRow]:
    """Yield every row of a CSV table or a JSON list. Raises ProblemError for anything else.

    UTF-8; a CSV has a header and is separated by commas, semicolons or tabs.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemError("not_text", _("Save the table as CSV or JSON in UTF-8.")) from error
    if "\x00" in text:
        raise ProblemError("not_text", _("Save the table as CSV or JSON in UTF-8."))
    rows = _json_rows(text) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(text)
    for each in rows:
        yield each if isinstance(each, RefusedRow) else understood(each[1], each[0])


def _json_rows(text: str) -> Iterator[Line | RefusedRow]:
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise ProblemError("not_json", _("This is no JSON: %(why)s.") % {"why": error}) from error
    if not isinstance(rows, list):
        raise ProblemError("not_a_list", _("The JSON must be a list of reports."))
    for place, row in enumerate(rows, start=1):
        if isinstance(row, dict):
            yield place, {str(k): "" if v is None else str(v) for k, v in row.items()}
        else:
            yield RefusedRow(place, "", _("A report is a JSON object."))


def _csv_rows(text: str) -> Iterator[Line | RefusedRow]:
    names, lines = csv_lines(text)
    if "reported_on" not in names or not set(KEYS) & set(names):
        raise ProblemError(
            "columns_missing",
            _("The first line must name the columns: reported_on, and application or identity."),
        )
    return lines


def understood(cells: Mapping[str, str], line: int) -> BureauRow | RefusedRow:
    """Return the row that the cells say, or why they say none."""
    plain = {name: value.strip() for name, value in cells.items()}
    key = plain.get("application") or plain.get("identity") or ""
    try:
        unknown = sorted(set(plain) - set(COLUMNS))
        if unknown:
            raise ValueError(_("Nothing is called %(names)s here.") % {"names": ", ".join(unknown)})
        if not key or len(key) > LONGEST_KEY:
            raise ValueError(_("Give the number of the application or the applicant's id."))
        return BureauRow(
            line,
            plain.get("application", ""),
            plain.get("identity", ""),
            day(plain.get("reported_on", "")),
            {name: _number(name, plain[name]) for name in BUREAU_FACTORS if plain.get(name)},
        )
    except ValueError as error:
        # An id is personal data: a refusal shows how it ends and nothing more.
        shown = plain.get("application", "")[:20] or f"…{key[-3:]}" * bool(key)
        return RefusedRow(line, shown, str(error))


def _number(name: str, text: str) -> Decimal | int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or (name in COUNTS and value != int(value)):
        raise ValueError(_("%(name)s is no number that it can be.") % {"name": name})
    return int(value) if name in COUNTS else value

"""The header of a batch file: which columns it has, and what is wrong with them."""

import csv
from dataclasses import dataclass

from django.utils.translation import gettext as _

from scoring.batches.columns import (
    COLUMNS,
    FACTORS,
    IS_BUSINESS,
    MAX_VALUE_CHARACTERS,
    PERSONAL_FACTORS,
)

DELIMITERS = ",;\t|"
MAX_COLUMNS = 1000
MAX_NAMED = 10


class BatchFileError(Exception):
    """The file as a whole cannot be scored; the message says why in the user's words."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns in their order, as matched: lower case, without blanks around."""

    columns: tuple[str, ...]
    delimiter: str
    warnings: tuple[str, ...]


def header_of_line(line: str) -> Header:
    """Read the first line of a CSV file. Raises BatchFileError where no column is known."""
    counts = {delimiter: line.count(delimiter) for delimiter in DELIMITERS}
    delimiter = max(counts, key=lambda each: counts[each])
    names = next(csv.reader([line], delimiter=delimiter), [])
    return header_of(names, delimiter)


def header_of(names: list[str], delimiter: str = ",") -> Header:
    """Match the names of columns. Raises BatchFileError for none that is known, or one twice."""
    columns = tuple(name.strip().lower() for name in names)
    if len(columns) > MAX_COLUMNS:
        raise BatchFileError(
            _("The file has %(count)d columns; at most %(limit)d can be read.")
            % {"count": len(columns), "limit": MAX_COLUMNS}
        )
    twice = sorted({name for name in columns if name in COLUMNS and columns.count(name) > 1})
    if twice:
        raise BatchFileError(
            _("These columns come twice: %(names)s. Each may come once.") % {"names": _list(twice)}
        )
    if not set(columns) & set(FACTORS):
        raise BatchFileError(
            _(
                "No column has a name that the score knows. The first row must hold names "
                "such as %s."
            )
            % ", ".join(FACTORS[:4])
        )
    return Header(columns, delimiter, tuple(_warnings(columns)))


def _warnings(columns: tuple[str, ...]) -> list[str]:
    warnings = []
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        warnings.append(_("These columns are not known and were not read: %s.") % _list(unknown))
    # What is asked of businesses only is no gap in a file of people.
    asked = FACTORS if IS_BUSINESS in columns else PERSONAL_FACTORS
    absent = [name for name in asked if name not in columns]
    if absent:
        warnings.append(_("These columns are not in the file and count as missing: %s.")
                        % ", ".join(absent))  # fmt: skip
    return warnings


def _list(names: list[str]) -> str:
    """Name a few, in words that can stand on a page whatever the file held."""
    shown = [
        "".join(each if each.isprintable() else "?" for each in name)[:MAX_VALUE_CHARACTERS]
        or _("(without a name)")
        for name in names[:MAX_NAMED]
    ]
    more = len(names) - len(shown)
    return ", ".join(shown) + (_(" and %(count)d more") % {"count": more} if more else "")

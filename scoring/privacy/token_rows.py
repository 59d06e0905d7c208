"""Rows of tokens as a server takes them: tokens and sealed fields alone, never a value."""

from collections.abc import Sequence
from typing import Any

from scoring.privacy.german_credit import MAX_PROBLEMS, MAX_ROWS, Problem, RowsError
from scoring.privacy.tokens import is_sealed, key_version

PLAIN = "is not a token. Values are turned into tokens on your side; none may be sent here."
# A sender chooses names too, and may send a value as one: none that we do not know is repeated.
UNKNOWN_FIELD = "another field"
MAX_NAMES = 200


def checked_token_rows(content: Any, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the tokens of each row by column. Raises RowsError naming row and field.

    Sealed fields may come along and are not read; anything else is refused, and neither it nor a
    name that we do not know is repeated in a message. At most MAX_PROBLEMS are told.
    """
    if not isinstance(content, list):
        raise RowsError("invalid", "Send a list of rows: [{…}, {…}].")
    if len(content) > MAX_ROWS:
        raise RowsError("too_many_rows", f"At most {MAX_ROWS:,} rows at once.")
    problems: list[Problem] = []
    rows = []
    for number, row in enumerate(content, start=1):
        rows.append(_checked_row(number, row, columns, problems))
        if len(problems) >= MAX_PROBLEMS:
            break
    if problems:
        first = problems[0]
        told = problems[:MAX_PROBLEMS]
        raise RowsError("invalid", f"Row {first.row}, {first.field}: {first.message}", told)
    return rows


def _checked_row(
    number: int, row: Any, columns: Sequence[str], problems: list[Problem]
) -> dict[str, str]:
    if not isinstance(row, dict):
        problems.append(Problem(number, "row", "is an object of names and tokens."))
        return {}
    if len(row) > MAX_NAMES:
        problems.append(Problem(number, "row", f"has more than {MAX_NAMES} fields."))
        return {}
    tokens = {}
    for name in columns:
        text = row.get(name)
        if text is None:
            problems.append(Problem(number, name, "is missing."))
        elif not isinstance(text, str) or key_version(text) is None:
            problems.append(Problem(number, name, PLAIN))
        else:
            tokens[name] = text
    if not all(_is_allowed(row[name]) for name in row.keys() - set(columns)):
        problems.append(Problem(number, UNKNOWN_FIELD, PLAIN))
    return tokens


def _is_allowed(text: Any) -> bool:
    return isinstance(text, str) and (is_sealed(text) or key_version(text) is not None)

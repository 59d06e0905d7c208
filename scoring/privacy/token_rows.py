"""Rows of tokens as a server takes them: tokens and sealed fields alone, never a value."""

from collections.abc import Sequence
from typing import Any

from scoring.privacy.german_credit import MAX_PROBLEMS, MAX_ROWS, Problem, RowsError
from scoring.privacy.tokens import is_sealed, key_version

PLAIN = "is not a token. Values are turned into tokens on your side; none may be sent here."
LONGEST_NAME = 40


def checked_token_rows(content: Any, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the tokens of each row by column. Raises RowsError naming row and field.

    Sealed fields may come along and are not read; anything else is refused, and never repeated in
    a message.
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
        raise RowsError("invalid", f"Row {first.row}, {first.field}: {first.message}", problems)
    return rows


def _checked_row(
    number: int, row: Any, columns: Sequence[str], problems: list[Problem]
) -> dict[str, str]:
    if not isinstance(row, dict):
        problems.append(Problem(number, "row", "is an object of names and tokens."))
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
    for name in sorted(row.keys() - set(columns)):
        text = row[name]
        if not (isinstance(text, str) and (is_sealed(text) or key_version(text) is not None)):
            problems.append(Problem(number, name[:LONGEST_NAME], PLAIN))
    return tokens

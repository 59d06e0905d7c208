"""Scoring German-credit applications: nothing of them is kept but a count in the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.services import audit
from scoring.engine.artifacts import ArtifactEntry
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.german_credit import RowsError, Value, checked_rows
from scoring.privacy.german_estimator import (
    GermanEstimator,
    GermanResult,
    load_german_estimator,
)

TOO_MANY, UNUSABLE = 413, 422


@dataclass(frozen=True, slots=True)
class Scored:
    """The results in the order of the rows, and the file that gave them."""

    results: Sequence[GermanResult]
    estimator: ArtifactEntry


def classes(content: Any, *, officer: Officer | None) -> list[int]:
    """Return 1 (good) or 2 (bad) for each row. Raises ProblemError naming row and field."""
    rows = _checked(content)
    estimator = load_german_estimator(ARTIFACTS_DIR)
    found = [estimator.class_number(estimator.probability_of_bad(row)) for row in rows]
    _record(len(found), estimator, officer)
    return found


def score(content: Any, *, officer: Officer) -> Scored:
    """Return class, probability and reasons of each row. Raises ProblemError."""
    rows = _checked(content)
    estimator = load_german_estimator(ARTIFACTS_DIR)
    results = [estimator.result(row) for row in rows]
    _record(len(results), estimator, officer)
    return Scored(results, estimator.entry)


def _checked(content: Any) -> list[dict[str, Value]]:
    try:
        return checked_rows(content)
    except RowsError as error:
        fields = {
            f"{each.row}.{each.field}" if each.field else str(each.row): each.message
            for each in error.problems
        }
        status = TOO_MANY if error.code == "too_many_rows" else UNUSABLE
        raise ProblemError(error.code, error.message, fields=fields, status=status) from error


def _record(rows: int, estimator: GermanEstimator, officer: Officer | None) -> None:
    audit.record("german_credit.scored", actor=officer, rows=rows, model=estimator.entry.sha256)

"""One row of a batch that comes by itself: read, checked and scored as a batch does.

It is scored by the engine's functions for one applicant, whose bits those of a batch equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from applicants.models import Applicant
from scoring.batches.columns import (
    COLUMNS,
    FACTORS,
    IS_BUSINESS,
    REFERENCE,
    parse_factor,
    reference_fault,
    shown,
)
from scoring.engine import fusion
from scoring.engine.factor_columns import MISSING, factors_of_row
from scoring.engine.fusion import Estimators
from scoring.engine.policy import PolicyParameters
from scoring.engine.reasons import adverse_reasons
from scoring.engine.types import FinancialFactors, FinancialScore, Reason

KIND = "kind"
NAMES = (*COLUMNS, KIND)


class RowError(ValueError):
    """A row that is refused; ``faults`` tells by column what is wrong with its value."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in faults.items()))
        self.faults = dict(faults)


@dataclass(frozen=True, slots=True)
class Row:
    """What was sent: the applicant's factors and the sender's own key."""

    factors: FinancialFactors
    reference: str


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A financial score in the policy's words. ``reasons`` as a batch gives them."""

    financial: FinancialScore
    credit_class: str
    band: str
    reasons: tuple[Reason, ...]


def read_row(values: Mapping[str, Any]) -> Row:
    """Read JSON values by the names of a batch's columns; ``kind`` may stand for ``is_business``.

    Raises RowError for a wrong value, for a name that no column has (a file's is not read, for a
    file may hold more than the score; a request is written for it), and for a row without any.
    """
    faults = {shown(name): _("This factor is not known.") for name in values if name not in NAMES}
    known = {name: value for name, value in values.items() if name in NAMES}
    cells = {name: _cell(value) for name, value in known.items() if not _is_nested(value)}
    faults |= {name: _("Give one value.") for name in known if name not in cells}
    faults |= _kind_as_column(cells)
    reference = cells.pop(REFERENCE, "").strip()
    if fault := reference_fault(reference):
        faults[REFERENCE] = fault
    hundredths = dict.fromkeys(FACTORS, MISSING)
    for name, cell in cells.items():
        parsed = parse_factor(name, [cell])
        (hundredths[name],) = parsed.hundredths
        if parsed.faults:
            faults[name] = parsed.faults[0]
    if not cells and not faults:
        faults["non_field_errors"] = _("Give at least one factor, such as %s.") % FACTORS[0]
    if faults:
        raise RowError(faults)
    return Row(factors_of_row(hundredths), reference)


def _kind_as_column(cells: dict[str, str]) -> dict[str, str]:
    """Put the API's word for the kind of an applicant in the place of the file's column."""
    kind = cells.pop(KIND, "")
    if not kind:
        return {}
    if kind not in Applicant.Kind.values:
        return {KIND: _("Choose one of: %s.") % ", ".join(Applicant.Kind.values)}
    if cells.get(IS_BUSINESS):
        return {KIND: _("Give this or is_business, not both.")}
    cells[IS_BUSINESS] = str(kind == Applicant.Kind.BUSINESS)
    return {}


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _cell(value: object) -> str:
    """Return a JSON value as a file would write it."""
    return "" if value is None else str(value)


def score_row(
    factors: FinancialFactors, estimators: Estimators, policy: PolicyParameters
) -> ScoredRow:
    """Score one row. The same row gives the same bits, by itself or in a batch."""
    financial, _beside = fusion.financial_scores(factors, estimators, policy)
    return ScoredRow(
        financial=financial,
        credit_class=policy.credit_class(financial.probability_of_default).value,
        band=policy.band(financial.score_points).name,
        reasons=adverse_reasons(financial, factors.characteristics()),
    )

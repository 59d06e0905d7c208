"""Scoring one piece of a batch: its lines become lines of the result and of the refused rows."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from scoring.batches.columns import FACTORS, REFERENCE, parse_factor, reference_fault
from scoring.engine.factor_columns import MISSING, FactorColumns, FloatArray
from scoring.engine.fusion import Estimators
from scoring.engine.policy import PolicyParameters
from scoring.engine.reason_columns import adverse_reasons
from scoring.engine.reasons import MAX_REASONS
from scoring.engine.score_columns import ScoreColumns, score_many
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS, Calibration
from scoring.wording import said

RESULT_COLUMNS = (
    "row", "reference", "financial_score", "credit_class", "band", "probability_of_default",
    "estimator",
    *(f"reason_{place}_{part}" for place in range(1, MAX_REASONS + 1) for part in ("code", "text")),
    "missing",
)  # fmt: skip
REFUSED_COLUMNS = ("row", "reference", "column", "reason")
# What a spreadsheet would take for a formula gets an apostrophe in front.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of a piece: lines of the result and of the refused rows, and how many."""

    result: str
    refused: str
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a piece that have as many values as the header has names."""

    numbers: list[int]
    references: list[str]
    columns: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Fault:
    row: int
    reference: str
    column: str
    reason: str


def score_piece(
    text: str,
    *,
    columns: Sequence[str],
    delimiter: str,
    first_row: int,
    estimators: Estimators,
    policy: PolicyParameters,
    refused_references: Collection[str] = (),
) -> Scored:
    """Score the CSV lines of a piece. The same piece gives the same bits.

    Rows whose reference is one of ``refused_references`` are refused: they name applications of
    people who restricted processing.
    """
    faults: list[_Fault] = []
    rows = _read(text, columns, delimiter, first_row, faults)
    _refuse_restricted(rows, refused_references, faults)
    factors = _factors(rows, faults)
    wrong = {fault.row for fault in faults}
    good = np.array([n for n, row in enumerate(rows.numbers) if row not in wrong], dtype=np.int64)
    kept = FactorColumns({name: np.array(factors[name], dtype=np.int64)[good] for name in FACTORS})
    lines = _result_lines(kept, rows, good, estimators, policy)
    faults.sort(key=lambda fault: fault.row)
    refused = ((each.row, _plain(each.reference), each.column, each.reason) for each in faults)
    return Scored(_csv(lines), _csv(refused), good.size, len(wrong))


def _read(
    text: str, columns: Sequence[str], delimiter: str, first_row: int, faults: list[_Fault]
) -> _Rows:
    numbers, kept = [], []
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for row, cells in enumerate(lines, first_row):
        if len(cells) != len(columns):
            reason = _("the row has %(found)d values and the header %(expected)d names") % {
                "found": len(cells), "expected": len(columns),
            }  # fmt: skip
            faults.append(_Fault(row, "", "", reason))
            continue
        numbers.append(row)
        kept.append(cells)
    turned = dict(zip(columns, zip(*kept, strict=True), strict=True)) if kept else {}
    references = [cell.strip() for cell in turned.get(REFERENCE, ())] or [""] * len(kept)
    for place, reference in enumerate(references):
        if reason := reference_fault(reference):
            references[place] = ""
            faults.append(_Fault(numbers[place], "", REFERENCE, reason))
    return _Rows(numbers, references, turned)


def _refuse_restricted(
    rows: _Rows, refused_references: Collection[str], faults: list[_Fault]
) -> None:
    if not refused_references:
        return
    for number, reference in zip(rows.numbers, rows.references, strict=True):
        if reference in refused_references:
            reason = _("the applicant of this application restricted processing")
            faults.append(_Fault(number, reference, REFERENCE, reason))


def _factors(rows: _Rows, faults: list[_Fault]) -> dict[str, list[int]]:
    """Return each factor in hundredths; what is wrong with a value goes to ``faults``."""
    factors = {}
    for name in FACTORS:
        if name not in rows.columns:
            factors[name] = [MISSING] * len(rows.numbers)
            continue
        parsed = parse_factor(name, rows.columns[name])
        factors[name] = parsed.hundredths
        faults += [
            _Fault(rows.numbers[place], rows.references[place], name, reason)
            for place, reason in parsed.faults.items()
        ]
    return factors


def _result_lines(
    factors: FactorColumns,
    rows: _Rows,
    good: np.ndarray,  # type: ignore[type-arg]
    estimators: Estimators,
    policy: PolicyParameters,
) -> Iterator[tuple[object, ...]]:
    """Yield the lines of the result in the order of the file."""
    values = factors.characteristics()
    lines: list[tuple[object, ...]] = [()] * len(factors)
    for block in score_many(factors, values, estimators, policy.scale):
        for row, rest in zip(block.rows.tolist(), _scored(block, values, policy), strict=True):
            place = good[row]
            lines[row] = (rows.numbers[place], _plain(rows.references[place]), *rest)
    return iter(lines)


def _scored(
    block: ScoreColumns, values: Mapping[str, FloatArray], policy: PolicyParameters
) -> Iterator[tuple[object, ...]]:
    told = _told(block.calibration, policy)
    every_reason = adverse_reasons(block, values)
    nothing = ("",) * (2 * MAX_REASONS)
    for place, score in enumerate(block.score_points.tolist()):
        worded = [part for each in every_reason[place] for part in (each.code, said(each))]
        missing = [name for name, is_missing in zip(block.names, block.missing[place].tolist(),
                                                    strict=True) if is_missing]  # fmt: skip
        yield (score, *told[score], block.estimator, *(*worded, *nothing)[: 2 * MAX_REASONS],
               " ".join(missing))  # fmt: skip


def _told(calibration: Calibration, policy: PolicyParameters) -> dict[int, tuple[object, ...]]:
    """Return class, band and probability of default of each score of the scale."""
    told: dict[int, tuple[object, ...]] = {}
    for score in range(MIN_SCORE_POINTS, MAX_SCORE_POINTS + 1):
        probability = calibration.probability_of_default(score)
        told[score] = (policy.credit_class(probability).value, policy.band(score).name, probability)
    return told


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _csv(lines: Iterator[tuple[object, ...]]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows(lines)
    return target.getvalue()

"""Figures by group that applicants declared themselves; a group is never inferred.

Adverse impact ratio, gaps of true and false positive rates, standardised mean difference and
calibration, each with a bootstrap 95 % interval (Barocas, Hardt and Narayanan 2023, *Fairness and
Machine Learning*, chapter 3; 29 CFR 1607.4(D) for the four-fifths rule, used as an alarm only).
*Favourable* is the outcome that an applicant wants, so a true positive is a good case approved.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.engine.drift import calibration_drift

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
DRAWS = 2000
MIN_CELL_ROWS = 30
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its bootstrap 95 % interval; None where a cell has too few rows."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """What one group got. Ratios, gaps and differences are against the reference group.

    ``adverse_impact_ratio``, ``true_positive_gap``, ``false_positive_gap`` and ``mean_difference``
    are None for the reference group itself and wherever one of the two cells has too few rows;
    ``calibration_shift`` is the log-odds by which more (above 0) or fewer defaulted than expected.
    """

    group: str
    rows: int
    is_reference: bool
    is_too_few: bool
    favourable_rate: float | None
    mean: float | None
    adverse_impact_ratio: Estimate | None = None
    mean_difference: Estimate | None = None
    good_rows: int = 0
    bad_rows: int = 0
    true_positive_gap: Estimate | None = None
    false_positive_gap: Estimate | None = None
    calibration_shift: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is compared: the values, who was favoured, and what came of it.

    ``values`` are points (higher is better), shape (rows,); ``is_favoured`` booleans;
    ``is_bad`` 0, 1 or NaN where the outcome is not known; ``probability`` of *bad*, or None.
    """

    name: str
    values: FloatArray
    is_favoured: BoolArray
    is_bad: FloatArray | None = None
    probability: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class PartReport:
    name: str
    rows: int
    reference: str | None
    groups: tuple[GroupFigures, ...] = field(default_factory=tuple)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def compare(
    part: Part, groups: Sequence[str], *, min_rows: int = MIN_CELL_ROWS, seed: int = 0
) -> PartReport:
    """Return the figures of each declared group, the largest first.

    The reference is the group with the highest favourable rate among those with at least
    ``min_rows`` rows. A bootstrap draw of a rate over n rows is a binomial draw, and of a mean a
    multinomial one over the distinct values, so the time does not grow with the rows.
    """
    labels = np.asarray(groups, dtype=object)
    if labels.shape != part.values.shape or part.is_favoured.shape != part.values.shape:
        raise ValueError("give one group, one value and one result per row")
    names = sorted(set(groups), key=lambda name: (-int((labels == name).sum()), name))
    # Each group draws from a stream of its own: shared draws would make the ratio look surer.
    streams = np.random.default_rng(seed).spawn(len(names))
    cells = {
        name: _Cell(part, labels == name, stream)
        for name, stream in zip(names, streams, strict=True)
    }
    enough = [name for name in names if cells[name].rows >= min_rows]
    reference = max(enough, key=lambda name: cells[name].favourable_rate, default=None)
    spread = float(part.values.std()) if labels.size else 0.0
    return PartReport(
        name=part.name,
        rows=labels.size,
        reference=reference,
        groups=tuple(_figures(name, cells, reference, min_rows, spread) for name in names),
    )


class _Cell:
    """One group's rows, and its bootstrap draws made when they are asked for."""

    def __init__(self, part: Part, mask: BoolArray, random: np.random.Generator) -> None:
        self.values, self.favoured = part.values[mask], part.is_favoured[mask]
        self.rows, self.random = int(mask.sum()), random
        self.is_bad = np.full(self.rows, np.nan) if part.is_bad is None else part.is_bad[mask]
        self.probability = None if part.probability is None else part.probability[mask]

    @property
    def favourable_rate(self) -> float:
        return float(self.favoured.mean())

    def rate(self, of: BoolArray | None = None) -> tuple[float, FloatArray]:
        """Return a favourable rate and its draws, over all rows or some of them."""
        favoured = self.favoured if of is None else self.favoured[of]
        rate = float(favoured.mean())
        return rate, self.random.binomial(favoured.size, rate, DRAWS) / favoured.size

    def mean(self) -> tuple[float, FloatArray]:
        distinct, counts = np.unique(self.values, return_counts=True)
        drawn = self.random.multinomial(self.rows, counts / self.rows, DRAWS)
        return float(self.values.mean()), drawn @ distinct / self.rows

    def calibration(self, min_rows: int) -> Estimate | None:
        known = ~np.isnan(self.is_bad)
        if self.probability is None or known.sum() < min_rows:
            return None
        drift = calibration_drift(self.probability[known], self.is_bad[known])
        return Estimate(drift.in_the_large, *drift.interval)


def _figures(
    name: str,
    cells: Mapping[str, _Cell],
    reference: str | None,
    min_rows: int,
    spread: float,
) -> GroupFigures:
    cell = cells[name]
    if cell.rows < min_rows:
        return GroupFigures(name, cell.rows, False, True, None, None)
    other = cells[reference] if reference not in (None, name) else None
    return GroupFigures(
        group=name,
        rows=cell.rows,
        is_reference=name == reference,
        is_too_few=False,
        favourable_rate=cell.favourable_rate,
        mean=float(cell.values.mean()),
        adverse_impact_ratio=_ratio(cell, other) if other else None,
        mean_difference=_difference(cell, other, spread) if other else None,
        good_rows=int((cell.is_bad == 0).sum()),
        bad_rows=int((cell.is_bad == 1).sum()),
        true_positive_gap=_gap(cell, other, 0, min_rows) if other else None,
        false_positive_gap=_gap(cell, other, 1, min_rows) if other else None,
        calibration_shift=cell.calibration(min_rows),
    )


def _ratio(cell: _Cell, other: _Cell) -> Estimate | None:
    (rate, draws), (best, best_draws) = cell.rate(), other.rate()
    if not best:
        return None
    # Half a case keeps a draw without any favoured row of the reference finite.
    return _estimate(rate / best, draws / np.maximum(best_draws, 0.5 / other.rows))


def _difference(cell: _Cell, other: _Cell, spread: float) -> Estimate | None:
    (mean, draws), (best, best_draws) = cell.mean(), other.mean()
    if not spread:
        return None
    return _estimate((mean - best) / spread, (draws - best_draws) / spread)


def _gap(cell: _Cell, other: _Cell, outcome: int, min_rows: int) -> Estimate | None:
    """Return the favourable rate among the good (0) or bad (1) cases, less the reference's."""
    mine, theirs = cell.is_bad == outcome, other.is_bad == outcome
    if mine.sum() < min_rows or theirs.sum() < min_rows:
        return None
    (rate, draws), (best, best_draws) = cell.rate(mine), other.rate(theirs)
    return _estimate(rate - best, draws - best_draws)


def _estimate(value: float, draws: FloatArray) -> Estimate:
    low, high = np.percentile(draws, INTERVAL)
    return Estimate(float(value), float(low), float(high))


def lowest_ratio(report: PartReport) -> tuple[str, float]:
    """Return the group with the lowest adverse impact ratio, and it; ("", NaN) without any."""
    ratios = [
        (each.adverse_impact_ratio.value, each.group)
        for each in report.groups
        if each.adverse_impact_ratio is not None
    ]
    if not ratios:
        return "", math.nan
    value, group = min(ratios)
    return group, value

"""Scoring many applicants at once, with the very bits that scoring each alone gives.

Points of bins, probabilities and bands are computed once by the functions that score one applicant
and then looked up, so that no second formula can drift from the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scoring.engine import points_table
from scoring.engine.factor_columns import (
    HUNDRED,
    MISSING,
    BoolArray,
    FactorColumns,
    FloatArray,
    IntArray,
)
from scoring.engine.fusion import BUREAU_CHARACTERISTICS, MIN_FALLBACK_FACTORS, Estimators
from scoring.engine.points_table import BALANCE_POINTS, FACTORS, STEPS
from scoring.engine.scorecard import Scale, Scorecard
from scoring.engine.types import (
    MAX_SCORE_POINTS,
    MIN_SCORE_POINTS,
    Balance,
    Calibration,
    Contribution,
    FinancialScore,
)

TABLE_STEP = 50
_STEPS = np.array(STEPS)


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """The scores that one estimator gives n applicants over its k characteristics.

    ``rows`` (n,) are their places in the table that was scored. ``points`` (n, k) holds the
    contributions where ``counts`` (n, k) is true, ``missing`` (n, k) what was not given, and
    ``population_points`` (n, k) what reasons are measured against. ``base_points`` plus the
    contributions plus ``limit_points`` (n,) is ``score_points`` (n,), 300…850.
    """

    estimator: str
    names: tuple[str, ...]
    rows: IntArray
    base_points: int
    points: IntArray
    counts: BoolArray
    missing: BoolArray
    population_points: IntArray
    limit_points: IntArray
    score_points: IntArray
    calibration: Calibration

    def __len__(self) -> int:
        return len(self.rows)

    def score_of(self, place: int) -> FinancialScore:
        """Return one applicant's score as the engine gives it for one applicant."""
        shown = [index for index in range(len(self.names)) if self.counts[place, index]]
        contributions = [
            Contribution(self.names[index], int(self.points[place, index])) for index in shown
        ]
        if self.limit_points[place]:
            contributions.append(Contribution("scale_limit", int(self.limit_points[place])))
        return FinancialScore(
            estimator=self.estimator,
            score_points=int(self.score_points[place]),
            base_points=self.base_points,
            contributions=tuple(contributions),
            calibration=self.calibration,
            missing=tuple(
                name for index, name in enumerate(self.names) if self.missing[place, index]
            ),
            population_points={
                self.names[index]: int(self.population_points[place, index]) for index in shown
            },
        )


def score_many(
    factors: FactorColumns,
    values: Mapping[str, FloatArray],
    estimators: Estimators,
    scale: Scale,
) -> tuple[ScoreColumns, ...]:
    """Score every row by the estimator that decides on it, as ``fusion.financial_scores`` does.

    ``values`` are the characteristics of ``factors``. Returns one block of rows per estimator that
    decided on any; the blocks together hold each row once.
    """
    is_business = factors.businesses() & (estimators.business_scorecard is not None)
    falls_back = np.all([np.isnan(values[name]) for name in BUREAU_CHARACTERISTICS], axis=0)
    falls_back &= ~is_business
    unknown = np.flatnonzero(falls_back)
    if unknown.size:
        table = _table_points(factors.rows(unknown), _rows(values, unknown))
        is_enough = (table != MISSING).sum(axis=1) >= MIN_FALLBACK_FACTORS
        falls_back[unknown[~is_enough]] = False
    blocks = []
    by_business = np.flatnonzero(is_business)
    by_card, by_table = np.flatnonzero(~falls_back & ~is_business), np.flatnonzero(falls_back)
    if estimators.business_scorecard is not None and by_business.size:
        card = estimators.business_scorecard
        blocks.append(score_by_card(card, _rows(values, by_business), scale, by_business))
    if by_card.size:
        blocks.append(score_by_card(estimators.scorecard, _rows(values, by_card), scale, by_card))
    if by_table.size:
        blocks.append(score_by_table(table[is_enough], estimators.table_calibration, by_table))
    return tuple(blocks)


def _rows(values: Mapping[str, FloatArray], rows: IntArray) -> dict[str, FloatArray]:
    return {name: column[rows] for name, column in values.items()}


def score_by_card(
    card: Scorecard, values: Mapping[str, FloatArray], scale: Scale, rows: IntArray
) -> ScoreColumns:
    """Score characteristics, each of shape (n,), by a scorecard; see ``Scorecard.score``."""
    names = tuple(each.name for each in card.characteristics)
    shape = (len(rows), len(names))
    points, missing = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=bool)
    for index, each in enumerate(card.characteristics):
        column = values[each.name]
        of_bins = np.array([round(scale.factor * one.log_odds) for one in each.bins])
        missing[:, index] = np.isnan(column)
        # A missing value, NaN, finds the last bin here and is given its own points below.
        found = of_bins[np.searchsorted(np.array(each.edges), column, side="right")]
        points[:, index] = np.where(
            missing[:, index], round(scale.factor * each.missing.log_odds), found
        )
    base = round(scale.offset + scale.factor * card.intercept_log_odds)
    unclipped = base + points.sum(axis=1)
    clipped = unclipped.clip(MIN_SCORE_POINTS, MAX_SCORE_POINTS)
    population = np.array([each.mean_points(scale.factor) for each in card.characteristics])
    return ScoreColumns(
        estimator=card.name,
        names=names,
        rows=rows,
        base_points=base,
        points=points,
        counts=np.ones(shape, dtype=bool),
        missing=missing,
        population_points=np.broadcast_to(population, shape),
        limit_points=clipped - unclipped,
        score_points=clipped,
        calibration=scale.calibration,
    )


def score_by_table(table: IntArray, calibration: Calibration, rows: IntArray) -> ScoreColumns:
    """Score the table's own points (n, 7), ``MISSING`` where a factor is; see ``points_table``.

    Every row needs at least one factor.
    """
    names, best = tuple(FACTORS), np.array([highest for _, highest in FACTORS.values()])
    missing = table == MISSING
    totals = np.where(missing, 0, best).sum(axis=1)
    steps = np.where(missing, 0, table).cumsum(axis=1) // TABLE_STEP
    reached = np.empty(table.shape, dtype=np.int64)
    population = np.empty(table.shape, dtype=np.int64)
    for total in np.unique(totals):
        same = totals == total
        reached[same] = _reached(int(total))[steps[same]]
        population[same] = _best(int(total), best)
    base = int(_reached(int(totals[0]))[0])
    contributions = np.diff(reached, axis=1, prepend=base)
    score = np.maximum(reached[:, -1], MIN_SCORE_POINTS)
    return ScoreColumns(
        estimator="points_table",
        names=names,
        rows=rows,
        base_points=base,
        points=contributions,
        counts=~missing,
        missing=missing,
        population_points=population,
        limit_points=score - reached[:, -1],
        score_points=score,
        calibration=calibration,
    )


@lru_cache(maxsize=64)
def _reached(total: int) -> IntArray:
    """Return the rounded running score after 0, 50, … ``total`` points of the table."""
    return np.array([points_table.running_score(points, total)
                     for points in range(0, total + 1, TABLE_STEP)])  # fmt: skip


def _best(total: int, best: IntArray) -> IntArray:
    return np.array([points_table.best_points(int(points), total) for points in best])


def _table_points(factors: FactorColumns, values: Mapping[str, FloatArray]) -> IntArray:
    """Return the table's own points (n, 7) of each factor, ``MISSING`` where it is not given."""
    columns: dict[str, Callable[[], IntArray]] = {
        "credit_history_years": lambda: _rising(factors["credit_history_years"], (200, 400, 600)),
        "overdue_payments": lambda: _falling(factors["overdue_payments"], (0, 100, 200)),
        "card_utilisation_percent": lambda: _falling(
            factors["card_utilisation_percent"], (3000, 5000, 7000)
        ),
        "debt_to_income_percent": lambda: _falling(values["debt_to_income_percent"], (20, 40, 60)),
        "assets_to_liabilities": lambda: _balance(factors),
        "income_stable": factors.stable_income,
        "open_accounts": lambda: _rising(factors["open_accounts"], (100, 300, 600)),
    }
    return np.stack([columns[name]() for name in FACTORS], axis=1)


def _rising(column: IntArray, edges: tuple[int, ...]) -> IntArray:
    steps = _STEPS[np.searchsorted(edges, column, side="right")]
    return np.where(column == MISSING, MISSING, steps)


def _falling(column: IntArray | FloatArray, edges: tuple[int, ...]) -> IntArray:
    is_missing = np.isnan(column) | (column == MISSING)
    steps = _STEPS[3 - np.searchsorted(edges, np.where(is_missing, 0, column), side="left")]
    return np.where(is_missing, MISSING, steps)


def _balance(factors: FactorColumns) -> IntArray:
    """Return the points of assets against debts, equal within 1 % of the debts."""
    assets, debts = factors["total_assets"], factors["total_liabilities"]
    is_equal = HUNDRED * np.abs(assets - debts) <= debts
    points = np.where(assets > debts, BALANCE_POINTS[Balance.MORE], BALANCE_POINTS[Balance.LESS])
    points = np.where(is_equal, BALANCE_POINTS[Balance.EQUAL], points)
    return np.where((assets == MISSING) | (debts == MISSING), MISSING, points)

"""The traditional points table: seven factors, 50…1000, mapped linearly to 300…850.

Years are binned with the lower edge included, percentages with the upper edge included. A missing
factor is left out and the sum is rescaled over the factors that are present, so that a full table
and a partly filled one share one scale. Six factors give up to 150 and a stable income up to 100:
1000 in all. The scale starts at 50, so a lower sum counts as 50.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

from scoring.engine.types import (
    MAX_SCORE_POINTS,
    MIN_SCORE_POINTS,
    Balance,
    Calibration,
    Contribution,
    FinancialFactors,
    FinancialScore,
)

MIN_TABLE_POINTS = 50
MAX_TABLE_POINTS = 1000
SCORE_PER_TABLE_POINT = Fraction(
    MAX_SCORE_POINTS - MIN_SCORE_POINTS, MAX_TABLE_POINTS - MIN_TABLE_POINTS
)
STEPS = (0, 50, 100, 150)
BALANCE_POINTS = {Balance.LESS: 0, Balance.EQUAL: 100, Balance.MORE: 150}


def _history(factors: FinancialFactors) -> int | None:
    years = factors.credit_history_years
    return None if years is None else STEPS[bisect_right((2, 4, 6), years)]


def _overdue(factors: FinancialFactors) -> int | None:
    count = factors.overdue_payments
    return None if count is None else STEPS[3 - min(count, 3)]


def _utilisation(factors: FinancialFactors) -> int | None:
    percent = factors.card_utilisation_percent
    return None if percent is None else STEPS[3 - bisect_left((30, 50, 70), percent)]


def _debt_to_income(factors: FinancialFactors) -> int | None:
    percent = factors.debt_to_income_percent
    return None if percent is None else STEPS[3 - bisect_left((20, 40, 60), percent)]


def _balance(factors: FinancialFactors) -> int | None:
    return None if factors.balance is None else BALANCE_POINTS[factors.balance]


def _stable_income(factors: FinancialFactors) -> int | None:
    return None if factors.stable_income is None else 100 * factors.stable_income


def _accounts(factors: FinancialFactors) -> int | None:
    count = factors.open_accounts
    return None if count is None else STEPS[bisect_right((1, 3, 6), count)]


# Characteristic → (its points or None, its highest points).
FACTORS: Mapping[str, tuple[Callable[[FinancialFactors], int | None], int]] = {
    "credit_history_years": (_history, 150),
    "overdue_payments": (_overdue, 150),
    "card_utilisation_percent": (_utilisation, 150),
    "debt_to_income_percent": (_debt_to_income, 150),
    "assets_to_liabilities": (_balance, 150),
    "income_stable": (_stable_income, 100),
    "open_accounts": (_accounts, 150),
}


def table_points(factors: FinancialFactors) -> dict[str, int]:
    """Return the table's own points (0…150) of each factor that is present."""
    points = {name: points_of(factors) for name, (points_of, _) in FACTORS.items()}
    return {name: value for name, value in points.items() if value is not None}


def score(factors: FinancialFactors, calibration: Calibration) -> FinancialScore | None:
    """Return the table's score in 300…850, or None where no factor at all is present."""
    points = table_points(factors)
    if not points:
        return None
    total = sum(FACTORS[name][1] for name in points)
    contributions = _whole_points(points, total)
    base = running_score(0, total)
    unclipped = base + sum(contribution.points for contribution in contributions)
    if unclipped < MIN_SCORE_POINTS:
        contributions.append(Contribution("scale_limit", MIN_SCORE_POINTS - unclipped))
    return FinancialScore(
        estimator="points_table",
        score_points=max(unclipped, MIN_SCORE_POINTS),
        base_points=base,
        contributions=tuple(contributions),
        calibration=calibration,
        missing=tuple(name for name in FACTORS if name not in points),
        population_points={name: best_points(FACTORS[name][1], total) for name in points},
    )


@cache
def running_score(points: int, total: int) -> int:
    """Return the rounded score of so many table points out of ``total`` that can be had.

    Both are multiples of 50 up to 1000, so each of the few sums is worked out once, as a fraction.
    """
    start = MIN_SCORE_POINTS - MIN_TABLE_POINTS * SCORE_PER_TABLE_POINT
    return round(start + points * Fraction(MAX_TABLE_POINTS, total) * SCORE_PER_TABLE_POINT)


@cache
def best_points(highest: int, total: int) -> int:
    """Return what a factor's best bin is worth on the scale of the score.

    The table knows no population: its reasons count what is lost against the best bin.
    """
    return round(highest * Fraction(MAX_TABLE_POINTS, total) * SCORE_PER_TABLE_POINT)


def _whole_points(points: Mapping[str, int], total: int) -> list[Contribution]:
    """Round the running sum, not each part: the parts then add up to the rounded total."""
    reached, contributions = 0, []
    for name, value in points.items():
        step = running_score(reached + value, total) - running_score(reached, total)
        contributions.append(Contribution(name, step))
        reached += value
    return contributions

"""The traditional points table: seven factors, 50…1000, mapped linearly to 300…850.

Years are binned with the lower edge included, percentages with the upper edge included. A missing
factor is left out and the sum is rescaled over the factors that are present, so that a full table
and a partly filled one share one scale. Six factors give up to 150 and a stable income up to 100:
1000 in all. The scale starts at 50, so a lower sum counts as 50.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from fractions import Fraction

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
    scale = Fraction(MAX_TABLE_POINTS, sum(FACTORS[name][1] for name in points))
    base, contributions = _whole_points(points, scale * SCORE_PER_TABLE_POINT)
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
        population_points=_best_points(points, scale * SCORE_PER_TABLE_POINT),
    )


def _whole_points(
    points: Mapping[str, int], score_per_point: Fraction
) -> tuple[int, list[Contribution]]:
    """Round the running sum, not each part: the parts then add up to the rounded total."""
    exact = MIN_SCORE_POINTS - MIN_TABLE_POINTS * SCORE_PER_TABLE_POINT
    base = running = round(exact)
    contributions = []
    for name, value in points.items():
        exact += value * score_per_point
        contributions.append(Contribution(name, round(exact) - running))
        running = round(exact)
    return base, contributions


def _best_points(points: Mapping[str, int], score_per_point: Fraction) -> dict[str, int]:
    """The table knows no population: its reasons count what is lost against its best bin."""
    return {name: round(FACTORS[name][1] * score_per_point) for name in points}

"""What each cut-off would give: approval rate, expected loss and profit, from stored scores.

A book of loans is summed by score once; every cut-off is then a sum from the top (the acceptance
and profit curves of Thomas, Edelman and Crook 2002, *Credit Scoring and Its Applications*,
chapter 7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS

FloatArray = npt.NDArray[np.float64]
POINTS = MAX_SCORE_POINTS - MIN_SCORE_POINTS + 1


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a loan earns and costs. Shares of the amount lent, over the whole term.

    The defaults are assumptions, not measurements: 45 % loss given default is the supervisory
    value for unsecured claims (Basel II, paragraph 287); margin and cost are round figures.
    """

    loss_given_default: float = 0.45
    margin: float = 0.12
    cost_per_loan: float = 50.0


@dataclass(frozen=True, slots=True)
class ScoreSum:
    """All applications with one score.

    ``expected_bad`` sums the probabilities of default, ``amount`` what was asked for and
    ``amount_at_risk`` probability times amount; ``good`` and ``bad`` count known outcomes.
    """

    score_points: int
    applications: int
    expected_bad: float
    amount: float
    amount_at_risk: float
    good: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class CutOff:
    """What approving every score from ``points`` on would give; money in the book's currency."""

    points: int
    approved: int
    approval_rate: float
    expected_default_rate: float | None
    expected_loss: float
    profit: float
    outcomes: int
    realised_default_rate: float | None


def cut_off_curve(book: Iterable[ScoreSum], assumptions: Assumptions) -> list[CutOff]:
    """Return one row for each cut-off from 300 to 850 points; empty for an empty book."""
    sums = _from_the_top(book)
    applications = sums[0, 0]
    if not applications:
        return []
    return [_cut_off(place, row, applications, assumptions) for place, row in enumerate(sums)]


def _from_the_top(book: Iterable[ScoreSum]) -> FloatArray:
    """Return, for each score (551), the six sums over it and everything above it."""
    sums = np.zeros((POINTS, 6))
    for each in book:
        sums[each.score_points - MIN_SCORE_POINTS] += (
            each.applications, each.expected_bad, each.amount, each.amount_at_risk,
            each.good, each.bad,
        )  # fmt: skip
    return np.asarray(sums[::-1].cumsum(axis=0)[::-1])


def _cut_off(place: int, row: FloatArray, applications: float, assumptions: Assumptions) -> CutOff:
    approved, expected_bad, amount, at_risk, good, bad = (float(value) for value in row)
    loss = assumptions.loss_given_default * at_risk
    income = assumptions.margin * (amount - at_risk)
    return CutOff(
        points=MIN_SCORE_POINTS + place,
        approved=int(approved),
        approval_rate=approved / applications,
        expected_default_rate=expected_bad / approved if approved else None,
        expected_loss=loss,
        profit=income - loss - assumptions.cost_per_loan * approved,
        outcomes=int(good + bad),
        realised_default_rate=bad / (good + bad) if good + bad else None,
    )


def most_profitable(curve: Sequence[CutOff]) -> CutOff | None:
    """Return the cut-off with the highest profit, the lowest of several; None for no curve."""
    return max(curve, key=lambda row: (row.profit, -row.points), default=None)

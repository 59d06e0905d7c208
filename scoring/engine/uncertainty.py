"""How far a score could move if what is missing were known: an interval, not a penalty.

A missing characteristic keeps the points of its own bin. Around the score stands the spread of the
points that the population has in the bins of what is missing, added up as if the characteristics
were independent of each other and of what is known; so it is the spread *before* anything is asked,
and for related characteristics a little too narrow. Expert points know no population: each of their
bins, and each step of the points table, counts the same.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoring.engine import points_table
from scoring.engine.scorecard import Characteristic, Scale, Scorecard
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS, FinancialScore

COVERED_SHARE = 0.9
# (points, share of the population): the shares of one characteristic sum to 1.
Spread = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ScoreInterval:
    """The middle ``covered_share`` of the scores that the known values leave open, 300…850.

    ``is_wide`` where its ends lie further apart than the points that double the odds.
    """

    low: int
    high: int
    is_wide: bool
    missing: tuple[str, ...]
    covered_share: float = COVERED_SHARE


def interval_of(score: FinancialScore, card: Scorecard, scale: Scale) -> ScoreInterval:
    """Return the interval of a score by its own estimator; without gaps it is the score itself."""
    if score.estimator == card.name:
        spreads = [
            _spread_of(each, scale.factor)
            for each in card.characteristics
            if each.name in score.missing
        ]
    else:
        spreads = _spreads_of_table(score)
    low, high = _ends(score.score_points, spreads)
    return ScoreInterval(low, high, high - low > scale.points_to_double_odds, score.missing)


def _spread_of(characteristic: Characteristic, factor: float) -> Spread:
    """Return how known values would move the score from the points of *missing*."""
    shares = [each.share for each in characteristic.bins]
    whole = math.fsum(shares)
    if not whole:
        shares, whole = [1.0] * len(characteristic.bins), float(len(characteristic.bins))
    of_missing = round(factor * characteristic.missing.log_odds)
    return [
        (round(factor * each.log_odds) - of_missing, share / whole)
        for each, share in zip(characteristic.bins, shares, strict=True)
    ]


def _spreads_of_table(score: FinancialScore) -> list[Spread]:
    """Return the steps of each missing factor around its middle, on the scale of a full table."""
    spreads: list[Spread] = []
    for name in score.missing:
        best = points_table.FACTORS[name][1] * float(points_table.SCORE_PER_TABLE_POINT)
        spreads.append([(best * (step - 0.5), 0.25) for step in (0.0, 1 / 3, 2 / 3, 1.0)])
    return spreads


def _ends(score_points: int, spreads: Iterable[Spread]) -> tuple[int, int]:
    """Return both ends; the sums of all combinations are added up in whole points."""
    sums = {score_points: 1.0}
    for spread in spreads:
        grown: dict[int, float] = {}
        for points, share in sums.items():
            for more, of_bin in spread:
                total = points + round(more)
                grown[total] = grown.get(total, 0.0) + share * of_bin
        sums = grown
    tail = (1.0 - COVERED_SHARE) / 2
    low, high = _quantile(sums, tail), _quantile(sums, 1.0 - tail)
    return _on_scale(min(low, score_points)), _on_scale(max(high, score_points))


def _quantile(sums: dict[int, float], share: float) -> int:
    reached = 0.0
    ordered = sorted(sums)
    for points in ordered:
        reached += sums[points]
        if reached >= share - 1e-12:
            return points
    return ordered[-1]


def _on_scale(points: int) -> int:
    return min(max(points, MIN_SCORE_POINTS), MAX_SCORE_POINTS)

"""The reasons of many scores: ranked as columns, worded once per characteristic and value."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np

from scoring.engine import reasons
from scoring.engine.factor_columns import FloatArray, IntArray
from scoring.engine.reasons import MAX_REASONS
from scoring.engine.score_columns import ScoreColumns
from scoring.engine.types import Calibration, Contribution, FinancialScore, Reason

NONE = -1
# Ratios repeat among applicants far less than counts do; this holds the reasons of one block.
REMEMBERED = 65_536
_ANY_CALIBRATION: Final = Calibration(0.0, 0.0)


def losses(scores: ScoreColumns) -> IntArray:
    """Return the characteristics that lost most points, (n, 4), by index, the most lost first.

    ``NONE`` fills the places of those with fewer.
    """
    distance = np.where(scores.counts, scores.points - scores.population_points, 0)
    # A stable sort keeps the estimator's own order among equal losses, as for one applicant.
    ranked = np.argsort(distance, axis=1, kind="stable")[:, :MAX_REASONS]
    lost = np.take_along_axis(distance, ranked, axis=1) < 0
    return np.where(lost, ranked, NONE)


def adverse_reasons(
    scores: ScoreColumns, values: Mapping[str, FloatArray]
) -> list[tuple[Reason, ...]]:
    """Return the reasons of each row of ``scores``, as ``reasons.adverse_reasons`` gives them.

    ``values`` are the characteristics of the whole table, of which ``scores.rows`` are rows.
    """
    columns = {name: values[name][scores.rows].tolist() for name in scores.names}
    distance = (scores.points - scores.population_points).tolist()
    return [
        tuple(
            _reason(scores.names[index], _value(columns[scores.names[index]][place]),
                    distance[place][index])
            for index in ranked
            if index != NONE
        )
        for place, ranked in enumerate(losses(scores).tolist())
    ]  # fmt: skip


def _value(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124  # NaN alone differs from itself


@lru_cache(maxsize=REMEMBERED)
def _reason(characteristic: str, value: float | None, points: int) -> Reason:
    """Word one loss by the function that words those of one applicant."""
    alone = FinancialScore(
        estimator="",
        score_points=0,
        base_points=0,
        contributions=(Contribution(characteristic, points),),
        calibration=_ANY_CALIBRATION,
        population_points={characteristic: 0},
    )
    (reason,) = reasons.adverse_reasons(alone, {characteristic: value})
    return reason

"""Points of all bins fitted together: moved by many rows only, and never against their trend."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from scoring.engine import metrics
from scoring.training.joint_points import Points, refine
from scoring.training.woe_scorecard import WoePart

pytestmark = pytest.mark.training


def drawn(count: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Two characteristics of four bins; the second says nothing that the first does not."""
    generator = np.random.default_rng(3)
    first = generator.integers(0, 4, count)
    second = np.where(generator.random(count) < 0.7, first, generator.integers(0, 4, count))
    log_odds = np.array([-1.5, -0.5, 0.5, 2.5])[first]
    is_good = (generator.random(count) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return [first, second], is_good, log_odds


def begun(indices: list[np.ndarray]) -> list[Points]:
    steps = np.array([-0.6, -0.2, 0.2, 0.6])
    return [Points(steps, index, 4, []) for index in indices]


def test_many_rows_move_the_points_and_few_do_not() -> None:
    indices, is_good, log_odds = drawn(40_000)
    parts = begun(indices)
    points, intercept = refine(parts, is_good, 0.0)
    total = intercept + sum(p[index] for p, index in zip(points, indices, strict=True))
    assert np.mean((total - log_odds) ** 2) < 0.1
    assert np.ptp(points[1]) < 0.7 * np.ptp(parts[1].points)
    few = [index[:100] for index in indices]
    stayed, _ = refine(begun(few), is_good[:100], 0.0)
    assert np.max(np.abs(stayed[0] - parts[0].points)) < 0.15


def test_the_direction_of_a_trend_is_kept() -> None:
    indices, is_good, _ = drawn(40_000)
    against = [Points(-begun(indices)[0].points, indices[0], 4, [])]
    points, _ = refine(against, is_good, 0.0)
    assert np.all(np.diff(points[0]) <= 1e-12)


def test_bins_stay_within_their_limits() -> None:
    indices, is_good, _ = drawn(40_000)
    limits = [(0.0, 0.0), (None, None), (None, None), (None, 0.0)]
    points, _ = refine([Points(np.zeros(4), indices[0], 0, limits)], is_good, 0.0)
    assert points[0][0] == 0
    assert points[0][3] <= 0
    assert points[0][1] < points[0][2]


def test_a_scorecard_says_more_with_its_points_fitted_together() -> None:
    indices, is_good, _ = drawn(12_000)
    generator = np.random.default_rng(5)
    rows = pd.DataFrame({f"x{n}": index + generator.random(12_000) / 2 for n, index in
                         enumerate(indices)})  # fmt: skip
    learned = np.arange(12_000) < 8000
    part = WoePart().fit(rows[learned], 1 - is_good[learned])
    for bins, points in zip(part.bins_, part.points, strict=True):
        ordered = slice(0, bins.plain_bins)
        rising = np.diff(bins.woe[ordered]) >= 0
        assert np.all((np.diff(points[ordered]) >= -1e-9) == rising)
    together = metrics.log_loss(1 - is_good[~learned], _risk(part, rows[~learned]))
    part.points_ = None
    alone = metrics.log_loss(1 - is_good[~learned], _risk(part, rows[~learned]))
    assert together < alone


def _risk(part: WoePart, rows: pd.DataFrame) -> np.ndarray:
    return 1 / (1 + np.exp(-part.log_odds_event(rows)))

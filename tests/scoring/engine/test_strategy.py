import numpy as np
import pytest

from scoring.engine.champion import compare
from scoring.engine.strategy import Assumptions, ScoreSum, cut_off_curve, most_profitable
from tests.scoring.engine import builders

# Two loans of 1000 at 500 points, each with p = 0.5; one of 2000 at 700 with p = 0.1.
BOOK = [
    ScoreSum(500, 2, 1.0, 2000.0, 1000.0, good=1, bad=1),
    ScoreSum(700, 1, 0.1, 2000.0, 200.0, good=3, bad=1),
]
TERMS = Assumptions(loss_given_default=0.5, margin=0.1, cost_per_loan=10.0)


def test_each_cut_off_is_summed_by_hand() -> None:
    curve = {row.points: row for row in cut_off_curve(BOOK, TERMS)}
    assert len(curve) == 551
    low = curve[500]
    assert (low.approved, low.approval_rate, low.outcomes) == (3, 1.0, 6)
    assert low.expected_default_rate == pytest.approx(1.1 / 3)
    assert low.realised_default_rate == pytest.approx(2 / 6)
    assert low.expected_loss == pytest.approx(0.5 * 1200)
    assert low.profit == pytest.approx(0.1 * (4000 - 1200) - 600 - 30)
    high = curve[501]
    assert high == curve[700].__class__(**{**_fields(curve[700]), "points": 501})
    assert high.profit == pytest.approx(0.1 * 1800 - 100 - 10)
    none = curve[701]
    assert (none.approved, none.expected_default_rate, none.profit) == (0, None, 0.0)
    assert none.realised_default_rate is None


def _fields(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}


def test_the_most_profitable_cut_off_is_the_lowest_of_the_best() -> None:
    best = most_profitable(cut_off_curve(BOOK, TERMS))
    assert best is not None
    assert best.points == 501
    assert most_profitable(cut_off_curve([], TERMS)) is None


def test_a_challenger_is_compared_class_by_class_and_at_one_approval_rate() -> None:
    policy = builders.policy()
    random = np.random.default_rng(5)
    risk = random.uniform(0.01, 0.3, 4000)
    bad = (random.uniform(size=4000) < risk).astype(float)
    noisy = np.clip(risk + random.normal(0, 0.2, 4000), 0.001, 0.999)
    reaches = risk < 0.1
    found = compare(risk, noisy, bad, reaches, policy)
    assert sum(map(sum, found.migration)) == found.cases == found.outcomes == 4000
    assert sum(found.migration[0]) == int((risk < policy.good_below_probability).sum())
    assert found.champion_auc > found.challenger_auc > 0.5
    assert found.approval_share == pytest.approx(reaches.mean())
    assert found.champion_default_rate < found.challenger_default_rate
    same = compare(risk, risk, bad, reaches, policy)
    assert (same.moved, same.champion_auc) == (0, same.challenger_auc)


def test_without_outcomes_there_is_only_the_migration() -> None:
    found = compare([0.01, 0.5], [0.5, 0.5], [np.nan, 1.0], [True, False], builders.policy())
    assert found.migration == ((0, 0, 1), (0, 0, 0), (0, 0, 1))
    assert (found.moved, found.outcomes, found.champion_auc) == (1, 1, None)

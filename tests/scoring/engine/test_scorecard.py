import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine.scorecard import Scale, parse_scorecard
from scoring.engine.types import FinancialFactors
from tests.scoring.engine import builders, strategies

SCALE = Scale(base_points=600, base_odds=15.0, points_to_double_odds=50)


def test_points_to_double_the_odds() -> None:
    calibration = SCALE.calibration
    at_base = calibration.probability_of_default(600)
    above = calibration.probability_of_default(650)
    assert (1 - at_base) / at_base == pytest.approx(15.0)
    assert (1 - above) / above == pytest.approx(30.0)


def test_points_by_hand() -> None:
    factors = FinancialFactors(card_utilisation_percent=Decimal(80), overdue_payments=1)
    score = builders.scorecard().score(factors, SCALE)
    factor = 50 / math.log(2)
    assert score.base_points == round(600 - factor * math.log(15) + factor * 2.0) == 549
    assert [(c.characteristic, c.points) for c in score.contributions] == [
        ("card_utilisation_percent", -79),
        ("overdue_payments", -58),
        ("assets_to_liabilities", 0),
    ]
    assert score.score_points == 412
    assert score.missing == ("assets_to_liabilities",)


def test_bins_include_their_lower_edge() -> None:
    card = builders.scorecard()
    below = card.score(FinancialFactors(card_utilisation_percent=Decimal("29.99")), SCALE)
    at = card.score(FinancialFactors(card_utilisation_percent=Decimal(30)), SCALE)
    assert below.contributions[0].points == 65
    assert at.contributions[0].points == 0


def test_a_score_outside_the_scale_says_what_the_limit_took() -> None:
    steep = Scale(base_points=850, base_odds=1.0, points_to_double_odds=50)
    score = builders.scorecard().score(FinancialFactors(overdue_payments=0), steep)
    assert score.score_points == 850
    assert score.contributions[-1].characteristic == "scale_limit"
    assert score.base_points + sum(c.points for c in score.contributions) == 850


@given(strategies.factors, st.integers(300, 850), st.integers(5, 120))
def test_contributions_and_base_points_sum_exactly(
    factors: FinancialFactors, base_points: int, points_to_double_odds: int
) -> None:
    scale = Scale(base_points, 15.0, points_to_double_odds)
    score = builders.scorecard().score(factors, scale)
    assert score.base_points + sum(c.points for c in score.contributions) == score.score_points
    assert 300 <= score.score_points <= 850


@given(strategies.factors, st.sampled_from(["0.01", "3", "7.5", "1000"]))
def test_the_currency_does_not_matter(factors: FinancialFactors, constant: str) -> None:
    other = strategies.scaled(factors, Decimal(constant))
    card = builders.scorecard()
    assert card.score(other, SCALE) == card.score(factors, SCALE)


def test_population_mean_weighs_bins_by_their_share() -> None:
    card = builders.scorecard()
    # .5 · 65 + .3 · 0 + .2 · -79 = 16.7
    assert card.characteristics[0].mean_points(SCALE.factor) == 17


@pytest.mark.parametrize(("index", "edge", "value"), [(0, "lower", 0.0), (1, "lower", 31.0)])
def test_bins_that_leave_a_gap_are_refused(index: int, edge: str, value: float) -> None:
    content = builders.scorecard_content()
    content["characteristics"][0]["bins"][index][edge] = value
    with pytest.raises(ValueError, match="card_utilisation_percent"):
        parse_scorecard(content)

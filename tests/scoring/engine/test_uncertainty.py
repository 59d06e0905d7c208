"""The interval of a score: from what the population has where this applicant has nothing."""

from decimal import Decimal

from hypothesis import given, settings

from scoring.engine import fusion
from scoring.engine.types import FinancialFactors
from scoring.engine.uncertainty import interval_of
from tests.scoring.engine import builders, strategies

ESTIMATORS, POLICY = builders.estimators(), builders.policy()
KNOWN = FinancialFactors(
    card_utilisation_percent=Decimal(20),
    overdue_payments=0,
    total_assets=Decimal(200),
    total_liabilities=Decimal(100),
)


def scored(factors: FinancialFactors) -> fusion.ScoreResult:
    return fusion.score(factors, [], estimators=ESTIMATORS, policy=POLICY, as_of=builders.TODAY)


def test_with_nothing_missing_the_interval_is_the_score() -> None:
    result = scored(KNOWN)
    assert (result.interval.low, result.interval.high) == (result.financial.score_points,) * 2
    assert not result.interval.is_wide


def test_one_gap_spreads_over_the_bins_of_the_population() -> None:
    """Utilisation unknown: 65, 0 and -79 points with shares 0.5, 0.3 and 0.2 at 50 a doubling."""
    result = scored(FinancialFactors(overdue_payments=0, total_assets=1, total_liabilities=2))
    own = result.financial.score_points
    assert (result.interval.low, result.interval.high) == (own - 79, own + 65)
    assert result.interval.is_wide
    assert result.interval.missing == ("card_utilisation_percent",)


def test_rare_bins_lie_outside_nine_tenths() -> None:
    """Overdue payments unknown: the worst bin holds 5 % and is exactly the tail."""
    known = FinancialFactors(card_utilisation_percent=20, total_assets=1, total_liabilities=2)
    result = scored(known)
    of_missing = round(POLICY.scale.factor * -0.1)
    worst_but_one = round(POLICY.scale.factor * -0.8)
    lowest = round(POLICY.scale.factor * -2.0)
    low = result.interval.low - result.financial.score_points
    assert low in {worst_but_one - of_missing, lowest - of_missing}


def test_expert_points_count_each_bin_the_same() -> None:
    result = scored(FinancialFactors(card_utilisation_percent=20, overdue_payments=0))
    own = result.financial.score_points
    assert (result.interval.low, result.interval.high) == (own - 14, own + 14)
    assert not result.interval.is_wide


def test_the_table_that_decides_on_three_factors_is_told_to_be_unsure() -> None:
    thin = FinancialFactors(
        annual_income=Decimal(12_000),
        monthly_debt_payments=Decimal(100),
        income_stable=True,
        total_assets=Decimal(10),
        total_liabilities=Decimal(5),
    )
    result = scored(thin)
    assert result.financial.estimator == "points_table"
    assert result.interval.is_wide
    assert result.interval.low < result.financial.score_points


@settings(max_examples=60)
@given(strategies.factors)
def test_the_score_lies_within_its_interval_and_more_known_never_lengthens_the_list(
    factors: FinancialFactors,
) -> None:
    result = scored(factors)
    interval = interval_of(result.financial, ESTIMATORS.scorecard, POLICY.scale)
    assert interval == result.interval
    assert 300 <= interval.low <= result.financial.score_points <= interval.high <= 850
    assert bool(interval.missing) or interval.low == interval.high

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine import points_table
from scoring.engine.types import Calibration, FinancialFactors
from tests.scoring.engine import strategies

CALIBRATION = Calibration(intercept=-5.0, slope_per_point=0.013)
BEST = FinancialFactors(
    annual_income=Decimal(60000),
    monthly_debt_payments=Decimal(500),
    income_stable=True,
    credit_history_years=Decimal(12),
    overdue_payments=0,
    card_utilisation_percent=Decimal(10),
    total_assets=Decimal(90000),
    total_liabilities=Decimal(10000),
    open_accounts=7,
)
WORST = FinancialFactors(
    annual_income=Decimal(12000),
    monthly_debt_payments=Decimal(900),
    income_stable=False,
    credit_history_years=Decimal(1),
    overdue_payments=5,
    card_utilisation_percent=Decimal(95),
    total_assets=Decimal(10),
    total_liabilities=Decimal(90000),
    open_accounts=0,
)


@pytest.mark.parametrize(
    ("field", "value", "points"),
    [
        ("credit_history_years", "1.99", 0),
        ("credit_history_years", "2", 50),
        ("credit_history_years", "4", 100),
        ("credit_history_years", "5.99", 100),
        ("credit_history_years", "6", 150),
        ("overdue_payments", "3", 0),
        ("overdue_payments", "11", 0),
        ("overdue_payments", "2", 50),
        ("overdue_payments", "1", 100),
        ("overdue_payments", "0", 150),
        ("card_utilisation_percent", "30", 150),
        ("card_utilisation_percent", "30.01", 100),
        ("card_utilisation_percent", "50", 100),
        ("card_utilisation_percent", "70", 50),
        ("card_utilisation_percent", "70.01", 0),
        ("open_accounts", "0", 0),
        ("open_accounts", "1", 50),
        ("open_accounts", "2", 50),
        ("open_accounts", "3", 100),
        ("open_accounts", "5", 100),
        ("open_accounts", "6", 150),
    ],
)
def test_points_at_the_edges_of_the_bins(field: str, value: str, points: int) -> None:
    number: Decimal | int = int(value) if value.isdigit() else Decimal(value)
    assert points_table.table_points(FinancialFactors(**{field: number})) == {field: points}


@pytest.mark.parametrize(
    ("monthly", "points"),
    [("20", 150), ("20.01", 100), ("40", 100), ("60", 50), ("60.01", 0)],
)
def test_debt_to_income_includes_the_upper_edge(monthly: str, points: int) -> None:
    factors = FinancialFactors(annual_income=Decimal(1200), monthly_debt_payments=Decimal(monthly))
    assert points_table.table_points(factors) == {"debt_to_income_percent": points}


@pytest.mark.parametrize(("assets", "points"), [("98", 0), ("100", 100), ("102", 150)])
def test_assets_against_debts(assets: str, points: int) -> None:
    factors = FinancialFactors(total_assets=Decimal(assets), total_liabilities=Decimal(100))
    assert points_table.table_points(factors) == {"assets_to_liabilities": points}


def test_the_best_table_scores_850_and_the_worst_300() -> None:
    assert points_table.score(BEST, CALIBRATION).score_points == 850
    assert points_table.score(WORST, CALIBRATION).score_points == 300


def test_a_middle_table_is_mapped_linearly() -> None:
    # 100 + 100 + 50 + 150 + 0 + 100 + 50 = 550 of 1000; 300 + (550 - 50) · 550 / 950 = 589.47
    middle = replace(
        BEST,
        credit_history_years=Decimal(5),
        overdue_payments=1,
        card_utilisation_percent=Decimal(60),
        total_assets=Decimal(1),
        open_accounts=2,
    )
    assert sum(points_table.table_points(middle).values()) == 550
    assert points_table.score(middle, CALIBRATION).score_points == 589


def test_a_missing_factor_is_left_out_and_named_and_the_rest_rescaled() -> None:
    # 100 of 150 rescaled to 666.67 of 1000: 300 + 616.67 · 550 / 950 = 657.02
    score = points_table.score(FinancialFactors(overdue_payments=1), CALIBRATION)
    assert score.score_points == 657
    assert "overdue_payments" not in score.missing
    assert len(score.missing) == 6


def test_nothing_at_all_has_no_score() -> None:
    assert points_table.score(FinancialFactors(), CALIBRATION) is None


@given(strategies.factors)
def test_contributions_sum_exactly_and_stay_on_the_scale(factors: FinancialFactors) -> None:
    score = points_table.score(factors, CALIBRATION)
    if score is None:
        assert points_table.table_points(factors) == {}
        return
    assert score.base_points + sum(c.points for c in score.contributions) == score.score_points
    assert 300 <= score.score_points <= 850


@given(strategies.factors, st.sampled_from(["0.01", "3", "7.5", "1000"]))
def test_the_currency_does_not_matter(factors: FinancialFactors, constant: str) -> None:
    other = strategies.scaled(factors, Decimal(constant))
    assert points_table.score(other, CALIBRATION) == points_table.score(factors, CALIBRATION)

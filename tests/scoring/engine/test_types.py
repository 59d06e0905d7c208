import math
from decimal import Decimal

import pytest

from media_processing.analysis.types import EMOTIONS as ANALYSIS_EMOTIONS
from scoring.engine.types import EMOTIONS, Balance, CreditClass, FinancialFactors


def test_emotions_have_the_order_of_the_analysis() -> None:
    assert EMOTIONS == ANALYSIS_EMOTIONS


def test_debt_to_income_is_yearly_payments_per_yearly_income_in_percent() -> None:
    factors = FinancialFactors(
        annual_income=Decimal("48000"), monthly_debt_payments=Decimal("1000")
    )
    assert factors.debt_to_income_percent == 25.0


@pytest.mark.parametrize("income", [None, Decimal(0)])
def test_ratios_to_an_income_that_is_not_there_are_missing(income: Decimal | None) -> None:
    factors = FinancialFactors(
        amount=Decimal(5000), annual_income=income, monthly_debt_payments=Decimal(10)
    )
    assert factors.debt_to_income_percent is None
    assert factors.loan_to_income is None


@pytest.mark.parametrize(
    ("assets", "debts", "balance"),
    [
        ("99", "100", Balance.EQUAL),
        ("98.99", "100", Balance.LESS),
        ("101", "100", Balance.EQUAL),
        ("101.01", "100", Balance.MORE),
        ("0", "0", Balance.EQUAL),
        ("1", "0", Balance.MORE),
    ],
)
def test_balance_is_equal_within_one_percent_of_the_debts(
    assets: str, debts: str, balance: Balance
) -> None:
    factors = FinancialFactors(total_assets=Decimal(assets), total_liabilities=Decimal(debts))
    assert factors.balance is balance


def test_assets_without_debts_are_infinitely_many_times_the_debts() -> None:
    factors = FinancialFactors(total_assets=Decimal(5), total_liabilities=Decimal(0))
    assert factors.assets_to_liabilities == math.inf


@pytest.mark.parametrize(
    ("stated", "years", "stable"),
    [(None, "2", True), (None, "1.9", False), (False, "9", False), (True, None, True)],
)
def test_stable_income_is_derived_from_the_years_only_where_it_was_not_stated(
    stated: bool | None, years: str | None, stable: bool
) -> None:
    employment_years = None if years is None else Decimal(years)
    factors = FinancialFactors(income_stable=stated, employment_years=employment_years)
    assert factors.stable_income is stable


def test_characteristics_hold_no_money_and_nothing_about_the_person() -> None:
    assert set(FinancialFactors().characteristics()) == {
        "card_utilisation_percent",
        "overdue_payments",
        "debt_to_income_percent",
        "open_accounts",
        "credit_history_years",
        "income_stable",
        "assets_to_liabilities",
        "recent_enquiries",
        "loan_to_income",
        "guaranteed_share_percent",
        "employees",
        "jobs_created",
        "real_estate_backed",
    }


def test_a_worse_class_has_a_higher_rank() -> None:
    assert [each.rank for each in CreditClass] == [0, 1, 2]
    assert CreditClass.POOR.rank > CreditClass.STANDARD.rank > CreditClass.GOOD.rank

import re
from decimal import Decimal

import pytest
from hypothesis import given

from scoring.engine import points_table
from scoring.engine.reasons import WORDINGS, adverse_reasons, strengths
from scoring.engine.types import FinancialFactors, FinancialScore
from tests.scoring.engine import builders, strategies

SCALE = builders.policy().scale
FORBIDDEN = re.compile(
    r"emotion|expression|voice|face|gait|walk|smil|angry|anger|fear|sad|lying|honest|trustworth"
    r"|\bage\b|sex|gender|race|relig|national|marital|disab|ethnic",
    re.IGNORECASE,
)


def reasons_of(factors: FinancialFactors) -> tuple[FinancialScore, dict[str, float | None]]:
    return builders.scorecard().score(factors, SCALE), factors.characteristics()


def test_reasons_are_ranked_by_points_lost_against_the_population() -> None:
    factors = FinancialFactors(card_utilisation_percent=Decimal(80), overdue_payments=1)
    reasons = adverse_reasons(*reasons_of(factors))
    assert [(each.code, each.points) for each in reasons] == [
        ("card_utilisation", -96),
        ("overdue_payments", -82),
    ]
    assert reasons[0].value == 80.0
    assert reasons[0].text == "Card balances use 80 % of the limits; a lower share scores better."


def test_strengths_are_what_was_won() -> None:
    won = strengths(*reasons_of(FinancialFactors(overdue_payments=0)))
    assert [(each.code, each.points) for each in won] == [("overdue_payments", 26)]


def test_assets_without_debts_read_as_such_and_carry_no_infinity() -> None:
    factors = FinancialFactors(total_assets=Decimal(5), total_liabilities=Decimal(0))
    (asset,) = (each for each in strengths(*reasons_of(factors)) if "asset" in each.code)
    assert (asset.text, asset.value) == ("There are no debts against the assets.", None)


@given(strategies.factors)
def test_at_most_four_reasons_all_of_them_lost_points(factors: FinancialFactors) -> None:
    score, values = reasons_of(factors)
    reasons = adverse_reasons(score, values)
    assert len(reasons) <= 4
    assert all(each.points < 0 for each in reasons)
    assert [each.points for each in reasons] == sorted(each.points for each in reasons)


@given(strategies.factors)
def test_a_missing_value_is_named_as_missing(factors: FinancialFactors) -> None:
    score, values = reasons_of(factors)
    for reason in adverse_reasons(score, values) + strengths(score, values):
        assert ("not given" in reason.text) == (values[reason.characteristic] is None) or (
            reason.text.startswith("Nothing was given")
        )


def test_every_characteristic_of_every_estimator_has_its_own_sentence() -> None:
    names = set(FinancialFactors().characteristics()) | set(points_table.FACTORS)
    assert names == set(WORDINGS)
    assert len({wording.code for wording in WORDINGS.values()}) == len(WORDINGS)
    assert len({wording.lost for wording in WORDINGS.values()}) == len(WORDINGS)


@pytest.mark.parametrize("name", sorted(WORDINGS))
def test_no_sentence_speaks_of_behaviour_or_a_protected_attribute(name: str) -> None:
    wording = WORDINGS[name]
    for text in (wording.code, wording.lost, wording.won, wording.not_given):
        assert not FORBIDDEN.search(text)

"""The points table ranks a lender's own loans by the characteristics of the form."""

import math

import pytest

pd = pytest.importorskip("pandas")

from scoring.training import form_points  # noqa: E402

pytestmark = pytest.mark.training
COLUMNS_AS = {
    "late": "overdue_payments",
    "use": "card_utilisation_percent",
    "debt": "debt_to_income_percent",
    "balance": "assets_to_liabilities",
}
CALM = {"late": 0.0, "use": 10.0, "debt": 15.0, "balance": 3.0}
STRAINED = {"late": 4.0, "use": 95.0, "debt": 70.0, "balance": 0.2}


def bad(*rows: dict[str, float], columns_as: dict[str, str] = COLUMNS_AS) -> list[float]:
    return list(form_points.risk(pd.DataFrame(rows), columns_as)[:, 1])


def test_more_strain_is_more_risk_and_the_ends_are_the_scale() -> None:
    calm, strained = bad(CALM, STRAINED)
    assert (calm, strained) == (0.0, 1.0)


@pytest.mark.parametrize("name", list(CALM))
def test_each_factor_moves_the_risk(name: str) -> None:
    calm, moved = bad(CALM, CALM | {name: STRAINED[name]})
    assert moved > calm


def test_what_is_missing_is_left_out_as_on_the_form() -> None:
    calm, without = bad(CALM, CALM | {"late": math.nan})
    assert without == calm
    assert bad(dict.fromkeys(CALM, math.nan)) == [1.0]


def test_values_beyond_all_bounds_are_ranked() -> None:
    assert bad(CALM | {"balance": math.inf, "use": 1e300})[0] > bad(CALM)[0]


def test_ratios_come_back_as_they_were() -> None:
    factors = form_points.factors_of({"debt_to_income_percent": 37.5, "assets_to_liabilities": 1.5})
    assert factors.debt_to_income_percent == 37.5
    assert factors.assets_to_liabilities == 1.5


def test_two_factors_say_too_little() -> None:
    two = {"late": "overdue_payments", "use": "card_utilisation_percent"}
    assert form_points.risk(pd.DataFrame([CALM]), two) is None

"""A column in another unit than the application form's is seen before anything is learned."""

from typing import Any

import pytest

from scoring.column_units import doubts
from scoring.training_forms import form_for
from tests.scoring import training_stand_ins as stand_ins


def column(name: str = "x", **values: Any) -> dict[str, Any]:
    known = {"name": name, "minimum": 0.0, "maximum": 90.0, "high": 80.0, "distinct": 50}
    return known | values


@pytest.mark.parametrize(
    ("served", "values", "said"),
    [
        ("card_utilisation_percent", {"high": 0.98, "maximum": 50_708.0}, "multiply"),
        ("debt_to_income_percent", {"high": 4200.0}, "money"),
        ("overdue_payments", {"high": 900.0}, "count"),
        ("credit_history_years", {"high": 300.0}, "months"),
        ("income_stable", {"high": 2.0}, "1 (yes)"),
        ("loan_to_income", {"high": 25_000.0}, "divided"),
        ("assets_to_liabilities", {"high": 9000.0}, "divided"),
        ("open_accounts", {"minimum": -1.0, "high": 12.0}, "below 0"),
        ("open_accounts", {"minimum": None, "maximum": None, "high": None}, "no numbers"),
    ],
)
def test_a_column_in_another_unit_is_doubted(
    served: str, values: dict[str, Any], said: str
) -> None:
    (doubt,) = doubts([column(**values)], {"x": served})
    assert said in doubt
    assert doubt.startswith("x ")


@pytest.mark.parametrize(
    ("served", "values"),
    [
        ("card_utilisation_percent", {}),
        ("card_utilisation_percent", {"high": 1.0, "maximum": 1.0, "distinct": 2}),
        ("overdue_payments", {"high": 3.0}),
        ("credit_history_years", {"high": 32.0}),
        ("income_stable", {"high": 1.0, "maximum": 1.0}),
        ("loan_to_income", {"high": 3.5}),
        ("employees", {"high": 40_000.0}),
    ],
)
def test_a_column_in_the_unit_of_the_form_is_not(served: str, values: dict[str, Any]) -> None:
    assert doubts([column(**values)], {"x": served}) == []


def test_an_older_profile_is_judged_by_its_highest_value() -> None:
    old = {key: value for key, value in column(maximum=0.9).items() if key != "high"}
    assert doubts([old], {"x": "card_utilisation_percent"})
    assert doubts([old], {"y": "card_utilisation_percent"}) == []


def test_the_form_asks_once_more_and_takes_the_answer() -> None:
    profile = stand_ins.profile()
    profile["columns"][0]["maximum"] = 700.0
    data = {"target": "default", "folds": "5", "minutes": "15", "estimators": ["tree"],
            "class_weight": "none", "trend": "one_turn"}  # fmt: skip
    data |= {f"use_{number}": "use" for number in range(4)}
    data |= {f"as_{number}": "" for number in range(4)}
    data["as_0"] = "overdue_payments"
    form = form_for(profile)(data)
    assert not form.is_valid()
    assert "700" in form.unit_doubts[0]
    sure = form_for(profile)(data | {"units_checked": "on"})
    assert sure.is_valid()
    assert sure.choice()["columns_as"] == {"overdue_payments": "overdue_payments"}

"""The small drawings: where a score lies, and how far an adjustment reaches within its cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine.reasons import WORDINGS
from scoring.explanation import CHARACTERISTICS, label_of, preview, written
from scoring.views.drawing import cap_meter, x_percent


@pytest.mark.parametrize(
    ("score", "percent"), [(300, 0), (575, 50), (850, 100), (200, 0), (900, 100)]
)
def test_the_scale_runs_from_300_to_850(score: int, percent: float) -> None:
    assert x_percent(score) == percent


@pytest.mark.parametrize(
    ("points", "x", "width"),
    [(0, 50, 0), (30, 50, 50), (-30, 0, 50), (15, 50, 25), (-15, 25, 25), (99, 50, 50)],
)
def test_an_adjustment_is_drawn_from_the_middle(points: int, x: float, width: float) -> None:
    meter = cap_meter(30, points)
    assert (meter.x_percent, meter.width_percent) == (x, width)


@given(cap=st.integers(0, 30), points=st.integers(-200, 200))
def test_no_bar_leaves_the_meter(cap: int, points: int) -> None:
    meter = cap_meter(cap, points)
    assert meter.x_percent >= 0
    assert meter.x_percent + meter.width_percent <= 100


def test_every_characteristic_with_a_reason_has_a_name() -> None:
    assert set(CHARACTERISTICS) == set(WORDINGS)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("card_utilisation_percent", 33.4, "33 %"),
        ("credit_history_years", 7.0, "7 years"),
        ("credit_history_years", 7.5, "7.5 years"),
        ("income_stable", 0.0, "no"),
        ("assets_to_liabilities", float("inf"), ""),
        ("loan_to_income", None, ""),
        ("limit_of_the_scale", 3.0, ""),
    ],
)
def test_a_value_is_written_with_its_unit(name: str, value: float | None, text: str) -> None:
    assert written(name, value) == text


def test_an_unnamed_part_keeps_its_own_words() -> None:
    assert label_of("limit_of_the_scale") == "Limit of the scale"


@pytest.mark.parametrize(("score", "reaches"), [(559, False), (560, True)])
def test_a_preview_says_on_which_side_of_the_cut_off_a_score_lies(
    score: int, reaches: bool
) -> None:
    shown = preview(score, 560)
    assert shown.reaches_cut_off is reaches
    assert "560" in shown.text

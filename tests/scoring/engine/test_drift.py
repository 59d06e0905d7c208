"""Drift: hand-computed figures, and properties that must hold for any population."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine import drift
from scoring.engine.scorecard import Bin, Characteristic, Source

TRAINED = Source("trained", "cases made by code", 100, "none")
LATE = Characteristic(
    "overdue_payments",
    "count",
    (Bin(None, 1.0, 0.5, 0.6), Bin(1.0, 3.0, -0.5, 0.3), Bin(3.0, None, -1.0, 0.0)),
    Bin(None, None, 0.0, 0.1),
    TRAINED,
)


def test_a_value_on_an_edge_belongs_to_the_bin_that_starts_there() -> None:
    counts = drift.bin_counts([0.0, 1.0, 2.9, 3.0, np.nan], [1.0, 3.0])
    assert counts.tolist() == [1, 2, 1, 1]


def test_counts_take_weights() -> None:
    assert drift.bin_counts([500, 600, 700], [600], [2, 3, 5]).tolist() == [2, 8, 0]


def test_the_same_shares_have_no_index_and_move_no_point() -> None:
    values = [0.0] * 60 + [1.0] * 30 + [np.nan] * 10
    shift = drift.characteristic_shift(LATE, values, factor=72.13)
    assert shift.index == pytest.approx(0.0, abs=1e-9)
    assert shift.points == pytest.approx(0.0, abs=1e-9)
    assert shift.missing_share == pytest.approx(0.1)


def test_a_shift_is_the_sum_over_bins_as_computed_by_hand() -> None:
    values = [0.0] * 30 + [1.0] * 60 + [np.nan] * 10
    shift = drift.characteristic_shift(LATE, values, factor=100.0)
    assert shift.index == pytest.approx(2 * 0.3 * math.log(2), rel=1e-4)
    assert shift.points == pytest.approx(-0.3 * 50 + 0.3 * -50)


def test_a_reference_month_takes_the_place_of_the_artifact() -> None:
    shift = drift.characteristic_shift(LATE, [0.0, 5.0], 100.0, reference=[0.0, 5.0])
    assert shift.index == pytest.approx(0.0, abs=1e-9)


def test_without_any_value_there_is_no_index() -> None:
    assert math.isnan(drift.characteristic_shift(LATE, [], 100.0).index)


def test_levels_leave_the_threshold_itself_calm() -> None:
    assert drift.level_above(0.1, 0.1, 0.2) == drift.Level.CALM
    assert drift.level_above(0.15, 0.1, 0.2) == drift.Level.WARN
    assert drift.level_above(0.21, 0.1, 0.2) == drift.Level.ALARM
    assert drift.level_above(math.nan, 0.1, 0.2) == drift.Level.CALM
    assert drift.level_below(0.79, 0.9, 0.8) == drift.Level.ALARM
    assert drift.level_below(0.85, 0.9, 0.8) == drift.Level.WARN


@pytest.mark.parametrize(
    ("statistic", "degrees", "expected"),
    [(18.307, 10, 0.05), (3.841, 1, 0.05), (7.815, 3, 0.05), (0.0, 10, 1.0), (23.209, 10, 0.01)],
)
def test_the_tail_of_chi_square_is_the_table_s(
    statistic: float, degrees: int, expected: float
) -> None:
    assert drift.chi_square_tail(statistic, degrees) == pytest.approx(expected, abs=2e-5)


def test_wilson_s_interval_is_the_published_one() -> None:
    low, high = drift.wilson_interval(1, 10)
    assert (low, high) == (pytest.approx(0.0179, abs=1e-4), pytest.approx(0.4042, abs=1e-4))
    assert drift.wilson_interval(0, 20)[0] == 0.0


def test_a_calibrated_score_shows_no_shift() -> None:
    random = np.random.default_rng(7)
    p = random.uniform(0.02, 0.4, 20_000)
    found = drift.calibration_drift(p, random.random(20_000) < p)
    assert found.interval[0] < 0 < found.interval[1]
    assert found.p_value > 0.01
    assert len(found.groups) == drift.CALIBRATION_GROUPS
    assert sum(each.rows for each in found.groups) == 20_000


def test_a_known_shift_of_the_log_odds_is_found() -> None:
    random = np.random.default_rng(7)
    p = random.uniform(0.02, 0.4, 40_000)
    odds = p / (1 - p) * math.exp(0.5)
    found = drift.calibration_drift(p, random.random(40_000) < odds / (1 + odds))
    assert found.in_the_large == pytest.approx(0.5, abs=0.08)
    assert found.interval[0] < 0.5 < found.interval[1]
    assert found.p_value < 1e-6


def test_no_default_at_all_stays_finite() -> None:
    found = drift.calibration_drift([0.1] * 50, [0] * 50)
    assert math.isfinite(found.in_the_large)
    assert found.in_the_large < 0


def test_calibration_needs_outcomes_of_the_same_shape() -> None:
    with pytest.raises(ValueError, match="one outcome per probability"):
        drift.calibration_drift([0.1, 0.2], [1])
    with pytest.raises(ValueError, match="at least one"):
        drift.calibration_drift([], [])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_every_value_is_counted_once(values: list[float]) -> None:
    counts = drift.bin_counts(values, drift.quantile_edges(values))
    assert counts.sum() == len(values)
    assert drift.shares(counts).sum() == pytest.approx(1.0)

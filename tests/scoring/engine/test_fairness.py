"""Figures by group: hand-computed, and bounded where there is too little to say."""

import numpy as np
import pytest

from scoring.engine.fairness import Part, compare, lowest_ratio

GROUPS = ["a"] * 100 + ["b"] * 50 + ["c"] * 10


def part(is_bad: bool = False) -> Part:
    """80 of 100 a, 30 of 50 b and all of 10 c are favoured; b lies half a point lower."""
    favoured = np.array([True] * 80 + [False] * 20 + [True] * 30 + [False] * 20 + [True] * 10)
    values = np.where(favoured, 620.0, 500.0)
    outcome = np.array(([0.0] * 60 + [1.0] * 40) + ([0.0] * 50) + [np.nan] * 10)
    return Part("final", values, favoured, outcome if is_bad else None)


def test_the_ratio_is_against_the_most_favoured_group_with_enough_rows() -> None:
    report = compare(part(), GROUPS)
    found = {each.group: each for each in report.groups}
    assert report.reference == "a"
    assert [each.group for each in report.groups] == ["a", "b", "c"]
    ratio = found["b"].adverse_impact_ratio
    assert ratio is not None
    assert ratio.value == pytest.approx(0.75)
    assert ratio.low < 0.75 < ratio.high
    # The usual interval of a ratio of proportions, by the delta method on its logarithm.
    error = np.sqrt(0.4 / (50 * 0.6) + 0.2 / (100 * 0.8))
    assert ratio.low == pytest.approx(0.75 * np.exp(-1.96 * error), abs=0.04)
    assert ratio.high == pytest.approx(0.75 * np.exp(1.96 * error), abs=0.04)
    assert found["a"].adverse_impact_ratio is None


def test_a_group_of_fewer_than_thirty_is_not_compared() -> None:
    small = compare(part(), GROUPS).groups[2]
    assert small.is_too_few
    assert (small.favourable_rate, small.mean, small.adverse_impact_ratio) == (None, None, None)


def test_the_mean_difference_is_in_standard_deviations_of_everybody() -> None:
    made = part()
    found = compare(made, GROUPS).groups[1].mean_difference
    assert found is not None
    assert found.value == pytest.approx((572.0 - 596.0) / made.values.std())
    assert found.low < found.value < found.high < 0


def test_gaps_need_thirty_good_or_bad_cases_in_both_groups() -> None:
    found = compare(part(is_bad=True), GROUPS).groups[1]
    # Of the good, all 60 of a and 30 of 50 of b are favoured; b has no bad case.
    assert found.true_positive_gap is not None
    assert found.true_positive_gap.value == pytest.approx(0.6 - 1.0)
    assert found.false_positive_gap is None
    assert (found.good_rows, found.bad_rows) == (50, 0)


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert compare(part(), GROUPS, seed=3) == compare(part(), GROUPS, seed=3)


def test_without_a_group_that_is_large_enough_nothing_is_compared() -> None:
    report = compare(part(), GROUPS, min_rows=1000)
    assert report.reference is None
    assert all(each.is_too_few for each in report.groups)
    assert lowest_ratio(report)[0] == ""


def test_a_group_nobody_of_which_is_favoured_has_a_finite_interval() -> None:
    values = np.zeros(80)
    favoured = np.array([True] * 40 + [False] * 40)
    found = compare(Part("final", values, favoured), ["a"] * 40 + ["b"] * 40).groups[1]
    assert found.adverse_impact_ratio is not None
    assert found.adverse_impact_ratio.value == 0.0
    assert np.isfinite(found.adverse_impact_ratio.high)
    # Equal values have no spread to measure a difference in.
    assert found.mean_difference is None


def test_calibration_of_a_group_finds_its_own_shift() -> None:
    random = np.random.default_rng(5)
    p = np.full(4000, 0.2)
    bad = np.concatenate([random.random(2000) < 0.2, random.random(2000) < 0.35]).astype(float)
    made = Part("financial", 600 - 100 * p, p < 0.5, bad, p)
    calm, shifted = compare(made, ["a"] * 2000 + ["b"] * 2000).groups
    assert calm.calibration_shift is not None
    assert calm.calibration_shift.low < 0 < calm.calibration_shift.high
    assert shifted.calibration_shift is not None
    assert shifted.calibration_shift.value == pytest.approx(
        np.log(0.35 / 0.65) - np.log(0.2 / 0.8), abs=0.15
    )


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="one group"):
        compare(part(), ["a"])

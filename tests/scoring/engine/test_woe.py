import math

import numpy as np
import pytest

from scoring.engine.woe import bin_index, information_value, woe


def test_woe_is_log_of_share_of_good_over_share_of_bad() -> None:
    # good 80/20 of 100, bad 5/15 of 20: ln(.8/.25) and ln(.2/.75)
    assert woe([80, 20], [5, 15]) == pytest.approx([math.log(3.2), math.log(0.2 / 0.75)])


def test_a_safer_bin_has_a_higher_woe() -> None:
    values = woe([900, 500, 100], [10, 50, 90])
    assert list(values) == sorted(values, reverse=True)


def test_information_value_by_hand() -> None:
    expected = (0.8 - 0.25) * math.log(3.2) + (0.2 - 0.75) * math.log(0.2 / 0.75)
    assert information_value([80, 20], [5, 15]) == pytest.approx(expected)


def test_a_bin_without_bad_cases_stays_finite() -> None:
    assert np.isfinite(woe([50, 50], [0, 10])).all()


@pytest.mark.parametrize(
    ("good", "bad"), [([1, 2], [1]), ([1, -1], [1, 1]), ([0, 0], [1, 1]), ([1, 1], [0, 0])]
)
def test_impossible_counts_are_refused(good: list[int], bad: list[int]) -> None:
    with pytest.raises(ValueError, match="counts"):
        woe(good, bad)


@pytest.mark.parametrize(("value", "index"), [(-9, 0), (0.99, 0), (1, 1), (1.5, 1), (3, 2)])
def test_bins_include_their_lower_edge(value: float, index: int) -> None:
    assert bin_index(value, [1.0, 3.0]) == index

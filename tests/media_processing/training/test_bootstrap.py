"""Intervals of an accuracy against what is known of them."""

import numpy as np
import pytest

from media_processing.training.bootstrap import score_intervals
from media_processing.training.gait_metrics import wilson


def test_the_interval_of_many_files_is_the_binomial_one() -> None:
    right = [place % 5 > 0 for place in range(400)]
    labels = ["happy"] * 400
    accuracy, uar = score_intervals(labels, right, [str(place) for place in range(400)])
    assert accuracy == pytest.approx(wilson(320, 400), abs=0.01)
    assert uar == accuracy


def test_a_rare_class_makes_the_recall_unsure_and_the_accuracy_not() -> None:
    labels = ["happy"] * 396 + ["fear"] * 4
    right = [True] * 396 + [True, True, False, False]
    accuracy, uar = score_intervals(labels, right, [str(place) for place in range(400)])
    assert np.ptp(accuracy) < 0.02 < 0.3 < np.ptp(uar)


def test_the_same_seed_gives_the_same_interval() -> None:
    case = (
        ["a", "b"] * 20,
        [True, False, True, True] * 10,
        [str(place // 2) for place in range(40)],
    )
    assert score_intervals(*case) == score_intervals(*case)
    assert score_intervals(*case) != score_intervals(*case, seed=1)


def test_where_everything_was_right_the_interval_still_says_how_little_was_seen() -> None:
    accuracy, uar = score_intervals(
        ["a"] * 12, [True] * 12, [str(place // 4) for place in range(12)]
    )
    assert accuracy == uar == wilson(3, 3)

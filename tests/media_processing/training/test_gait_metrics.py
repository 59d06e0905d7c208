"""Figures on few clips."""

import pytest

from media_processing.training.gait_metrics import (
    balanced_accuracy,
    confusion,
    interval,
    recalls,
    wilson,
)

CLASSES = ("a", "b", "c")


def test_balanced_accuracy_weighs_classes_alike_and_skips_absent_ones() -> None:
    truth, predicted = ["a"] * 8 + ["b"] * 2, ["a"] * 8 + ["a", "b"]

    assert recalls(truth, predicted, CLASSES) == {"a": 1.0, "b": 0.5}
    assert balanced_accuracy(truth, predicted, CLASSES) == 0.75
    assert confusion(truth, predicted, CLASSES) == [[8, 0, 0], [1, 1, 0], [0, 0, 0]]


def test_wilson_is_the_published_interval() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_single_clips_get_the_interval_of_a_proportion() -> None:
    truth = list(CLASSES)

    assert interval(truth, ["a", "b", "a"], CLASSES) == wilson(2, 3)


def test_a_drawn_interval_holds_the_figure() -> None:
    truth = ["a"] * 10 + ["b"] * 10
    predicted = ["a"] * 7 + ["b"] * 13
    low, high = interval(truth, predicted, CLASSES)

    assert low < balanced_accuracy(truth, predicted, CLASSES) < high
    assert interval(truth, truth, CLASSES) == (1.0, 1.0)

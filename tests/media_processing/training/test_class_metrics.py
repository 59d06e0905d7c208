"""Figures of a classifier against figures worked out by hand."""

import numpy as np
import pytest

from media_processing.training.class_metrics import (
    confusion_matrix,
    expected_calibration_error,
    restricted_uar,
    unweighted_average_recall,
)


def test_recall_is_averaged_over_the_classes_that_occur() -> None:
    truth, predicted = np.array([0, 0, 0, 2]), np.array([0, 0, 1, 2])
    counts = confusion_matrix(truth, predicted, 4)
    assert counts[0].tolist() == [2, 1, 0, 0]
    assert unweighted_average_recall(counts) == pytest.approx((2 / 3 + 1) / 2)
    assert unweighted_average_recall(np.zeros((3, 3), np.int64)) == 0.0


def test_a_restricted_decision_is_taken_among_the_classes_asked_for() -> None:
    probabilities = np.array([[0.2, 0.1, 0.7], [0.1, 0.3, 0.6], [0.0, 0.1, 0.9]])
    assert restricted_uar(probabilities, np.array([0, 1, 2]), [0, 1]) == (1.0, 2)
    assert restricted_uar(probabilities, np.array([1, 0, 2]), [0, 1]) == (0.0, 2)


def test_calibration_error_of_known_cases() -> None:
    sure = np.tile([0.9, 0.1], (10, 1))
    nine_of_ten = np.array([0] * 9 + [1])
    assert expected_calibration_error(sure, nine_of_ten) == pytest.approx(0.0, abs=1e-9)
    assert expected_calibration_error(sure, np.ones(10, np.int64)) == pytest.approx(0.9)

"""Figures of a classifier: confusion, unweighted average recall, calibration."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def confusion_matrix(labels: IntArray, predictions: IntArray, classes: int) -> IntArray:
    """Count samples: (classes, classes), rows true, columns predicted."""
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def recalls(confusion: IntArray) -> FloatArray:
    """Share of each true class that was found; NaN for a class without samples."""
    totals = confusion.sum(axis=1)
    share = np.diag(confusion) / np.maximum(totals, 1)
    return np.where(totals > 0, share, np.nan)


def accuracy(confusion: IntArray) -> float:
    return float(np.trace(confusion) / max(confusion.sum(), 1))


def unweighted_average_recall(confusion: IntArray) -> float:
    """Return the mean recall over the classes that occur, 0 where none does."""
    present = recalls(confusion)
    return float(np.nanmean(present)) if np.isfinite(present).any() else 0.0


def restricted_uar(
    probabilities: FloatArray, labels: IntArray, among: Sequence[int]
) -> tuple[float, int]:
    """Return (UAR, n) over the samples of some classes, the decision taken among those classes."""
    inside = np.isin(labels, among)
    predicted = np.asarray(among)[probabilities[inside][:, list(among)].argmax(axis=1)]
    counts = confusion_matrix(labels[inside], predicted, probabilities.shape[1])
    return unweighted_average_recall(counts), int(inside.sum())


def expected_calibration_error(
    probabilities: FloatArray, labels: IntArray, bins: int = 15
) -> float:
    """Return the :func:`calibration_error` of the most probable class of each row."""
    return calibration_error(
        probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, bins
    )


def calibration_error(
    confidence: FloatArray, correct: npt.NDArray[np.bool_], bins: int = 15
) -> float:
    """Mean gap between top probability and accuracy (Guo et al. 2017, PMLR 70:1321)."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(correct[place == b].mean() - confidence[place == b].mean())) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))

"""Figures of a classifier: unweighted average recall, confusion, calibration."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def confusion(
    truth: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], classes: int
) -> npt.NDArray[np.int64]:
    """Return (classes, classes) counts, rows the truth."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def unweighted_average_recall(counts: npt.NDArray[np.int64]) -> float:
    """Return the mean recall over the classes that occur, 0 where none does."""
    occurring = counts.sum(axis=1) > 0
    if not occurring.any():
        return 0.0
    return float((np.diag(counts)[occurring] / counts.sum(axis=1)[occurring]).mean())


def restricted_uar(
    probabilities: npt.NDArray[np.float64], truth: npt.NDArray[np.int64], among: Sequence[int]
) -> tuple[float, int]:
    """Return (UAR, n) over the clips of some classes, the decision taken among those classes."""
    inside = np.isin(truth, among)
    predicted = np.asarray(among)[probabilities[inside][:, list(among)].argmax(axis=1)]
    counts = confusion(truth[inside], predicted, probabilities.shape[1])
    return unweighted_average_recall(counts), int(inside.sum())


def expected_calibration_error(
    probabilities: npt.NDArray[np.float64], truth: npt.NDArray[np.int64], bins: int = 10
) -> float:
    """Return the ECE of the top class (Guo et al. 2017), 0…1."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == truth
    edges = np.clip((confidence * bins).astype(int), 0, bins - 1)
    gaps = [
        (edges == index).mean()
        * abs(correct[edges == index].mean() - confidence[edges == index].mean())
        for index in range(bins)
        if (edges == index).any()
    ]
    return float(sum(gaps))

"""Figures of classifiers on few clips: balanced accuracy with an interval."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Labels = Sequence[str]


def confusion(truth: Labels, predicted: Labels, classes: Sequence[str]) -> list[list[int]]:
    """Return counts: a row per true class, a column per predicted class.

    Predictions outside ``classes`` are in no column.
    """
    return [
        [sum(t == row and p == column for t, p in zip(truth, predicted, strict=True))
         for column in classes]
        for row in classes
    ]  # fmt: skip


def recalls(truth: Labels, predicted: Labels, classes: Sequence[str]) -> dict[str, float]:
    """Return the recall of every class that occurs."""
    pairs = list(zip(truth, predicted, strict=True))
    return {
        name: sum(t == p == name for t, p in pairs) / sum(t == name for t, _ in pairs)
        for name in classes
        if any(t == name for t, _ in pairs)
    }


def balanced_accuracy(truth: Labels, predicted: Labels, classes: Sequence[str]) -> float:
    """Return the mean recall over the classes that occur (unweighted average recall)."""
    return float(np.mean(list(recalls(truth, predicted, classes).values())))


def interval(
    truth: Labels, predicted: Labels, classes: Sequence[str], *, seed: int = 0, draws: int = 2000
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the balanced accuracy, drawn within each class.

    With one clip per class the draw cannot vary; then the Wilson interval of the accuracy stands.
    """
    truth_array, predicted_array = np.array(truth), np.array(predicted)
    groups = [np.flatnonzero(truth_array == name) for name in classes if name in truth]
    if min(len(group) for group in groups) < 3:
        return wilson(int((truth_array == predicted_array).sum()), len(truth))
    rng = np.random.default_rng(seed)
    means = [
        np.mean([_drawn_recall(group, truth_array, predicted_array, rng) for group in groups])
        for _ in range(draws)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _drawn_recall(
    group: npt.NDArray[np.int64],
    truth: npt.NDArray[np.str_],
    predicted: npt.NDArray[np.str_],
    rng: np.random.Generator,
) -> float:
    drawn = rng.choice(group, len(group))
    return float((truth[drawn] == predicted[drawn]).mean())


def wilson(right: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson 1927)."""
    share, spread = right / total, z * z / total
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * np.sqrt(share * (1 - share) / total + spread / (4 * total))
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))

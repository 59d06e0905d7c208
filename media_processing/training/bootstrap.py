"""How sure a measured accuracy is: 95 % intervals by drawing people, or files, again.

Recordings of one person are alike; drawing them singly would make a few people look like many
(Field and Welsh 2007, "Bootstrapping clustered data", J. R. Stat. Soc. B 69:369).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from media_processing.training.gait_metrics import wilson

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Interval = tuple[float, float]

DRAWS = 1000
BOUNDS = (2.5, 97.5)


def score_intervals(
    labels: Sequence[str], is_right: Sequence[bool], units: Sequence[str], *, seed: int = 0
) -> tuple[Interval, Interval]:
    """Return the 95 % intervals of the accuracy and of the mean class recall.

    Every sample has its true label, whether it was answered rightly, and the unit (a person, a
    file) that it belongs to; units are drawn. Where no draw differs from another, as where
    everything was right, the Wilson interval over the units stands. Raises ValueError without a
    sample.
    """
    right, total = _tallies(labels, is_right, units)
    rng = np.random.default_rng(seed)
    scores = np.array([_drawn_scores(right, total, rng) for _ in range(DRAWS)])
    accuracy, uar = (_interval(column, len(total)) for column in scores.T)
    return accuracy, uar


def _tallies(
    labels: Sequence[str], is_right: Sequence[bool], units: Sequence[str]
) -> tuple[IntArray, IntArray]:
    """Count right and all samples of each unit (rows) and class (columns)."""
    names, columns = np.unique(labels, return_inverse=True)
    members, rows = np.unique(units, return_inverse=True)
    right = np.zeros((len(members), len(names)), dtype=np.int64)
    total = np.zeros_like(right)
    np.add.at(total, (rows, columns), 1)
    np.add.at(right, (rows, columns), np.asarray(is_right, dtype=np.int64))
    return right, total


def _drawn_scores(right: IntArray, total: IntArray, rng: np.random.Generator) -> FloatArray:
    times = np.bincount(rng.integers(len(total), size=len(total)), minlength=len(total))
    hits, counts = times @ right, times @ total
    drawn = counts > 0
    return np.array([hits.sum() / counts.sum(), (hits[drawn] / counts[drawn]).mean()])


def _interval(scores: FloatArray, units: int) -> Interval:
    if np.ptp(scores) == 0:
        return wilson(round(float(scores[0]) * units), units)
    low, high = np.percentile(scores, BOUNDS)
    return float(low), float(high)

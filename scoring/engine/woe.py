"""Weight of evidence and information value of binned characteristics.

WOE = ln(share of good in the bin / share of bad in the bin), so a higher WOE is safer
(Siddiqi 2006, *Credit Risk Scorecards*, chapter 6; Good 1950 for the measure itself).
"""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
# A bin without any good or any bad gets half a case, so that its logarithm stays finite.
EMPTY_CELL_COUNT = 0.5


def woe(good_counts: npt.ArrayLike, bad_counts: npt.ArrayLike) -> FloatArray:
    """Return the WOE of each bin, shape (bins,), from counts of good and bad cases.

    Raises ValueError where the counts differ in shape, are negative, or hold no good or no bad.
    """
    good, bad = _counts(good_counts, bad_counts)
    return np.asarray(np.log((good / good.sum()) / (bad / bad.sum())), dtype=np.float64)


def information_value(good_counts: npt.ArrayLike, bad_counts: npt.ArrayLike) -> float:
    """Return the IV: the sum over bins of (share of good - share of bad) · WOE, at least 0."""
    good, bad = _counts(good_counts, bad_counts)
    return float(((good / good.sum() - bad / bad.sum()) * woe(good_counts, bad_counts)).sum())


def _counts(good_counts: npt.ArrayLike, bad_counts: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    good = np.asarray(good_counts, dtype=np.float64)
    bad = np.asarray(bad_counts, dtype=np.float64)
    if good.shape != bad.shape or good.ndim != 1:
        raise ValueError("counts of good and bad need one value per bin")
    if (good < 0).any() or (bad < 0).any() or not good.sum() or not bad.sum():
        raise ValueError("counts must not be negative and need a good and a bad case")
    return np.maximum(good, EMPTY_CELL_COUNT), np.maximum(bad, EMPTY_CELL_COUNT)


def bin_index(value: float, edges: Sequence[float]) -> int:
    """Return the index of the half-open bin [edge, next edge) that holds the value."""
    return bisect_right(edges, value)

"""A grid for numbers that is the same everywhere, so that no branch must show its own range.

Cells are half-open, [edge, next edge). Up to nine units every whole number has a cell of its own,
above that two leading digits count: …, −1, 0, 1, …, 99, 100, 110, …, 990, 1000, 1100, ….
The coarse grid, for sums under noise, has six cells a decade.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DECADES = 9
COARSE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


@cache
def edges(unit: float, *, coarse: bool = False) -> FloatArray:
    """Return the rising inner edges of the grid, in the column's own unit of measurement."""
    if coarse:
        positive = [m * 10.0**power for power in range(DECADES) for m in COARSE]
    else:
        positive = [float(m) for m in range(1, 10)]
        positive += [m * 10.0**power for power in range(DECADES - 1) for m in range(10, 100)]
    scaled = np.array(positive)
    if unit < 1:
        # Dividing keeps decimal edges the floats that people write: 7 / 100 is 0.07.
        scaled = scaled / round(1 / unit)
    return np.concatenate([-scaled[::-1], [0.0], scaled])


def cells(values: FloatArray, unit: float, *, coarse: bool = False) -> IntArray:
    """Return the cell (n,) of each value (n,); NaN gets the last cell, one after all others."""
    inner = edges(unit, coarse=coarse)
    found = np.searchsorted(inner, values, side="right")
    return np.where(np.isnan(values), len(inner) + 1, found).astype(np.int64)


def size(unit: float, *, coarse: bool = False) -> int:
    """Return how many cells there are, with the one for missing."""
    return len(edges(unit, coarse=coarse)) + 2

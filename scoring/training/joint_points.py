"""The points of all bins, fitted together: what each bin adds beside the other characteristics.

Weight of evidence looks at one characteristic alone, and one coefficient moves all its bins alike.
Here every bin gets a deviation from that, penalised as by a stated number of rows, so that a bin
moves only where many rows say so (ridge towards the scorecard of weights of evidence). The order of
the bins' points is kept: bounds on the steps from bin to bin hold the direction of the trend.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Limit = tuple[float | None, float | None]
# A deviation is drawn back as by so much information; a row in doubt carries a quarter at most.
PENALTY = 300.0
MAX_ROUNDS = 200


@dataclass(frozen=True)
class Points:
    """What one characteristic begins with: the points of its bins in log-odds of *good*.

    ``index`` (n,) is the bin of each row. The first ``ordered`` bins keep the direction of their
    steps; each bin after them stays within its own of ``limits``.
    """

    points: FloatArray
    index: IntArray
    ordered: int
    limits: Sequence[Limit]

    @property
    def steps(self) -> FloatArray:
        """The matrix (bins, bins) that adds the steps of the ordered bins up."""
        matrix = np.eye(len(self.points))
        matrix[: self.ordered, : self.ordered] = np.tri(self.ordered)
        return matrix

    @property
    def start(self) -> FloatArray:
        ordered = self.points[: self.ordered]
        return np.concatenate([ordered[:1], np.diff(ordered), self.points[self.ordered :]])

    @property
    def bounds(self) -> list[Limit]:
        rising = np.diff(self.points[: self.ordered]) >= 0
        first: list[Limit] = [(None, None)] if self.ordered else []
        return [*first, *((0.0, None) if up else (None, 0.0) for up in rising), *self.limits]


def refine(
    parts: Sequence[Points], is_good: IntArray, intercept: float, weights: FloatArray | None = None
) -> tuple[list[FloatArray], float]:
    """Return the points of each characteristic's bins, fitted together, and the intercept.

    ``weights`` (n,) are those of the rows, whose mean is 1.
    """
    base = np.concatenate([each.points for each in parts])
    places = np.cumsum([0, *(len(each.points) for each in parts)])
    steps = sparse.block_diag([each.steps for each in parts], format="csr")
    bins = _design([each.index for each in parts], places) @ steps
    heavy = np.ones(len(is_good)) if weights is None else weights
    signs = np.where(is_good == 1, 1.0, -1.0)

    def loss(values: FloatArray) -> tuple[float, FloatArray]:
        moved = steps @ values[:-1] - base
        log_odds = bins @ values[:-1] + values[-1]
        missed = heavy * (expit(log_odds) - is_good)
        total = heavy @ np.logaddexp(0, -signs * log_odds) + PENALTY / 2 * float(moved @ moved)
        slope = bins.T @ missed + PENALTY * (steps.T @ moved)
        return total, np.append(slope, missed.sum())

    found = minimize(
        loss,
        np.concatenate([*(each.start for each in parts), [intercept]]),
        jac=True,
        method="L-BFGS-B",
        bounds=[*(limit for each in parts for limit in each.bounds), (None, None)],
        options={"maxiter": MAX_ROUNDS},
    )
    return np.split(steps @ found.x[:-1], places[1:-1]), float(found.x[-1])


def _design(indices: Sequence[IntArray], places: IntArray) -> sparse.csr_matrix:
    """Return (n, all bins): 1 where a row lies in a bin."""
    count = len(indices[0])
    columns = np.stack([index + place for index, place in zip(indices, places, strict=False)], 1)
    rows = np.repeat(np.arange(count), len(indices))
    return sparse.csr_matrix(
        (np.ones(columns.size), (rows, columns.ravel())), shape=(count, int(places[-1]))
    )

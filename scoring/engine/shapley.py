"""Shapley values: how far each input moved an estimator from what it gives on average.

The value of a coalition is the estimator's mean output where the coalition's inputs are the
applicant's own and the others are drawn from a background, so the values of all inputs sum to the
output less the background's mean output (Štrumbelj & Kononenko 2014, *Explaining prediction models
and individual predictions with feature contributions*; Lundberg & Lee 2017, *A Unified Approach to
Interpreting Model Predictions*). Up to ten inputs every coalition is counted, so the values are
exact for that background; beyond, permutations are sampled and a standard error stands beside each
value (Castro, Gómez & Tejada 2009).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
# Rows (n, inputs) → outputs (n,), for example log-odds.
Estimate = Callable[[FloatArray], FloatArray]

MAX_EXACT_INPUTS = 10
SAMPLED_PERMUTATIONS = 200
MAX_BACKGROUND_ROWS = 8192
SAMPLED_BACKGROUND_ROWS = 256


@dataclass(frozen=True, slots=True)
class Background:
    """Weighted rows (n, inputs), NaN where missing, that stand for the population."""

    rows: FloatArray
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class ShapleyValues:
    """``base`` is the background's mean output; ``base`` and ``values`` sum to the output.

    ``standard_errors`` are 0 where every coalition was counted.
    """

    base: float
    values: tuple[float, ...]
    standard_errors: tuple[float, ...]
    is_exact: bool


def product_background(
    values: Sequence[Sequence[float]], shares: Sequence[Sequence[float]]
) -> Background:
    """Return every combination of the inputs' values, weighted by the product of their shares.

    The product takes the inputs as independent: only their own distributions are needed, so no
    row of a person is kept or shown. Values without a share are left out. Where there would be more
    than 8192 combinations, 256 are drawn that hold each input's shares evenly (Latin hypercube;
    McKay, Beckman & Conover 1979), always the same ones.
    """
    grids, weights = [], []
    for own_values, own_shares in zip(values, shares, strict=True):
        share = np.asarray(own_shares, dtype=np.float64)
        grids.append(np.asarray(own_values, dtype=np.float64)[share > 0])
        weights.append(share[share > 0] / share.sum())
    if math.prod(len(grid) for grid in grids) > MAX_BACKGROUND_ROWS:
        return _hypercube(grids, weights)
    rows = np.stack([grid.ravel() for grid in np.meshgrid(*grids, indexing="ij")], axis=1)
    return Background(rows, _outer(weights).ravel())


def _hypercube(grids: Sequence[FloatArray], weights: Sequence[FloatArray]) -> Background:
    generator = np.random.default_rng(0)
    rows = SAMPLED_BACKGROUND_ROWS
    levels = (np.arange(rows) + 0.5) / rows
    columns = [
        grid[np.searchsorted(weight.cumsum()[:-1], generator.permutation(levels), side="right")]
        for grid, weight in zip(grids, weights, strict=True)
    ]
    return Background(np.stack(columns, axis=1), np.full(rows, 1 / rows))


def _outer(weights: Sequence[FloatArray]) -> FloatArray:
    product = np.ones(())
    for each in weights:
        product = np.multiply.outer(product, each)
    return product


def shapley_values(
    estimate: Estimate, row: npt.ArrayLike, background: Background, seed: int = 0
) -> ShapleyValues:
    """Return the Shapley value of each input of a row (inputs,), NaN where missing."""
    own = np.asarray(row, dtype=np.float64)
    coalitions = _Coalitions(estimate, own, background)
    if own.size <= MAX_EXACT_INPUTS:
        return _exact(coalitions, own.size)
    return _sampled(coalitions, own.size, np.random.default_rng(seed))


class _Coalitions:
    """The estimator's mean output for a coalition of inputs, each worked out once."""

    def __init__(self, estimate: Estimate, own: FloatArray, background: Background) -> None:
        self.estimate, self.own, self.background = estimate, own, background
        self.known: dict[frozenset[int], float] = {}

    def value(self, inputs: frozenset[int]) -> float:
        if inputs not in self.known:
            self.known[inputs] = self._mean(sorted(inputs))
        return self.known[inputs]

    def _mean(self, inputs: list[int]) -> float:
        # What the coalition fixes no longer differs, so equal rows are estimated once.
        free = [column for column in range(self.own.size) if column not in inputs]
        _, first, index = np.unique(self._codes(free), return_index=True, return_inverse=True)
        rows = self.background.rows[first]
        rows[:, inputs] = self.own[inputs]
        weights = np.bincount(index.ravel(), weights=self.background.weights)
        return float(weights @ self.estimate(rows) / weights.sum())

    def _codes(self, columns: list[int]) -> npt.NDArray[np.int64]:
        """Return one number per background row, equal where these columns are equal."""
        codes = np.zeros(len(self.background.rows), dtype=np.int64)
        for column in columns:
            distinct, code = np.unique(self.background.rows[:, column], return_inverse=True)
            codes = np.unique(codes * distinct.size + code, return_inverse=True)[1]
        return codes


def _exact(coalitions: _Coalitions, inputs: int) -> ShapleyValues:
    values = tuple(_value_of(coalitions, each, inputs) for each in range(inputs))
    return ShapleyValues(coalitions.value(frozenset()), values, (0.0,) * inputs, is_exact=True)


def _value_of(coalitions: _Coalitions, of: int, inputs: int) -> float:
    others = [each for each in range(inputs) if each != of]
    gains = []
    for size in range(inputs):
        orders = math.factorial(size) * math.factorial(inputs - size - 1)
        for coalition in map(frozenset, combinations(others, size)):
            gain = coalitions.value(coalition | {of}) - coalitions.value(coalition)
            gains.append(orders * gain)
    return math.fsum(gains) / math.factorial(inputs)


def _sampled(coalitions: _Coalitions, inputs: int, generator: np.random.Generator) -> ShapleyValues:
    """Average the gains of each input over sampled orders; each order sums to the whole."""
    gains = np.empty((SAMPLED_PERMUTATIONS, inputs))
    for turn in range(SAMPLED_PERMUTATIONS):
        joined: frozenset[int] = frozenset()
        for each in generator.permutation(inputs):
            more = joined | {int(each)}
            gains[turn, each] = coalitions.value(more) - coalitions.value(joined)
            joined = more
    errors = gains.std(axis=0, ddof=1) / math.sqrt(SAMPLED_PERMUTATIONS)
    return ShapleyValues(
        coalitions.value(frozenset()),
        tuple(map(float, gains.mean(axis=0))),
        tuple(map(float, errors)),
        is_exact=False,
    )

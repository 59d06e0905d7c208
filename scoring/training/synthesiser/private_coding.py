"""The coding of a table for training with differential privacy.

Quantiles and class shares are read off histograms with Laplace noise (Dwork et al. 2006). Levels,
and the bounds of numbers to two digits, count as public: they are a code book, not a count.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.training.columns import parse_numbers
from scoring.training.private_noise import KeyedNoise
from scoring.training.synthesiser.table_coding import (
    Coding,
    LevelCoding,
    NumberCoding,
    TableCoding,
    fit_coding,
)

FloatArray = npt.NDArray[np.float64]
BINS = 12
# The part of the whole epsilon that the histograms cost; the critic gets the rest.
CODING_SHARE = 0.2


def fit_private_coding(
    cells: pd.DataFrame,
    target: str,
    classes: Sequence[str],
    epsilon: float,
    noise: KeyedNoise,
) -> TableCoding:
    """Return a coding that costs ``epsilon``: each row counts once in each noisy histogram."""
    plain = fit_coding(cells, target, classes)
    histograms = len(plain.numbers) + 1
    scale = histograms / epsilon
    counts = np.array([(cells[target] == name).sum() for name in plain.classes], dtype=float)
    shares = _noisy_shares(counts, scale, noise)
    columns = tuple(_private(each, cells, scale, noise) for each in plain.columns)
    return TableCoding(
        columns, plain.target, plain.classes, tuple(float(share) for share in shares), plain.order
    )


def _private(coding: Coding, cells: pd.DataFrame, scale: float, noise: KeyedNoise) -> Coding:
    if isinstance(coding, LevelCoding):
        return coding
    numbers = parse_numbers(cells[coding.name])[0]
    known = numbers[~np.isnan(numbers)]
    edges = np.linspace(*_public_bounds(known), BINS + 1)
    shares = _noisy_shares(np.histogram(known, edges)[0].astype(float), scale, noise)
    quantiles = np.concatenate([[0.0], np.cumsum(shares)])
    return NumberCoding(
        coding.name, np.round(edges, coding.decimals), quantiles, True, coding.decimals,
        coding.states,
    )  # fmt: skip


def _noisy_shares(counts: FloatArray, scale: float, noise: KeyedNoise) -> FloatArray:
    noisy = np.maximum(counts + noise.laplace(scale, counts.shape), 1.0)
    shares: FloatArray = noisy / noisy.sum()
    return shares


def _public_bounds(known: FloatArray) -> tuple[float, float]:
    """Return bounds around all values, rounded outwards to two digits, as a code book has them."""
    low, high = float(known.min()), float(known.max())
    unit = 10.0 ** max(0, np.floor(np.log10(max(abs(low), abs(high), 1.0))) - 1)
    return float(np.floor(low / unit) * unit), float(np.ceil(high / unit) * unit)

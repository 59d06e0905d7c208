"""Bins of a column from summed counts alone: monotone in risk, at most eight, none too small.

Rates are made monotone by pooling adjacent violators (Ayer et al. 1955), upwards or downwards,
whichever the counts support better; then the neighbours that differ least are joined.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scoring.engine.woe import woe

FloatArray = npt.NDArray[np.float64]
MAX_BINS = 8
MIN_BIN_SHARE = 0.03
FIRST_SHARE = 0.01
RANKS = 32
# As in the scorecard that is trained in one place (woe_scorecard).
MIN_ROWS = 5
SMOOTHING_ROWS = 2.0


def cuts(counts: FloatArray) -> tuple[int, ...]:
    """Return the first cells of all bins but the first, from counts (cells, 2) of good and bad."""
    starts = _grouped(counts.sum(axis=1), FIRST_SHARE)
    blocks = np.add.reduceat(counts, starts, axis=0)
    found = [_monotone(starts, blocks, rising=rising) for rising in (True, False)]
    best = max(found, key=lambda each: sum(_log_likelihood(block) for _, block in each))
    return tuple(start for start, _ in _joined(best)[1:])


def rank_cuts(counts: FloatArray) -> tuple[int, ...]:
    """Return the first cells of about 32 groups with equally many rows."""
    return tuple(int(each) for each in _grouped(counts.sum(axis=1), 1 / RANKS)[1:])


def binned(counts: FloatArray, cuts: Sequence[int]) -> FloatArray:
    """Return the counts (bins, 2) between cuts."""
    return np.add.reduceat(counts, [0, *cuts], axis=0)


def smoothed_woe(counts: FloatArray) -> FloatArray:
    """Return the WOE (bins,) of counts (bins, 2); bins with next to no rows are neutral."""
    prior = counts.sum(axis=0) / counts.sum()
    values = woe(counts[:, 0] + SMOOTHING_ROWS * prior[0], counts[:, 1] + SMOOTHING_ROWS * prior[1])
    values[counts.sum(axis=1) < MIN_ROWS] = 0.0
    return values


def _grouped(rows: FloatArray, share: float) -> list[int]:
    """Return the starts of groups of neighbouring cells with at least ``share`` of all rows."""
    starts, held = [0], 0.0
    left, least = float(rows.sum()), share * float(rows.sum())
    for cell, count in enumerate(rows):
        if held >= least and left >= least and count > 0:
            starts.append(cell)
            held = 0.0
        held += count
        left -= count
    return starts


def _monotone(
    starts: Sequence[int], blocks: FloatArray, *, rising: bool
) -> list[tuple[int, FloatArray]]:
    """Pool neighbours until the rate of bad rises, or falls, from block to block."""
    sign = 1 if rising else -1
    pooled: list[tuple[int, FloatArray]] = []
    for start, block in zip(starts, blocks, strict=True):
        pooled.append((start, block))
        while len(pooled) > 1 and sign * (_rate(pooled[-2][1]) - _rate(pooled[-1][1])) >= 0:
            _, last = pooled.pop()
            first, block_before = pooled.pop()
            pooled.append((first, block_before + last))
    return pooled


def _joined(blocks: list[tuple[int, FloatArray]]) -> list[tuple[int, FloatArray]]:
    least = MIN_BIN_SHARE * sum(float(block.sum()) for _, block in blocks)
    while len(blocks) > 1:
        small = [float(block.sum()) < least or min(block) < 1 for _, block in blocks]
        pairs = range(len(blocks) - 1)
        allowed = [at for at in pairs if small[at] or small[at + 1]]
        if not allowed and len(blocks) <= MAX_BINS:
            break
        at = min(allowed or pairs, key=lambda place: _loss(blocks[place][1], blocks[place + 1][1]))
        blocks[at : at + 2] = [(blocks[at][0], blocks[at][1] + blocks[at + 1][1])]
    return blocks


def _rate(block: FloatArray) -> float:
    return float(block[1] / max(block.sum(), 1e-9))


def _log_likelihood(block: FloatArray) -> float:
    share = block / max(float(block.sum()), 1e-9)
    return float(np.sum(block * np.log(np.maximum(share, 1e-12))))


def _loss(one: FloatArray, other: FloatArray) -> float:
    return _log_likelihood(one) + _log_likelihood(other) - _log_likelihood(one + other)

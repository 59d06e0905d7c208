"""Window arithmetic, in one place."""

import math
from collections.abc import Iterator

# Absorbs the rounding of binary fractions: 0.1 + 0.2 must not open one more window.
TOLERANCE = 1e-9


def window_starts(start_s: float, end_s: float, *, window_s: float, hop_s: float) -> list[float]:
    """Return the starts of the windows that cover ``start_s``…``end_s``.

    Windows follow each other by ``hop_s``; the last is the first that reaches ``end_s`` (it may
    reach beyond, and is padded by whoever cuts it). An empty stretch has no window.

    Raises ValueError where a length is not positive, or the hop is longer than the window and
    would leave gaps.
    """
    if window_s <= 0 or hop_s <= 0:
        raise ValueError("the window and the hop must be longer than 0 s")
    if hop_s > window_s:
        raise ValueError(f"a hop of {hop_s} s leaves gaps between windows of {window_s} s")
    if end_s <= start_s:
        return []
    further = max(0.0, end_s - start_s - window_s)
    count = 1 + math.ceil(further / hop_s - TOLERANCE)
    return [start_s + index * hop_s for index in range(count)]


def windows(
    start_s: float, end_s: float, *, window_s: float, hop_s: float
) -> Iterator[tuple[float, float]]:
    """Yield (start, end) of the same windows, each end cut at ``end_s``."""
    for begin_s in window_starts(start_s, end_s, window_s=window_s, hop_s=hop_s):
        yield begin_s, min(begin_s + window_s, end_s)

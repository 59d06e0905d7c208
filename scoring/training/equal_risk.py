"""Approving by two scores at one default rate, and who is approved by the one and not the other.

The old way approves its best share. The new way then approves, from its own best downwards, until
the default rate among its approved reaches that of the old way. What differs per group is the share
of the group that is approved. Intervals: bootstrap over cases, both cut-offs found anew each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ranking:
    """Cases by risk: the place of each among the distinct risks, least risky first."""

    place: npt.NDArray[np.int64]
    places: int

    @classmethod
    def of(cls, risk: npt.ArrayLike) -> "Ranking":
        distinct, place = np.unique(np.asarray(risk), return_inverse=True)
        return cls(place, len(distinct))

    def sums(self, weights: FloatArray) -> FloatArray:
        """Return the weight of each place, shape (places,)."""
        return np.bincount(self.place, weights=weights, minlength=self.places)


def approved_best_share(ranking: Ranking, weights: FloatArray, share: float) -> FloatArray:
    """Return how much of each place is approved (0…1) where the best ``share`` is.

    Cases tied at the cut-off are approved in proportion, so that their order means nothing.
    """
    counts = ranking.sums(weights)
    before = np.cumsum(counts) - counts
    wanted = share * counts.sum()
    return np.clip((wanted - before) / np.maximum(counts, 1e-12), 0.0, 1.0)


def approved_at_rate(
    ranking: Ranking, weights: FloatArray, is_bad: FloatArray, rate: float
) -> FloatArray:
    """Return how much of each place is approved where the approved default at ``rate`` in all.

    As many as can be: the last place that still fits is approved in part.
    """
    counts, bad = ranking.sums(weights), ranking.sums(weights * is_bad)
    surplus = np.cumsum(rate * counts - bad)
    fitting = np.flatnonzero(surplus >= 0)
    if not fitting.size:
        return np.zeros(ranking.places)
    last = int(fitting[-1])
    approved = (np.arange(ranking.places) <= last).astype(np.float64)
    if last + 1 < ranking.places:
        cost = float(bad[last + 1] - rate * counts[last + 1])
        approved[last + 1] = min(surplus[last] / cost, 1.0) if cost > 0 else 0.0
    return approved


def compare(
    is_bad: npt.ArrayLike,
    old_risk: npt.ArrayLike,
    new_risk: npt.ArrayLike,
    groups: Mapping[str, BoolArray],
    *,
    share: float,
    seed: int,
    rounds: int = 300,
) -> dict[str, object]:
    """Return, for all and per group, the approved shares in percent and their difference.

    ``more_points`` is in percentage points of the group, ``more_percent`` relative to how many the
    old way approves; each has its 95 % interval.
    """
    bad = np.asarray(is_bad, dtype=np.float64)
    ways = (Ranking.of(old_risk), Ranking.of(new_risk))
    every = {"all": np.ones(bad.size, dtype=bool), **groups}
    generator = np.random.default_rng(seed)
    point = _once(bad, ways, every, share, np.ones(bad.size))
    drawn = [_once(bad, ways, every, share, _resampled(generator, bad.size)) for _ in range(rounds)]
    return {
        name: {
            "cases": int(members.sum()),
            "bad_rate_percent": round(100 * float(bad[members].mean()), 2),
            **_row(point[name], np.array([each[name] for each in drawn])),
        }
        for name, members in every.items()
    }


def _resampled(generator: np.random.Generator, size: int) -> FloatArray:
    drawn = generator.integers(0, size, size)
    return np.bincount(drawn, minlength=size).astype(np.float64)


def _once(
    bad: FloatArray,
    ways: tuple[Ranking, Ranking],
    groups: Mapping[str, BoolArray],
    share: float,
    weights: FloatArray,
) -> dict[str, tuple[float, float, float, float]]:
    """Return per group: approved share old and new, default rate among the approved old and new."""
    old, new = ways
    by_old = approved_best_share(old, weights, share)[old.place]
    rate = float((weights * by_old) @ bad / (weights * by_old).sum())
    by_new = approved_at_rate(new, weights, bad, rate)[new.place]
    rows = {}
    for name, members in groups.items():
        weight = weights[members]
        shares = [float(weight @ each[members] / weight.sum()) for each in (by_old, by_new)]
        rates = [
            float((weight * each[members]) @ bad[members] / max(weight @ each[members], 1e-12))
            for each in (by_old, by_new)
        ]
        rows[name] = (shares[0], shares[1], rates[0], rates[1])
    return rows


def _row(point: tuple[float, float, float, float], drawn: FloatArray) -> dict[str, object]:
    more = 100 * (drawn[:, 1] - drawn[:, 0])
    # Of a group that the old way approves nobody of, no ratio can be told.
    is_defined = point[0] > 0 and bool((drawn[:, 0] > 0).all())
    relative = 100 * (drawn[:, 1] / drawn[:, 0] - 1) if is_defined else None
    return {
        "approved_old_percent": round(100 * point[0], 2),
        "approved_new_percent": round(100 * point[1], 2),
        "more_points": round(100 * (point[1] - point[0]), 2),
        "more_points_ci": _interval(more),
        "more_percent": round(100 * (point[1] / point[0] - 1), 2) if is_defined else None,
        "more_percent_ci": None if relative is None else _interval(relative),
        "default_rate_old_percent": round(100 * point[2], 2),
        "default_rate_new_percent": round(100 * point[3], 2),
    }


def _interval(values: FloatArray) -> list[float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return [round(float(low), 2), round(float(high), 2)]

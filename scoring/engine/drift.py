"""Whether the people who are scored, and the scores, still are what they were.

The population stability index compares shares over the same bins (Siddiqi 2006, *Credit Risk
Scorecards*, chapter 9); calibration is read from a table of expected and observed defaults with
the statistic of Hosmer and Lemeshow (1980) and from calibration-in-the-large (Cox 1958).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from scoring.engine.metrics import psi
from scoring.engine.scorecard import Characteristic

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Z_95 = 1.959964
SCORE_BINS = 10
CALIBRATION_GROUPS = 10
NEWTON_STEPS = 50


class Level(StrEnum):
    """What a figure asks for: nothing, a look, or an answer."""

    CALM = "calm"
    WARN = "warn"
    ALARM = "alarm"


def level_above(value: float, warn: float, alarm: float) -> Level:
    """Return the level of a figure that should stay low."""
    if value > alarm:
        return Level.ALARM
    return Level.WARN if value > warn else Level.CALM


def level_below(value: float, warn: float, alarm: float) -> Level:
    """Return the level of a figure that should stay high."""
    if value < alarm:
        return Level.ALARM
    return Level.WARN if value < warn else Level.CALM


# --- shares over the same bins --------------------------------------------------------------


def quantile_edges(values: npt.ArrayLike, bins: int = SCORE_BINS) -> FloatArray:
    """Return the inner edges, at most ``bins - 1``, that cut values into equal shares."""
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    cuts = np.quantile(np.asarray(values, dtype=np.float64), inner)
    return np.asarray(np.unique(cuts), dtype=np.float64)


def bin_counts(
    values: npt.ArrayLike, edges: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> IntArray:
    """Count values in the half-open bins [edge, next edge); the last count is of NaN.

    ``weights`` are counts of equal values. Returns shape (edges + 2,).
    """
    numbers = np.asarray(values, dtype=np.float64)
    inner = np.asarray(edges, dtype=np.float64)
    index = np.where(
        np.isnan(numbers), inner.size + 1, np.searchsorted(inner, numbers, side="right")
    )
    counted = np.bincount(index, weights=weights, minlength=inner.size + 2)
    return counted.astype(np.int64)


def shares(counts: npt.ArrayLike) -> FloatArray:
    """Return counts as shares of their sum; zeros where there is nothing."""
    numbers = np.asarray(counts, dtype=np.float64)
    total = numbers.sum()
    return numbers / total if total else np.zeros_like(numbers)


@dataclass(frozen=True, slots=True)
class BinShift:
    """One bin of a characteristic, then and now."""

    label: str
    expected_share: float
    actual_share: float
    points: int


@dataclass(frozen=True, slots=True)
class CharacteristicShift:
    """The stability index of one characteristic and what the shift does to the mean score.

    ``points`` is the sum over bins of (actual - expected share) · points: how many points the
    mean score moved because of this characteristic alone.
    """

    name: str
    rows: int
    index: float
    points: float
    expected_missing_share: float
    missing_share: float
    bins: tuple[BinShift, ...]


def characteristic_shift(
    characteristic: Characteristic,
    values: npt.ArrayLike,
    factor: float,
    reference: npt.ArrayLike | None = None,
) -> CharacteristicShift:
    """Compare the values of today (NaN where missing) with the artifact's bin shares.

    ``reference`` gives the values of a reference month instead. A characteristic whose artifact
    knows no shares (expert points) has an index of NaN unless a reference is given. ``factor``
    turns log-odds into points.
    """
    every_bin = (*characteristic.bins, characteristic.missing)
    counts = bin_counts(values, characteristic.edges)
    actual = shares(counts)
    if reference is None:
        expected = shares([each.share for each in every_bin])
    else:
        expected = shares(bin_counts(reference, characteristic.edges))
    points = np.array([round(factor * each.log_odds) for each in every_bin])
    is_known = bool(expected.sum()) and bool(counts.sum())
    return CharacteristicShift(
        name=characteristic.name,
        rows=int(counts.sum()),
        index=psi(expected, actual) if is_known else math.nan,
        points=float((actual - expected) @ points) if is_known else math.nan,
        expected_missing_share=float(expected[-1]),
        missing_share=float(actual[-1]),
        bins=tuple(
            BinShift(label, float(then), float(now), int(each))
            for label, then, now, each in zip(
                bin_labels(characteristic.edges), expected, actual, points, strict=True
            )
        ),
    )


def bin_labels(edges: Sequence[float]) -> list[str]:
    """Return the bins as ranges in figures; the last, of missing values, is empty."""
    if not edges:
        return ["–", ""]
    inner = [f"{low:g} – {high:g}" for low, high in pairwise(edges)]
    return [f"< {edges[0]:g}", *inner, f"≥ {edges[-1]:g}", ""]


# --- expected and observed defaults -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """Cases of similar expected default: how many defaulted, with Wilson's 95 % interval."""

    rows: int
    lowest: float
    highest: float
    expected_rate: float
    observed_rate: float
    observed_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CalibrationDrift:
    """``in_the_large`` is the shift of the log-odds of *bad* that makes the sums agree.

    Above 0 more default than was expected. ``interval`` is its 95 % interval; ``p_value`` is that
    of the Hosmer–Lemeshow statistic for figures that were not fitted on these cases.
    """

    rows: int
    bad: int
    expected_bad: float
    in_the_large: float
    interval: tuple[float, float]
    statistic: float
    p_value: float
    groups: tuple[CalibrationGroup, ...]


def calibration_drift(
    probability: npt.ArrayLike, is_bad: npt.ArrayLike, groups: int = CALIBRATION_GROUPS
) -> CalibrationDrift:
    """Compare expected probabilities of *bad* with what happened, both of shape (rows,).

    Raises ValueError without any case, or for shapes that differ.
    """
    p = np.clip(np.asarray(probability, dtype=np.float64), 1e-9, 1 - 1e-9)
    bad = np.asarray(is_bad, dtype=np.float64)
    if p.shape != bad.shape or p.ndim != 1 or not p.size:
        raise ValueError("give one outcome per probability, and at least one")
    index = np.searchsorted(quantile_edges(p, groups), p, side="right")
    table = [_group(p[index == each], bad[index == each]) for each in np.unique(index)]
    statistic = sum(
        each.rows
        * (each.observed_rate - each.expected_rate) ** 2
        / (each.expected_rate * (1 - each.expected_rate))
        for each in table
    )
    shift, error = _in_the_large(p, bad)
    return CalibrationDrift(
        rows=p.size,
        bad=int(bad.sum()),
        expected_bad=float(p.sum()),
        in_the_large=shift,
        interval=(shift - Z_95 * error, shift + Z_95 * error),
        statistic=float(statistic),
        p_value=chi_square_tail(float(statistic), len(table)),
        groups=tuple(table),
    )


def _group(p: FloatArray, bad: FloatArray) -> CalibrationGroup:
    return CalibrationGroup(
        rows=p.size,
        lowest=float(p.min()),
        highest=float(p.max()),
        expected_rate=float(p.mean()),
        observed_rate=float(bad.mean()),
        observed_interval=wilson_interval(int(bad.sum()), p.size),
    )


def _in_the_large(p: FloatArray, bad: FloatArray) -> tuple[float, float]:
    """Solve sum(bad) = sum(sigmoid(logit p + shift)) by Newton; half a case keeps it finite."""
    wanted = float(np.clip(bad.sum(), 0.5, p.size - 0.5))
    log_odds, shift = np.log(p / (1 - p)), 0.0
    for _ in range(NEWTON_STEPS):
        now = 1 / (1 + np.exp(-(log_odds + shift)))
        # A step of at most one keeps a start far from the solution from running away.
        step = float(np.clip((wanted - now.sum()) / (now * (1 - now)).sum(), -1.0, 1.0))
        shift += step
        if abs(step) < 1e-10:
            break
    now = 1 / (1 + np.exp(-(log_odds + shift)))
    return shift, 1 / math.sqrt(float((now * (1 - now)).sum()))


def wilson_interval(events: int, rows: int) -> tuple[float, float]:
    """Return Wilson's (1927) 95 % interval of a share. Raises ValueError without rows."""
    if rows <= 0:
        raise ValueError("a share needs at least one case")
    share, z2 = events / rows, Z_95**2
    centre = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = Z_95 * math.sqrt(share * (1 - share) / rows + z2 / (4 * rows**2)) / (1 + z2 / rows)
    return max(0.0, centre - half), min(1.0, centre + half)


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Return P(chi² > statistic): the finite sum for whole degrees of freedom (Abramowitz 26.4)."""
    half = statistic / 2
    if degrees % 2:
        tail = math.erfc(math.sqrt(half))
        terms = (half ** (k - 0.5) / math.gamma(k + 0.5) for k in range(1, degrees // 2 + 1))
    else:
        tail = 0.0
        terms = (half**k / math.factorial(k) for k in range(degrees // 2))
    return min(1.0, tail + math.exp(-half) * math.fsum(terms))

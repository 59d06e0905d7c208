"""Whether the behavioural part adds anything: the proof without which it is not scored.

The gate opens only where all of this holds on the lender's own outcomes: at least 1000 of them with
behavioural evidence; the gain in AUC by the adjustment has a 95 % interval above 0; and no declared
group's adverse impact ratio falls by more than 0.02. The interval is a paired percentile bootstrap
over cases (Efron and Tibshirani 1993, *An Introduction to the Bootstrap*, chapter 13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
CountArray = npt.NDArray[np.float32]
MIN_OUTCOMES = 1000
MAX_RATIO_FALL = 0.02
MIN_GROUP_ROWS = 30
DRAWS = 1000
# A draw of n cases needs n numbers; so many are drawn at a time that memory stays bounded.
NUMBERS_AT_A_TIME = 1_000_000


class Half(StrEnum):
    """What can keep the gate closed."""

    TOO_FEW = "too_few_outcomes"
    ONE_KIND = "one_kind_of_outcome"
    NO_GAIN = "no_proven_gain"
    NO_GROUPS = "no_declared_groups"
    RATIO_FALLS = "impact_ratio_falls"


@dataclass(frozen=True, slots=True)
class Gain:
    """AUC without and with the adjustment; ``low`` and ``high`` bound the gain at 95 %."""

    without: float
    with_behaviour: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        return self.with_behaviour - self.without


@dataclass(frozen=True, slots=True)
class GroupRatio:
    """One declared group's adverse impact ratio, before and after. None where too few are known."""

    attribute: str
    group: str
    rows: int
    before: float | None
    after: float | None

    @property
    def fall(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class Gate:
    """The state of the proof. ``closed_by`` is empty where the gate is open."""

    outcomes: int
    bad: int
    gain: Gain | None
    groups: tuple[GroupRatio, ...]
    closed_by: tuple[Half, ...]

    @property
    def is_open(self) -> bool:
        return not self.closed_by


@dataclass(frozen=True, slots=True)
class Outcomes:
    """n cases with behavioural evidence and a known outcome.

    ``is_bad`` (n,) holds 0 and 1; ``risk`` and ``risk_with`` (n,) the probability of default
    without and with the adjustment.
    """

    is_bad: FloatArray
    risk: FloatArray
    risk_with: FloatArray


@dataclass(frozen=True, slots=True)
class Selections:
    """m cases with behavioural evidence whose applicant declared one attribute.

    ``groups`` (m,) holds what was declared; ``reaches`` and ``reaches_with`` (m,) whether the
    score without and with the adjustment reaches the cut-off.
    """

    groups: Sequence[str]
    reaches: npt.NDArray[np.bool_]
    reaches_with: npt.NDArray[np.bool_]


def gate(
    outcomes: Outcomes,
    declared: Mapping[str, Selections],
    *,
    needs_groups: bool = True,
    seed: int = 0,
) -> Gate:
    """Return whether the behavioural part has proven its value, and what is missing.

    Without any comparable declared group the half about fairness cannot be proven and stays closed,
    unless ``needs_groups`` is false.
    """
    bad = int(outcomes.is_bad.sum())
    has_both = 0 < bad < outcomes.is_bad.size
    gain = auc_gain(outcomes, seed=seed) if has_both else None
    groups = tuple(
        ratio for name, each in sorted(declared.items()) for ratio in impact_ratios(name, each)
    )
    falls = [ratio.fall for ratio in groups if ratio.fall is not None]
    checks = {
        Half.TOO_FEW: outcomes.is_bad.size < MIN_OUTCOMES,
        Half.ONE_KIND: not has_both,
        Half.NO_GAIN: gain is not None and gain.low <= 0,
        Half.NO_GROUPS: needs_groups and not falls,
        Half.RATIO_FALLS: any(fall > MAX_RATIO_FALL for fall in falls),
    }
    closed_by = tuple(half for half, is_missing in checks.items() if is_missing)
    return Gate(outcomes.is_bad.size, bad, gain, groups, closed_by)


def auc_gain(outcomes: Outcomes, *, draws: int = DRAWS, seed: int = 0) -> Gain:
    """Return the AUC without and with the adjustment, and the gain's 95 % paired interval.

    Each draw takes n cases with replacement and works out both areas on the same cases. Draws with
    one kind of outcome only have no area and are left out.
    """
    bad, size = outcomes.is_bad, outcomes.is_bad.size
    orders = [_Order(risk, bad) for risk in (outcomes.risk, outcomes.risk_with)]
    once = np.ones((1, size), dtype=np.float32)
    without, with_behaviour = (float(order.areas(once)[0]) for order in orders)
    random = np.random.default_rng(seed)
    gains = []
    while draws > 0:
        count = min(draws, max(1, NUMBERS_AT_A_TIME // size))
        weights = _times_drawn(random, count, size)
        gains.append(orders[1].areas(weights) - orders[0].areas(weights))
        draws -= count
    known = np.concatenate(gains)
    low, high = np.percentile(known[~np.isnan(known)], (2.5, 97.5))
    return Gain(without, with_behaviour, float(low), float(high))


def _times_drawn(random: np.random.Generator, draws: int, size: int) -> CountArray:
    """Return how often each case is in each draw of n with replacement, shape (draws, n)."""
    cases = random.integers(0, size, (draws, size)) + np.arange(draws)[:, None] * size
    counts = np.bincount(cases.ravel(), minlength=draws * size)
    return counts.reshape(draws, size).astype(np.float32)


class _Order:
    """Cases sorted by risk once, so that a weighted area is one running sum; ties count half."""

    def __init__(self, risk: FloatArray, is_bad: FloatArray) -> None:
        self.order = np.argsort(risk, kind="stable")
        ordered, bad = risk[self.order], is_bad[self.order]
        self.is_good = (1 - bad).astype(np.float32)
        self.bad = np.flatnonzero(bad)
        # Good cases before the tie of a bad one, and up to its end.
        self.before = np.searchsorted(ordered, ordered[self.bad], side="left")
        self.up_to = np.searchsorted(ordered, ordered[self.bad], side="right")

    def areas(self, weights: CountArray) -> FloatArray:
        """Return the area under the curve for each row of weights (draws, n); NaN without pairs."""
        ordered = weights[:, self.order]
        # Whole numbers below 2^24 are exact in four bytes; there are far fewer cases.
        good = np.zeros((len(weights), self.order.size + 1), dtype=np.float32)
        np.cumsum(ordered * self.is_good, axis=1, out=good[:, 1:])
        bad = ordered[:, self.bad].astype(np.float64)
        beaten = (good[:, self.before] + good[:, self.up_to]) / 2
        pairs = good[:, -1] * bad.sum(axis=1)
        won = (bad * beaten).sum(axis=1)
        return np.asarray(np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0))


def impact_ratios(attribute: str, selections: Selections) -> list[GroupRatio]:
    """Return each group's share that reaches the cut-off over that of the best group.

    The best group is found anew after the adjustment, so that no group's fall can hide behind being
    the one that others are measured against. Groups of fewer than 30 are not compared.
    """
    labels = np.asarray(selections.groups, dtype=object)
    masks = {name: labels == name for name in sorted(set(selections.groups))}
    enough = {name: mask for name, mask in masks.items() if mask.sum() >= MIN_GROUP_ROWS}
    before = _ratios(enough, selections.reaches)
    after = _ratios(enough, selections.reaches_with)
    return [
        GroupRatio(attribute, name, int(mask.sum()), before.get(name), after.get(name))
        for name, mask in masks.items()
    ]


def _ratios(
    masks: Mapping[str, npt.NDArray[np.bool_]], reaches: npt.NDArray[np.bool_]
) -> dict[str, float]:
    rates = {name: float(reaches[mask].mean()) for name, mask in masks.items()}
    best = max(rates.values(), default=0.0)
    return {name: rate / best for name, rate in rates.items()} if best and len(rates) > 1 else {}

"""A time budget that holds: what is left to fit is planned anew after each fit that was measured.

Where the fits to come would not fit into the seconds left, the estimator that would take longest
spends less on each (:mod:`scoring.training.effort`); when none can spend less, the same one is
measured on fewer folds. The files that serve come before further folds. A fit that outlasts its
time is stopped.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from scoring.training.effort import LATER_TERMS_S, Effort, foreseen_s, ladder, work

# A fit on all rows beside one on a fold, and the seconds lost to fits that end unevenly.
ALL_ROWS_FACTOR = 1.25
UNEVEN = 1.1
# What follows the fits: figures with their intervals, and the card.
CLOSING_S = 3.0
CLOSING_S_PER_ROW = 1e-4
LARGEST_CLOSING_SHARE = 0.1
# One fit may take this share of the budget, or this many times what was foreseen.
LONGEST_FIT_SHARE = 0.25
LONGEST_FIT_FACTOR = 3.0


@dataclass
class Budget:
    """Seconds for a whole run, counted from the making of this object, and the full effort."""

    seconds: float
    full: Effort = field(default_factory=Effort)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.started_s = self.clock()

    @property
    def left_s(self) -> float:
        return self.seconds - (self.clock() - self.started_s)

    def closing_s(self, rows: int) -> float:
        """Return the seconds to keep for what follows the fits."""
        share = LARGEST_CLOSING_SHARE * self.seconds
        return min(CLOSING_S + CLOSING_S_PER_ROW * rows, share)


@dataclass(frozen=True)
class Remaining:
    """What is left to do for one estimator: folds not begun, and whether a file is to be made.

    ``unit_s`` is the seconds of one unit of work, ``level`` the place in its ``steps`` of effort.
    ``must`` folds may not be given up: the first, as long as none was measured.
    """

    name: str
    steps: Sequence[Effort]
    unit_s: float
    folds: int
    level: int = 0
    must: int = 0
    is_served: bool = False

    @property
    def effort(self) -> Effort:
        return self.steps[self.level]

    @property
    def fit_s(self) -> float:
        return self.unit_s * work(self.name, self.effort)

    @property
    def file_s(self) -> float:
        """The seconds of the fit on all rows and of writing its file."""
        if not self.is_served:
            return 0.0
        return ALL_ROWS_FACTOR * self.fit_s + LATER_TERMS_S.get(self.name, 1.0)

    @property
    def seconds(self) -> float:
        return self.folds * self.fit_s + self.file_s


def plan(left_s: float, processes: int, remaining: Sequence[Remaining]) -> list[Remaining]:
    """Return what is left to do, cut until it should end within the seconds left."""
    planned = {each.name: each for each in remaining}
    while UNEVEN * sum(each.seconds for each in planned.values()) > processes * left_s:
        cut = _cut(planned)
        if cut is None:
            break
        planned[cut.name] = cut
    return list(planned.values())


def _cut(planned: Mapping[str, Remaining]) -> Remaining | None:
    """Return the longest of those that can spend less, cut by one step; None where none can."""
    can = [each for each in planned.values() if each.level + 1 < len(each.steps) and each.seconds]
    if can:
        longest = max(can, key=lambda each: each.seconds)
        return replace(longest, level=longest.level + 1)
    can = [each for each in planned.values() if each.folds > each.must]
    if can:
        longest = max(can, key=lambda each: each.folds * each.fit_s)
        return replace(longest, folds=longest.folds - 1)
    return None


class Pace:
    """The seconds that fits take on this machine, from what the ones before them took."""

    def __init__(
        self,
        names: Sequence[str],
        *,
        rows: int,
        columns: int,
        classes: int,
        rarest: int,
        full: Effort,
    ) -> None:
        self.steps = {name: ladder(name, full, rows, rarest) for name in names}
        self.level = dict.fromkeys(names, 0)
        self._foreseen = {name: foreseen_s(name, rows, columns, classes) for name in names}
        self._measured: dict[str, float] = {}

    def note(self, name: str, effort: Effort, seconds: float) -> None:
        """Learn from a fit: the next of this estimator should take as long for the same work."""
        self._measured[name] = seconds / work(name, effort)

    def unit_s(self, name: str) -> float:
        """Return the seconds of one unit of work of an estimator."""
        if name in self._measured:
            return self._measured[name]
        ratios = [self._measured[each] / self._foreseen[each] for each in self._measured]
        return self._foreseen[name] * (float(np.median(ratios)) if ratios else 1.0)

    def fit_s(self, name: str, effort: Effort) -> float:
        """Return the seconds that a fit should take."""
        return self.unit_s(name) * work(name, effort)

    def lower(self, name: str) -> bool:
        """Let an estimator spend less from now on. False where it cannot."""
        can = self.level[name] + 1 < len(self.steps[name])
        self.level[name] += can
        return can

    def longest_s(self, name: str, budget: Budget) -> float:
        """Return after how many seconds a fit has gone wrong and is begun anew with less."""
        if math.isinf(budget.seconds):
            return math.inf
        foreseen = self.fit_s(name, self.steps[name][self.level[name]])
        return max(LONGEST_FIT_SHARE * budget.seconds, LONGEST_FIT_FACTOR * foreseen)

    def remaining(
        self, folds: Mapping[str, int], measured: Mapping[str, int], served: Sequence[str]
    ) -> list[Remaining]:
        """Return what is left of each estimator as :func:`plan` takes it."""
        return [
            Remaining(
                name,
                self.steps[name],
                self.unit_s(name),
                folds.get(name, 0),
                self.level[name],
                must=0 if measured.get(name) else min(1, folds.get(name, 0)),
                is_served=name in served,
            )
            for name in self.steps
        ]

"""How much a fit may spend, the steps by which that is cut, and what a fit should then take.

Cut are, in this order, the search of settings, the members, the work of each member, and the rows
learned from. What a fit takes is foreseen from the size of the table, and from then on from what
the fits before it took.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

SMALL_ROWS = 5000
LARGE_ROWS = 20_000
LEAST_MEMBERS = 2
LEAST_PASSES = 0.5
# A sample of the rows holds at least so many, and so many of the rarest class.
LEAST_ROWS = 1000
LEAST_CLASS_ROWS = 200
SAMPLE_STEP = 4
# One trial of a search beside one member: it learns faster, and on a sample of a large table.
TRIAL_OF_MEMBER = 0.5
LATER_TERMS_S: Mapping[str, float] = {"neural": 15.0}


@dataclass(frozen=True)
class Effort:
    """Members over inner folds, trials of a search, and how much of the usual work is done.

    ``passes`` (0…1) is the part of its usual work that a member does; ``row_share`` (0…1) the part
    of the rows that is learned from.
    """

    members: int = 5
    trials: int = 0
    passes: float = 1.0
    row_share: float = 1.0

    def as_array(self) -> npt.NDArray[np.float64]:
        return np.array([self.members, self.trials, self.passes, self.row_share])

    @classmethod
    def from_array(cls, values: npt.NDArray[np.float64]) -> "Effort":
        members, trials, passes, row_share = (float(value) for value in values)
        return cls(int(members), int(trials), passes, row_share)


def full_effort(rows: int) -> Effort:
    """Return what a fit on a table of so many rows spends where there is time enough."""
    if rows < SMALL_ROWS:
        return Effort(members=5, trials=20)
    return Effort(members=5 if rows < LARGE_ROWS else 3, trials=12)


def ladder(name: str, full: Effort, rows: int, rarest: int) -> list[Effort]:
    """Return the efforts of an estimator from the full one down, each with less work.

    ``rarest`` is the number of rows of the rarest class.
    """
    steps = [full, replace(full, trials=0)]
    steps.append(replace(steps[-1], members=min(full.members, LEAST_MEMBERS)))
    steps.append(replace(steps[-1], passes=min(full.passes, LEAST_PASSES)))
    share = 1 / SAMPLE_STEP
    while share * rows >= LEAST_ROWS and share * rarest >= LEAST_CLASS_ROWS:
        steps.append(replace(steps[-1], row_share=share))
        share /= SAMPLE_STEP
    kept = steps[:1]
    for step in steps[1:]:
        if work(name, step) < work(name, kept[-1]):
            kept.append(step)
    return kept


def work(name: str, effort: Effort) -> float:
    """Return the work of a fit in units of one member, or of the whole where it has none."""
    if name == "boosting":
        return (effort.members + TRIAL_OF_MEMBER * effort.trials) * effort.row_share
    if name in {"ebm", "neural"}:
        return effort.members * effort.passes * effort.row_share
    if name == "ebm_untuned":
        return effort.passes * effort.row_share
    return effort.row_share


# Seconds of one unit of work: a part that every table takes, and one per million cells.
_FORESEEN: Mapping[str, tuple[float, float]] = {
    "tree": (0.1, 1.0),
    "logistic": (0.1, 2.0),
    "scorecard": (0.4, 18.0),
    "boosting_untuned": (0.1, 4.0),
    "boosting": (0.1, 8.0),
    "neural": (1.6, 16.0),
    "ebm": (2.0, 9.0),
    "ebm_untuned": (22.0, 60.0),
}
# The order of the first fold: what ends soon says how fast the machine is.
QUICK_FIRST = tuple(_FORESEEN)


def foreseen_s(name: str, rows: int, columns: int, classes: int) -> float:
    """Return the seconds of one unit of work before any fit of the estimator was measured."""
    base, per_million = _FORESEEN[name]
    cells = rows * columns / 1e6
    return (base + per_million * cells) * (classes if classes > 2 else 1)


def sample(target: npt.NDArray[np.int64], share: float, seed: int) -> npt.NDArray[np.int64]:
    """Return the places of a stratified sample of rows; a smaller one lies within a larger one."""
    if share >= 1:
        return np.arange(len(target))
    drawn = np.random.default_rng(seed).random(len(target))
    kept = np.zeros(len(target), dtype=bool)
    for each in np.unique(target):
        places = np.flatnonzero(target == each)
        count = max(2, round(share * len(places)))
        kept[places[np.argsort(drawn[places], kind="stable")[:count]]] = True
    return np.flatnonzero(kept)

"""Cross-validation of several estimators on the same folds, within a time budget, resumable."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from scoring.training import fold_fits
from scoring.training.blend import PARTS
from scoring.training.cross_fitted import probabilities
from scoring.training.effort import QUICK_FIRST, SMALL_ROWS, Effort
from scoring.training.fit_pool import Here, Pool
from scoring.training.fold_fits import Checkpoints, Fold, blended
from scoring.training.method import PLAIN, Method
from scoring.training.table_reading import TableError
from scoring.training.tables import CreditRows
from scoring.training.time_plan import Budget, Pace, plan

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]
# An estimator on a fold: its name, the repeat and the fold.
Key = tuple[str, int, int]
POLL_S = 1.0


@dataclass
class OutOfFold:
    """Mean probabilities (n, classes) over repeats, the seconds of all fits, and what was spent.

    Only rows of ``measured`` (n,) have probabilities; ``efforts`` has one entry for each fold.
    """

    probabilities: FloatArray
    fit_s: float = 0.0
    measured: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    efforts: list[Effort] = field(default_factory=list)


def check(rows: CreditRows, folds: int, repeats: int) -> None:
    """Raise TableError for a number of folds that the table cannot give."""
    if folds < 2 or repeats < 1:
        raise TableError("cross-validation needs at least two folds and one repeat")
    rarest = int(np.bincount(rows.target).min())
    if rarest < folds:
        raise TableError(f"the rarest class has {rarest} rows, fewer than the {folds} folds")
    if rows.groups is not None and len(set(rows.groups)) < folds:
        raise TableError(f"the group has fewer different values than the {folds} folds")


def make_splits(rows: CreditRows, folds: int, repeats: int, seed: int) -> list[list[Fold]]:
    """Return the folds of each repeat: stratified, shuffled with seed + repeat, by group."""
    return [list(_folds(rows, folds, seed + repeat)) for repeat in range(repeats)]


def _folds(rows: CreditRows, folds: int, seed: int) -> Iterator[Fold]:
    if rows.groups is None:
        splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
        return iter(splitter.split(rows.features, rows.target))
    grouped = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    return iter(grouped.split(rows.features, rows.target, rows.groups))


def pace_of(rows: CreditRows, names: Sequence[str], budget: Budget) -> Pace:
    """Return what fits of a table should take before any was measured."""
    return Pace(
        names,
        rows=len(rows.target),
        columns=rows.features.shape[1],
        classes=len(rows.classes),
        rarest=int(np.bincount(rows.target).min()),
        full=budget.full,
    )


def cross_validate(
    rows: CreditRows,
    splits: Sequence[Sequence[Fold]],
    names: Iterable[str],
    *,
    seed: int,
    budget: Budget,
    checkpoints: Checkpoints | None = None,
    progress: Progress = lambda step, done, total: None,
    pool: Pool | None = None,
    pace: Pace | None = None,
    served: Sequence[str] = (),
    method: Method = PLAIN,
) -> dict[str, OutOfFold]:
    """Fit every estimator on every fold; return its out-of-fold probabilities by name.

    Where two or more parts of a blend were measured, ``blend`` joins them. Time is kept for the
    files of ``served``. Without a ``pool`` the fits are made in this process. An estimator of
    which no fold ended in time is missing from what is returned.
    """
    names = list(names)
    comparing = _Comparing(
        rows,
        splits,
        names,
        seed,
        budget,
        checkpoints or Checkpoints(),
        progress,
        pool or Here(rows),
        pace or pace_of(rows, names, budget),
        served,
        method,
    )
    fits = comparing.run()
    parts = [name for name in names if any(key[0] == name for key in fits)]
    parts = [name for name in parts if _is_part(name, rows)]
    if len(parts) > 1:
        for repeat, split in enumerate(splits):
            for fold, (train, _) in enumerate(split):
                of_fold = {name: fits.get((name, repeat, fold)) for name in parts}
                if all(of_fold.values()):
                    joined = {"test": blended(of_fold, parts, rows.target[train])}
                    comparing.checkpoints.save("blend", repeat, fold, joined)
                    fits["blend", repeat, fold] = joined
    found = {name: _gather(name, fits, splits, rows) for name in (*names, "blend")}
    results = {name: each for name, each in found.items() if each.efforts}
    if "blend" in results:
        results["blend"].fit_s = sum(results[name].fit_s for name in parts)
    return results


def _is_part(name: str, rows: CreditRows) -> bool:
    # The scorecard adds little to a blend on large tables and would be fitted anew for it.
    small = len(rows.target) < SMALL_ROWS and len(rows.classes) == 2
    return name in PARTS and (name != "scorecard" or small)


def _gather(
    name: str,
    fits: Mapping[Key, Mapping[str, Any]],
    splits: Sequence[Sequence[Fold]],
    rows: CreditRows,
) -> OutOfFold:
    """Join the folds of one estimator, always in the same order."""
    total = np.zeros((len(rows.target), len(rows.classes)))
    count = np.zeros(len(rows.target))
    result = OutOfFold(total)
    for repeat, split in enumerate(splits):
        for fold, (_, test) in enumerate(split):
            if (fitted := fits.get((name, repeat, fold))) is not None:
                total[test] += probabilities(np.asarray(fitted["test"]))
                count[test] += 1
                result.fit_s += float(fitted.get("fit_s", 0.0))
                spent = fitted.get("effort")
                result.efforts.append(Effort() if spent is None else Effort.from_array(spent))
    result.measured = count > 0
    result.probabilities = total / np.maximum(count, 1)[:, None]
    return result


@dataclass
class _Comparing:
    """The fits of a comparison while they are made."""

    rows: CreditRows
    splits: Sequence[Sequence[Fold]]
    names: list[str]
    seed: int
    budget: Budget
    checkpoints: Checkpoints
    progress: Progress
    pool: Pool
    pace: Pace
    served: Sequence[str]
    method: Method

    def run(self) -> dict[Key, dict[str, Any]]:
        keys = [
            (name, repeat, fold)
            for repeat, split in enumerate(self.splits)
            for fold in range(len(split))
            for name in sorted(self.names, key=QUICK_FIRST.index)
        ]
        self.total, self.step = len(keys), self.names[0]
        kept = {key: self.checkpoints.load(*key) for key in keys}
        self.done = {key: fitted for key, fitted in kept.items() if fitted is not None}
        self.waiting = [key for key in keys if key not in self.done]
        self.running: dict[Key, Effort] = {}
        while self.waiting or self.running:
            self._plan()
            while self.waiting and self.pool.has_room:
                self._begin(self._next())
            self._tell()
            for key, fitted in self.pool.wait(POLL_S):
                self._keep(key, fitted)  # type: ignore[arg-type]
            self._stop_late()
        return self.done

    def _tell(self) -> None:
        self.progress(self.step, min(len(self.done), self.total), self.total)

    def _next(self) -> Key:
        """Return the next fit: of the first fold what ends soon, of a later one what takes long."""
        repeat, fold = self.waiting[0][1:]
        if (repeat, fold) == (0, 0):
            return self.waiting[0]
        same = [key for key in self.waiting if key[1:] == (repeat, fold)]
        return max(same, key=lambda key: self.pace.unit_s(key[0]))

    def _begin(self, key: Key) -> None:
        name, repeat, fold = key
        self.waiting.remove(key)
        self.step = name
        self._tell()
        effort = self.pace.steps[name][self.pace.level[name]]
        self.running[key] = effort
        train, test = self.splits[repeat][fold]
        self.pool.start(
            key,
            fold_fits.fit_one,
            train=train,
            test=test,
            name=name,
            seed=self.seed,
            effort=effort,
            in_blend=_is_part(name, self.rows),
            method=self.method,
        )

    def _keep(self, key: Key, fitted: dict[str, Any]) -> None:
        self.pace.note(key[0], self.running.pop(key), float(fitted["fit_s"]))
        self.done[key] = fitted
        self.checkpoints.save(*key, fitted)

    def _left_s(self) -> float:
        return self.budget.left_s - self.budget.closing_s(len(self.rows.target))

    def _plan(self) -> None:
        """Cut what is left to what there is time for."""
        folds = {name: sum(key[0] == name for key in self.waiting) for name in self.names}
        measured = {
            name: sum(key[0] == name for key in (*self.done, *self.running)) for name in self.names
        }
        remaining = self.pace.remaining(folds, measured, self.served)
        left_s = self._left_s() - self._running_left_s()
        for each in plan(left_s, self.pool.processes, remaining):
            self.pace.level[each.name] = each.level
            while folds[each.name] > each.folds:
                last = max((key for key in self.waiting if key[0] == each.name), key=_place)
                self.waiting.remove(last)
                folds[each.name] -= 1

    def _running_left_s(self) -> float:
        """Return the seconds that the running fits should still take, shared by the processes."""
        begun = self.pool.running_s()
        expected = [
            max(0.0, self.pace.fit_s(key[0], effort) - begun.get(key, 0.0))
            for key, effort in self.running.items()
        ]
        return sum(expected) / self.pool.processes

    def _stop_late(self) -> None:
        """Stop fits when the time is up, and begin one anew with less that takes far too long."""
        files_s = sum(each.file_s for each in self.pace.remaining({}, {}, self.served))
        is_over = self._left_s() - files_s / self.pool.processes <= 0
        if is_over:
            self.waiting = [] if self.done or self.running else self.waiting[:1]
        for key, seconds in self.pool.running_s().items():
            name = key[0]  # type: ignore[index]
            if is_over and self.done:
                self.pool.stop(key)
                del self.running[key]  # type: ignore[arg-type]
            elif seconds > self.pace.longest_s(name, self.budget):
                self.pool.stop(key)
                self.pace.note(name, self.running.pop(key), 2 * seconds)  # type: ignore[arg-type]
                if self.pace.lower(name):
                    self.waiting.insert(0, key)  # type: ignore[arg-type]
                else:
                    self.waiting = [each for each in self.waiting if each[0] != name]


def _place(key: Key) -> tuple[int, int]:
    return key[1:]

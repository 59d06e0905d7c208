"""Cross-validation of several estimators on the same folds, within a time budget, resumable."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from scoring.training.blend import PARTS, fit_blend
from scoring.training.cross_fitted import inner_folds, probabilities
from scoring.training.estimators import Effort, makers
from scoring.training.refused_rows import with_refused
from scoring.training.table_reading import TableError
from scoring.training.tables import CreditRows

logger = logging.getLogger(__name__)
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Fold = tuple[IntArray, IntArray]
Progress = Callable[[str, int, int], None]
SMALL_ROWS = 5000
LARGE_ROWS = 20_000
# So many rows say enough to two members that do half the work each.
HUGE_ROWS = 100_000
LEAST_MEMBERS = 2
LEAST_PASSES = 0.5
SEARCH_SHARE = 0.1
LONGEST_SEARCH_S = 60.0


@dataclass
class OutOfFold:
    """Mean probabilities (n, classes) over repeats, and the seconds of all fits."""

    probabilities: FloatArray
    fit_s: float = 0.0


@dataclass
class Budget:
    """Seconds for a comparison. What had to be cut to keep to them is told in ``cut``."""

    seconds: float
    started_s: float = field(default_factory=time.monotonic)
    cut: list[str] = field(default_factory=list)
    members: int = 5
    search_s: float = 0.0
    passes: float = 1.0

    @property
    def left_s(self) -> float:
        return self.seconds - (time.monotonic() - self.started_s)

    def effort(self, seconds_per_fold: float, folds_left: int) -> Effort:
        """Return what each fit may spend, less where the folds left would not fit in.

        Cut are, in this order, the search, the members, and the work of each member.
        """
        expected_s = seconds_per_fold
        while expected_s * folds_left > self.left_s and not self._is_least:
            expected_s = self._cut_once(expected_s, f"in the last {folds_left} folds")
        return Effort(self.members, self.search_s, self.passes)

    @property
    def _is_least(self) -> bool:
        return self.search_s == 0 and self.members <= LEAST_MEMBERS and self.passes <= LEAST_PASSES

    def _cut_once(self, expected_s: float, where: str) -> float:
        """Cut one thing, tell it, and return what a fold should then take."""
        if self.search_s > 0:
            expected_s -= self.search_s
            self.search_s = 0.0
            self.cut.append(f"no search of settings {where}")
        elif self.members > LEAST_MEMBERS:
            expected_s *= LEAST_MEMBERS / self.members
            self.members = LEAST_MEMBERS
            self.cut.append(f"{LEAST_MEMBERS} members a fit {where}")
        else:
            expected_s *= LEAST_PASSES / self.passes
            self.passes = LEAST_PASSES
            self.cut.append(f"less work for each member {where}")
        return expected_s


def budget_for(rows: int, folds: int, seconds: float) -> Budget:
    """Return the budget of a comparison: how it starts out with a table of so many rows."""
    search_s = min(LONGEST_SEARCH_S, SEARCH_SHARE * seconds / folds)
    if rows >= HUGE_ROWS:
        return Budget(seconds, members=LEAST_MEMBERS, search_s=search_s, passes=LEAST_PASSES)
    return Budget(seconds, members=5 if rows < LARGE_ROWS else 3, search_s=search_s)


@dataclass(frozen=True)
class Checkpoints:
    """Finished fits on disk, one file each; without a folder nothing is kept."""

    folder: Path | None = None

    def load(self, name: str, repeat: int, fold: int) -> dict[str, Any] | None:
        path = self._path(name, repeat, fold)
        if path is None or not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as content:
                return dict(content)
        except (OSError, ValueError, EOFError, KeyError):
            return None

    def save(self, name: str, repeat: int, fold: int, content: Mapping[str, Any]) -> None:
        path = self._path(name, repeat, fold)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Moved into its place whole: a run may be cut off at any time.
        part = path.with_suffix(".part.npz")
        np.savez(part, **content)
        part.replace(path)

    def _path(self, name: str, repeat: int, fold: int) -> Path | None:
        return self.folder / f"{name}_{repeat}_{fold}.npz" if self.folder else None


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


def cross_validate(
    rows: CreditRows,
    splits: Sequence[Sequence[Fold]],
    names: Iterable[str],
    *,
    seed: int,
    budget: Budget,
    checkpoints: Checkpoints | None = None,
    progress: Progress = lambda step, done, total: None,
) -> dict[str, OutOfFold]:
    """Fit every estimator on every fold; return its out-of-fold probabilities by name.

    Where two or more parts of a blend are among the names, ``blend`` joins them.
    """
    kept, names = checkpoints or Checkpoints(), list(names)
    shape = (len(rows.target), len(rows.classes))
    results = {name: OutOfFold(np.zeros(shape)) for name in names}
    parts = [name for name in names if name in PARTS and _has_out_of_fold(name, rows)]
    if len(parts) > 1:
        results["blend"] = OutOfFold(np.zeros(shape))
    pairs = [(r, f) for r, split in enumerate(splits) for f in range(len(split))]
    spent: list[float] = []
    for number, (repeat, fold) in enumerate(pairs):
        effort = budget.effort(float(np.mean(spent or [0.0])), len(pairs) - number)
        train, test = splits[repeat][fold]
        fits = {}
        for place, name in enumerate(names):
            progress(name, number * len(names) + place, len(pairs) * len(names))
            fits[name] = kept.load(name, repeat, fold)
            if fits[name] is None:
                fits[name] = fit_one(
                    rows, train, test, name, seed=seed, effort=effort, in_blend=name in parts
                )
                kept.save(name, repeat, fold, fits[name])
            results[name].probabilities[test] += probabilities(fits[name]["test"]) / len(splits)
            results[name].fit_s += float(fits[name]["fit_s"])
        spent.append(sum(float(each["fit_s"]) for each in fits.values()))
        if "blend" in results:
            joined = _blended(fits, parts, rows.target[train])
            kept.save("blend", repeat, fold, {"test": joined})
            results["blend"].probabilities[test] += probabilities(joined) / len(splits)
    if "blend" in results:
        results["blend"].fit_s = sum(results[name].fit_s for name in parts)
    progress("done", len(pairs) * len(names), len(pairs) * len(names))
    return results


def _has_out_of_fold(name: str, rows: CreditRows) -> bool:
    # The scorecard adds little to a blend on large tables and would be fitted anew for it.
    return name != "scorecard" or (len(rows.target) < SMALL_ROWS and len(rows.classes) == 2)


def fit_one(
    rows: CreditRows,
    train: IntArray,
    test: IntArray,
    name: str,
    *,
    seed: int,
    effort: Effort,
    in_blend: bool,
) -> dict[str, Any]:
    """Fit one estimator on one fold; return its scores of the test rows and out of fold."""
    logger.info("fitting %s on %d rows", name, len(train))
    start_s = time.perf_counter()
    groups = rows.groups[train] if rows.groups is not None else None
    features, target = rows.features.iloc[train], rows.target[train]
    if rows.rejected is not None:
        features, target = with_refused(features, target, rows.rejected, seed=seed)
    make = makers(seed, {name: effort})[name]
    estimator = make().fit(features, target, groups)
    fitted: dict[str, Any] = {"fit_s": time.perf_counter() - start_s}
    held_out = rows.features.iloc[test]
    if hasattr(estimator, "scores"):
        fitted["test"] = estimator.scores(held_out)
    else:
        fitted["test"] = _log_odds(estimator.predict_proba(held_out))
    if hasattr(estimator, "out_of_fold_"):
        fitted["out_of_fold"] = estimator.out_of_fold_
    elif in_blend:
        fitted["out_of_fold"] = np.zeros(len(target))
        for inner, held in inner_folds(target, groups, effort.members, seed):
            part = make().fit(features.iloc[inner], target[inner])
            fitted["out_of_fold"][held] = part.scores(features.iloc[held])
    if "out_of_fold" in fitted:
        # Refused rows follow the others, and a blend learns from real outcomes only.
        fitted["out_of_fold"] = fitted["out_of_fold"][: len(train)]
    return fitted


def _log_odds(chances: FloatArray) -> FloatArray:
    logs = np.log(np.clip(chances, 1e-12, 1.0))
    return logs[:, 1] - logs[:, 0] if chances.shape[1] == 2 else logs


def _blended(fits: Mapping[str, Any], parts: Sequence[str], target: IntArray) -> FloatArray:
    blend = fit_blend({name: fits[name]["out_of_fold"] for name in parts}, target)
    return blend.scores({name: fits[name]["test"] for name in parts})

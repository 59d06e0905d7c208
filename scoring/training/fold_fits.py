"""One fit on one fold: its scores of the rows held out, and out of fold those for a blend."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.training.blend import fit_blend
from scoring.training.cross_fitted import inner_folds
from scoring.training.effort import Effort, sample
from scoring.training.estimators import makers
from scoring.training.method import PLAIN, Method
from scoring.training.refused_rows import with_refused
from scoring.training.tables import CreditRows

logger = logging.getLogger(__name__)
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Fold = tuple[IntArray, IntArray]
Learned = tuple[pd.DataFrame, IntArray, npt.NDArray[np.object_] | None]


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


def fit_one(
    rows: CreditRows,
    train: IntArray,
    test: IntArray,
    *,
    name: str,
    seed: int,
    effort: Effort,
    in_blend: bool,
    method: Method = PLAIN,
) -> dict[str, Any]:
    """Fit one estimator on one fold; return what :class:`Checkpoints` keep of it.

    ``test`` holds the scores of the rows held out; ``out_of_fold``, where a blend needs it, those
    of the training rows, NaN for rows that were not learned from; ``effort`` what was spent.
    """
    logger.info("fitting %s on %d rows", name, len(train))
    start_s = time.perf_counter()
    places = sample(rows.target[train], effort.row_share, seed)
    features, target, groups = _at(rows, train[places])
    if rows.rejected is not None:
        features, target = with_refused(features, target, rows.rejected, seed=seed)
    make = makers(seed, {name: effort}, method)[name]
    estimator = make().fit(features, target, groups)
    fitted: dict[str, Any] = {"effort": effort.as_array()}
    held_out = rows.features.iloc[test]
    if hasattr(estimator, "scores"):
        fitted["test"] = estimator.scores(held_out)
    else:
        fitted["test"] = _log_odds(estimator.predict_proba(held_out))
    scores = None
    if hasattr(estimator, "out_of_fold_"):
        scores = estimator.out_of_fold_
    elif in_blend:
        scores = np.zeros(len(target))
        for inner, held in inner_folds(target, groups, effort.members, seed):
            part = make().fit(features.iloc[inner], target[inner])
            scores[held] = part.scores(features.iloc[held])
    if scores is not None:
        # Refused rows follow the others, and a blend learns from real outcomes only.
        fitted["out_of_fold"] = np.full((len(train), *scores.shape[1:]), np.nan)
        fitted["out_of_fold"][places] = scores[: len(places)]
    fitted["fit_s"] = time.perf_counter() - start_s
    return fitted


def sampled_rows(rows: CreditRows, effort: Effort, seed: int) -> Learned:
    """Return features, target and groups of the rows that a fit on all rows learns from."""
    return _at(rows, sample(rows.target, effort.row_share, seed))


def _at(rows: CreditRows, places: IntArray) -> Learned:
    groups = rows.groups[places] if rows.groups is not None else None
    return rows.features.iloc[places], rows.target[places], groups


def _log_odds(chances: FloatArray) -> FloatArray:
    logs = np.log(np.clip(chances, 1e-12, 1.0))
    return logs[:, 1] - logs[:, 0] if chances.shape[1] == 2 else logs


def blended(fits: Mapping[str, Any], parts: Sequence[str], target: IntArray) -> FloatArray:
    """Return the blend's scores of the rows held out; weights from rows that all parts learned."""
    scores = {name: np.asarray(fits[name]["out_of_fold"]) for name in parts}
    known = np.all(
        [np.isfinite(each).reshape(len(each), -1).all(axis=1) for each in scores.values()], axis=0
    )
    blend = fit_blend({name: each[known] for name, each in scores.items()}, target[known])
    return blend.scores({name: fits[name]["test"] for name in parts})

"""An estimator made of members, each learning on all inner folds but one.

The member stops early on the fold that it was not given, and predicts it: these out-of-fold
log-odds serve calibration and blending without a row that a member learned from (cross-fitting;
the mean of the members is bagging by cross-validation, Breiman 1996).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from scoring.training import calibration
from scoring.training.calibration import Calibrator
from scoring.training.encodings import InputEncoding
from scoring.training.method import class_weights

FloatArray = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
LARGEST_LOG_ODDS = 30.0


@dataclass(frozen=True)
class InnerFold:
    """What one member learns from, and the rows on which it stops early."""

    inputs: Matrix
    target: IntArray
    held_inputs: Matrix
    held_target: IntArray
    classes: int
    level_counts: Sequence[int]
    seed: int
    class_weights: FloatArray | None = None

    @property
    def weights(self) -> FloatArray | None:
        """The weights of the rows (n,); None where all weigh the same."""
        return None if self.class_weights is None else self.class_weights[self.target]

    @property
    def held_weights(self) -> FloatArray | None:
        return None if self.class_weights is None else self.class_weights[self.held_target]


class Member(Protocol):
    def fit(self, fold: InnerFold) -> Self: ...

    def scores(self, inputs: Matrix) -> FloatArray:
        """Return log-odds of the event (n,), or with more classes logits (n, classes)."""
        ...


class CrossFitted(ABC):
    """Members over inner folds, their mean, and a calibrator chosen on their out-of-fold scores.

    ``passes`` (0…1) says how much of its usual work a member does. With ``balanced`` every class
    weighs the same while members learn, and calibration sets the probabilities right again.
    Subclasses give :meth:`member`. After ``fit``, ``out_of_fold_`` holds calibrated scores.
    """

    calibrators = calibration.KINDS

    def __init__(
        self, seed: int = 0, members: int = 5, passes: float = 1.0, *, balanced: bool = False
    ) -> None:
        self.seed = seed
        self.members = members
        self.passes = passes
        self.balanced = balanced

    @abstractmethod
    def member(self) -> Member:
        """Return a fresh member for one inner fold."""

    def prepare(self, inputs: Matrix, target: IntArray) -> None:  # noqa: B027  # may stay empty
        """Choose settings before the members learn; nothing to choose by default."""

    def fit(
        self, rows: pd.DataFrame, target: IntArray, groups: npt.NDArray[np.object_] | None = None
    ) -> Self:
        """Learn from features and class numbers; no group of ``groups`` is in two inner folds."""
        self.encoding_ = InputEncoding().fit(rows, target)
        inputs = self.encoding_.transform(rows)
        self.classes_ = int(target.max()) + 1
        self.folds_ = inner_folds(target, groups, self.members, self.seed)
        self.class_weights_ = class_weights(target, self.classes_) if self.balanced else None
        self.prepare(inputs, target)
        out_of_fold = np.zeros((len(target), self.classes_) if self.classes_ > 2 else len(target))
        self.members_: list[Any] = []
        for number, (train, held) in enumerate(self.folds_):
            fold = self.inner_fold(inputs, target, train, held, self.seed + number)
            member = self.member().fit(fold)
            out_of_fold[held] = member.scores(inputs[held])
            self.members_.append(member)
        self.calibrator_ = self._calibrator(out_of_fold, target)
        self.out_of_fold_ = self.calibrator_.apply(out_of_fold)
        return self

    def inner_fold(
        self, inputs: Matrix, target: IntArray, train: IntArray, held: IntArray, seed: int
    ) -> InnerFold:
        """Return the rows of a fold; ``train`` and ``held`` number rows of ``inputs``."""
        return InnerFold(
            inputs[train],
            target[train],
            inputs[held],
            target[held],
            self.classes_,
            self.encoding_.level_counts,
            seed,
            self.class_weights_,
        )

    def _calibrator(self, out_of_fold: FloatArray, target: IntArray) -> Calibrator:
        if self.classes_ > 2:
            return calibration.offsets(out_of_fold, target, self.class_weights_)
        if self.class_weights_ is None:
            return calibration.choose(out_of_fold, target, self.calibrators, self.seed)
        # Uncalibrated, the odds of balanced classes would be taken for those of the table.
        kinds = tuple(kind for kind in self.calibrators if kind != "none")
        return calibration.choose(
            out_of_fold, target, kinds, self.seed, class_weights=self.class_weights_
        )

    def scores(self, rows: pd.DataFrame) -> FloatArray:
        """Return calibrated log-odds (n,), or with more classes logits (n, classes)."""
        return self.calibrator_.apply(self.raw_scores(self.encoding_.transform(rows)))

    def raw_scores(self, inputs: Matrix) -> FloatArray:
        """Return the mean of the members before calibration."""
        return np.asarray(np.mean([member.scores(inputs) for member in self.members_], axis=0))

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        """Return class probabilities, shape (n, classes)."""
        return probabilities(self.scores(rows))


def inner_folds(
    target: IntArray, groups: npt.NDArray[np.object_] | None, folds: int, seed: int
) -> list[tuple[IntArray, IntArray]]:
    """Return stratified folds of the training rows; by group where groups are given."""
    wanted = max(2, min(folds, int(np.bincount(target).min())))
    blank = np.zeros(len(target))
    if groups is None:
        splitter = StratifiedKFold(wanted, shuffle=True, random_state=seed)
        return list(splitter.split(blank, target))
    grouped = StratifiedGroupKFold(wanted, shuffle=True, random_state=seed)
    return list(grouped.split(blank, target, groups))


def probabilities(scores: FloatArray) -> FloatArray:
    """Turn log-odds (n,) or logits (n, classes) into class probabilities (n, classes)."""
    if scores.ndim == 1:
        event = 1 / (1 + np.exp(-np.clip(scores, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)))
        return np.column_stack([1 - event, event])
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))

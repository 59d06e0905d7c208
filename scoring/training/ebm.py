"""The explainable boosting machine (Lou et al. 2013; Nori et al. 2019): a sum of step functions.

One step function per input, and a few tables over pairs of inputs, so that it can be written as
JSON and read by anybody.
"""

from typing import Any, Self

import numpy as np
from interpret.glassbox import ExplainableBoostingClassifier

from scoring.training.cross_fitted import CrossFitted, FloatArray, InnerFold, Matrix

PAIRS = 5
PAIR_BINS = 24
BINS = 256
LARGE_ROWS = 20_000


class EbmMember:
    """One machine over a member's rows; ``pairs`` is how many, or which."""

    def __init__(self, pairs: int | list[tuple[int, int]], passes: float = 1.0) -> None:
        self.pairs = pairs
        self.passes = passes

    def fit(self, fold: InnerFold) -> Self:
        is_large = len(fold.target) >= LARGE_ROWS
        self.machine_ = ExplainableBoostingClassifier(
            feature_names=[f"c{number}" for number in range(fold.inputs.shape[1])],
            feature_types=["continuous"] * fold.inputs.shape[1],
            interactions=self.pairs if fold.classes == 2 else 0,
            outer_bags=max(1, round(self.passes * (2 if is_large else 4))),
            max_bins=BINS,
            max_interaction_bins=PAIR_BINS,
            n_jobs=1,
            random_state=fold.seed,
        )
        self.machine_.fit(fold.inputs.astype(np.float64), fold.target, sample_weight=fold.weights)
        return self

    def scores(self, inputs: Matrix) -> FloatArray:
        return np.asarray(self.machine_.decision_function(inputs.astype(np.float64)))


class ExplainableBoosting(CrossFitted):
    """The mean of machines over inner folds, all with the pairs that the first one found."""

    # A slope and an offset are all that a sum of steps can take and stay a sum of steps.
    calibrators = ("none", "platt")

    def member(self) -> EbmMember:
        return _FirstFindsPairs(self)


class _FirstFindsPairs(EbmMember):
    def __init__(self, owner: ExplainableBoosting) -> None:
        found = pairs_of(owner.members_[0].machine_) if owner.members_ else PAIRS
        super().__init__(found, owner.passes)


def pairs_of(machine: Any) -> list[tuple[int, int]]:
    """Return the pairs of inputs that a machine has a table for."""
    return [tuple(map(int, term)) for term in machine.term_features_ if len(term) == 2]

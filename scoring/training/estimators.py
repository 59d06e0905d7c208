"""The estimators of a comparison, each with the same two verbs.

``fit(rows, target, groups)`` learns from a table with text levels; ``predict_proba(rows)`` returns
class probabilities, shape (n, classes). Whatever an estimator prepares, it learns in ``fit``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from scoring.training.boosting import Boosting
from scoring.training.calibration import offsets
from scoring.training.cross_fitted import probabilities
from scoring.training.ebm import ExplainableBoosting
from scoring.training.effort import LARGE_ROWS, Effort
from scoring.training.encodings import DenseEncoding, InputEncoding
from scoring.training.method import PLAIN, Method, class_weights
from scoring.training.tabular_network import Neural
from scoring.training.woe_scorecard import WoeScorecard

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NAMES = ("scorecard", "boosting", "ebm", "neural", "logistic", "tree")
UNTUNED = ("boosting_untuned", "ebm_untuned")


class Estimator(Protocol):
    def fit(self, rows: pd.DataFrame, target: IntArray, groups: Any = None) -> Self: ...
    def predict_proba(self, rows: pd.DataFrame) -> FloatArray: ...


class Logistic:
    """Logistic regression on standardised numbers and one-hot levels."""

    def __init__(self, *, balanced: bool = False) -> None:
        self.balanced = balanced

    def fit(self, rows: pd.DataFrame, target: IntArray, groups: Any = None) -> Self:
        self.encoding_ = DenseEncoding().fit(rows)
        inputs = self.encoding_.transform(rows)
        weights = class_weights(target, int(target.max()) + 1) if self.balanced else None
        self.classifier_ = LogisticRegression(C=0.5, max_iter=2000)
        self.classifier_.fit(inputs, target, None if weights is None else weights[target])
        self.calibrator_ = offsets(self.classifier_.predict_log_proba(inputs), target, weights)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        logs = self.classifier_.predict_log_proba(self.encoding_.transform(rows))
        return probabilities(self.calibrator_.apply(logs))


class Tree:
    """One decision tree, grown until its leaves hold two in a hundred rows."""

    def __init__(self, seed: int, *, balanced: bool = False) -> None:
        self.seed = seed
        self.balanced = balanced

    def fit(self, rows: pd.DataFrame, target: IntArray, groups: Any = None) -> Self:
        self.encoding_ = DenseEncoding().fit(rows)
        self.classifier_ = DecisionTreeClassifier(
            max_depth=8,
            min_samples_leaf=max(5, len(rows) // 50),
            class_weight="balanced" if self.balanced else None,
            random_state=self.seed,
        )
        self.classifier_.fit(self.encoding_.transform(rows), target)
        self.class_weights_ = class_weights(target, int(target.max()) + 1)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        chances = np.asarray(self.classifier_.predict_proba(self.encoding_.transform(rows)))
        if self.balanced:
            # With the weights taken out, a leaf says the share of each class among its rows.
            chances /= self.class_weights_
            chances /= chances.sum(axis=1, keepdims=True)
        return chances


class Untuned:
    """A library's classifier with its own defaults, to measure the others against."""

    def __init__(self, make: Callable[[int], Any], seed: int) -> None:
        self.make = make
        self.seed = seed

    def fit(self, rows: pd.DataFrame, target: IntArray, groups: Any = None) -> Self:
        self.encoding_ = InputEncoding().fit(rows, target)
        inputs = self.encoding_.transform(rows).astype(np.float64)
        self.classifier_ = self.make(len(rows)).fit(inputs, target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        inputs = self.encoding_.transform(rows).astype(np.float64)
        return np.asarray(self.classifier_.predict_proba(inputs))


def _untuned_boosting(seed: int) -> Untuned:
    return Untuned(
        lambda rows: lightgbm.LGBMClassifier(
            n_jobs=1, random_state=seed, deterministic=True, force_row_wise=True, verbose=-1
        ),
        seed,
    )


def _untuned_ebm(seed: int, passes: float) -> Untuned:
    # Fewer outer bags than the default of 14 on large tables: they cost hours and gain little.
    return Untuned(
        lambda rows: ExplainableBoostingClassifier(
            outer_bags=max(2, round(passes * (8 if rows < LARGE_ROWS else 4))),
            n_jobs=1,
            random_state=seed,
        ),
        seed,
    )


def makers(
    seed: int, efforts: Mapping[str, Effort] | None = None, method: Method = PLAIN
) -> dict[str, Callable[[], Any]]:
    """Return what makes each estimator of the comparison, by its published name.

    The untuned ones follow no method: they are what the others are measured against.
    """
    given = efforts or {}
    balanced = method.balanced

    def effort(name: str) -> Effort:
        return given.get(name, Effort())

    def cross_fitted(make: Callable[..., Any], name: str) -> Callable[[], Any]:
        spent = effort(name)
        return lambda: make(seed, spent.members, spent.passes, balanced=balanced)

    return {
        "scorecard": lambda: WoeScorecard(method=method),
        "boosting": lambda: Boosting(
            seed, effort("boosting").members, effort("boosting").trials, balanced=balanced
        ),
        "ebm": cross_fitted(ExplainableBoosting, "ebm"),
        "neural": cross_fitted(Neural, "neural"),
        "logistic": lambda: Logistic(balanced=balanced),
        "tree": lambda: Tree(seed, balanced=balanced),
        "boosting_untuned": lambda: _untuned_boosting(seed),
        "ebm_untuned": lambda: _untuned_ebm(seed, effort("ebm_untuned").passes),
    }

"""The estimators of a comparison, each with the same two verbs.

``fit(rows, target)`` learns from a table with text categories; ``predict_proba(rows)`` returns
class probabilities, shape (n, classes). Whatever an estimator prepares, it learns in ``fit``.
"""

from collections.abc import Callable
from typing import Any, Protocol, Self

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier
from optbinning import BinningProcess
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from scoring.training.neural import NeuralClassifier
from scoring.training.tables import DenseEncoding, LevelEncoding

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
MIN_INFORMATION_VALUE = 0.02
NETWORKS = 5
# A network over few rows needs more passes to have seen as much.
NETWORK_ROWS = 120_000


class Estimator(Protocol):
    def fit(self, rows: pd.DataFrame, target: IntArray) -> Self: ...
    def predict_proba(self, rows: pd.DataFrame) -> FloatArray: ...


class WoeScorecard:
    """Optimal bins, WOE of every characteristic with an IV of 0.02 or more, logistic regression.

    More than two classes become one scorecard each, against the rest.
    """

    def fit(self, rows: pd.DataFrame, target: IntArray) -> Self:
        self.encoding_ = LevelEncoding().fit(rows)
        encoded = self._plain(rows)
        classes = range(1, 2) if target.max() == 1 else range(int(target.max()) + 1)
        self.parts_ = [_WoePart().fit(encoded, (target == each).astype(int)) for each in classes]
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        encoded = self._plain(rows)
        parts = np.column_stack([part.probability(encoded) for part in self.parts_])
        if parts.shape[1] == 1:
            return np.column_stack([1 - parts, parts])
        return np.asarray(parts / parts.sum(axis=1, keepdims=True))

    def _plain(self, rows: pd.DataFrame) -> pd.DataFrame:
        encoded = self.encoding_.transform(rows)
        return encoded.astype(dict.fromkeys(self.encoding_.levels_, object))


class _WoePart:
    """One event against everything else."""

    def fit(self, rows: pd.DataFrame, is_event: IntArray) -> Self:
        names = list(rows.columns)
        self.binning_ = BinningProcess(
            variable_names=names,
            categorical_variables=[name for name in names if rows[name].dtype.kind != "f"],
            selection_criteria={"iv": {"min": MIN_INFORMATION_VALUE}},
        )
        self.binning_.fit(rows, is_event)
        self.has_characteristics_ = bool(self.binning_.get_support().any())
        self.event_rate_ = float(is_event.mean())
        if self.has_characteristics_:
            self.regression_ = LogisticRegression(C=1.0, max_iter=2000)
            self.regression_.fit(self._woe(rows), is_event)
        return self

    def probability(self, rows: pd.DataFrame) -> FloatArray:
        if not self.has_characteristics_:
            return np.full(len(rows), self.event_rate_)
        return np.asarray(self.regression_.predict_proba(self._woe(rows))[:, 1])

    def _woe(self, rows: pd.DataFrame) -> FloatArray:
        transformed = self.binning_.transform(
            rows, metric="woe", metric_missing="empirical", metric_special="empirical"
        )
        return np.asarray(transformed, dtype=np.float64)


class Boosting:
    """LightGBM with native categories and missing values."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, rows: pd.DataFrame, target: IntArray) -> Self:
        self.encoding_ = LevelEncoding().fit(rows)
        self.classifier_ = lightgbm.LGBMClassifier(
            n_estimators=200 if len(rows) < 5000 else 400,
            learning_rate=0.03,
            num_leaves=8 if len(rows) < 5000 else 24,
            min_child_samples=20,
            subsample=0.8,
            subsample_freq=1,
            colsample_bytree=0.5,
            reg_lambda=5.0,
            cat_smooth=20.0,
            n_jobs=1,
            random_state=self.seed,
            deterministic=True,
            force_row_wise=True,
            verbose=-1,
        )
        self.classifier_.fit(self._encoded(rows), target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return np.asarray(self.classifier_.predict_proba(self._encoded(rows)))

    def _encoded(self, rows: pd.DataFrame) -> pd.DataFrame:
        encoded = self.encoding_.transform(rows)
        # LightGBM refuses some characters in names; the order of columns is name enough.
        return encoded.set_axis([f"c{index}" for index in range(encoded.shape[1])], axis=1)


class ExplainableBoosting:
    """The explainable boosting machine: one step function per characteristic and a few pairs."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, rows: pd.DataFrame, target: IntArray) -> Self:
        self.encoding_ = LevelEncoding().fit(rows)
        is_binary = target.max() == 1
        self.classifier_ = ExplainableBoostingClassifier(
            interactions=5 if is_binary else 0,
            outer_bags=8 if len(rows) < 50_000 else 4,
            n_jobs=1,
            random_state=self.seed,
        )
        self.classifier_.fit(self._encoded(rows), target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return np.asarray(self.classifier_.predict_proba(self._encoded(rows)))

    def _encoded(self, rows: pd.DataFrame) -> pd.DataFrame:
        encoded = self.encoding_.transform(rows)
        return encoded.astype(dict.fromkeys(self.encoding_.levels_, str))


class Neural:
    """The mean of a few small networks from different seeds."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, rows: pd.DataFrame, target: IntArray) -> Self:
        self.encoding_ = DenseEncoding().fit(rows)
        dense = self.encoding_.transform(rows)
        epochs = int(np.clip(NETWORK_ROWS // len(rows), 4, 30))
        self.networks_ = [
            NeuralClassifier(seed=self.seed + index, epochs=epochs).fit(dense, target)
            for index in range(NETWORKS)
        ]
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        dense = self.encoding_.transform(rows)
        return np.asarray(np.mean([each.predict_proba(dense) for each in self.networks_], axis=0))


class Logistic:
    """Logistic regression on standardised numbers and one-hot levels."""

    def fit(self, rows: pd.DataFrame, target: IntArray) -> Self:
        self.encoding_ = DenseEncoding().fit(rows)
        self.classifier_ = LogisticRegression(C=0.5, max_iter=2000)
        self.classifier_.fit(self.encoding_.transform(rows), target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return np.asarray(self.classifier_.predict_proba(self.encoding_.transform(rows)))


class Tree:
    """One decision tree, grown until its leaves hold two in a hundred rows."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, rows: pd.DataFrame, target: IntArray) -> Self:
        self.encoding_ = DenseEncoding().fit(rows)
        self.classifier_ = DecisionTreeClassifier(
            max_depth=8, min_samples_leaf=max(5, len(rows) // 100), random_state=self.seed
        )
        self.classifier_.fit(self.encoding_.transform(rows), target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return np.asarray(self.classifier_.predict_proba(self.encoding_.transform(rows)))


def makers(seed: int) -> dict[str, Callable[[], Any]]:
    """Return what makes each estimator of the comparison, by its published name."""
    return {
        "scorecard": WoeScorecard,
        "boosting": lambda: Boosting(seed),
        "ebm": lambda: ExplainableBoosting(seed),
        "neural": lambda: Neural(seed),
        "logistic": Logistic,
        "tree": lambda: Tree(seed),
    }

"""The estimators of the three-class tables, each with ``fit`` and ``predict_proba``."""

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from scoring.training import three_class_table as table

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CLASSES = len(table.CLASSES)
SEED = 20261121
TREES = 100


def _boosting(**changes: Any) -> lightgbm.LGBMClassifier:
    plain = {
        "n_estimators": 300, "learning_rate": 0.03, "num_leaves": 8, "min_child_samples": 60,
        "colsample_bytree": 0.3, "subsample": 0.8, "subsample_freq": 1, "reg_lambda": 10,
        "random_state": SEED, "n_jobs": 1, "verbose": -1,
    }  # fmt: skip
    return lightgbm.LGBMClassifier(**(plain | changes))


class Boosting:
    """Gradient boosting of the three classes; blanks stay blanks."""

    def fit(self, rows: pd.DataFrame, target: IntArray) -> "Boosting":
        self.trees_ = _boosting().fit(rows, target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return np.asarray(self.trees_.predict_proba(rows))


class OrdinalBoosting:
    """One boosting per cut point, P(better than Poor) and P(Good): the classes have an order."""

    def fit(self, rows: pd.DataFrame, target: IntArray) -> "OrdinalBoosting":
        self.cuts_ = [
            _boosting().fit(rows, (target >= cut).astype(int)) for cut in range(1, CLASSES)
        ]
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        above = np.column_stack([cut.predict_proba(rows)[:, 1] for cut in self.cuts_])
        above = np.minimum.accumulate(above, axis=1)
        ends = np.ones((len(rows), 1))
        return np.asarray(-np.diff(np.hstack([ends, above, 0 * ends]), axis=1))


class Trees:
    """A forest over medians in place of blanks; ``blanks`` among the features counts them."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def fit(self, rows: pd.DataFrame, target: IntArray) -> "Trees":
        self.medians_ = rows.median()
        self.trees_ = self.make().fit(rows.fillna(self.medians_), target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return np.asarray(self.trees_.predict_proba(rows.fillna(self.medians_)))


def _forest() -> Any:
    return RandomForestClassifier(
        TREES, min_samples_leaf=6, max_features=0.2, max_samples=0.7, random_state=SEED
    )


def _extra_trees() -> Any:
    return ExtraTreesClassifier(TREES, min_samples_leaf=4, max_features=0.3, random_state=SEED)


MEMBERS: dict[str, Callable[[], Any]] = {
    "boosting": Boosting,
    "random_forest": lambda: Trees(_forest),
    "extra_trees": lambda: Trees(_extra_trees),
    "ordinal_boosting": OrdinalBoosting,
}


class LogisticOfTheLast:
    """Multinomial regression on the last classes, each with its own weights for the figures."""

    def fit(self, rows: pd.DataFrame, target: IntArray) -> "LogisticOfTheLast":
        self.regression_ = LogisticRegression(C=0.3, max_iter=1000)
        self.regression_.fit(self._design(rows), target)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        return np.asarray(self.regression_.predict_proba(self._design(rows)))

    def _design(self, rows: pd.DataFrame) -> FloatArray:
        last = np.eye(CLASSES)[rows["class_1_ago"].astype(int)]
        before = rows["class_2_ago"].fillna(rows["class_1_ago"]).astype(int)
        figures = np.log(rows[[f"figures_{name}" for name in table.CLASSES]].to_numpy() + 0.01)
        month = np.eye(len(table.MONTHS) + 1)[rows["month"].astype(int)]
        shares = rows[[f"share_{name}" for name in table.CLASSES]].to_numpy()
        plain = np.column_stack([np.eye(CLASSES)[before], figures, month, shares])
        crossed = [last[:, [place]] * plain for place in range(CLASSES)]
        return np.asarray(np.column_stack([last, plain, *crossed]))


EVOLVING: dict[str, Callable[[], Any]] = {"boosting": Boosting, "logistic": LogisticOfTheLast}

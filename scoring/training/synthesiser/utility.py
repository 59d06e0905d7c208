"""How useful and how like the real table synthetic rows are.

TSTR trains on synthetic rows and tests on real ones that the generator never saw; TRTR trains on
the generator's own real rows (Esteban, Hyland and Rätsch 2017). Marginals are compared by total
variation distance, numbers in tenths; pairs of columns by their association, in the same way for
real and synthetic rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.engine import metrics
from scoring.training.columns import parse_numbers
from scoring.training.encodings import InputEncoding
from scoring.training.estimators import Logistic
from scoring.training.tables import MISSING

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NUMBER_BINS = 10


@dataclass(frozen=True)
class Aim:
    """What is predicted: the target's column, the value that is the event, the numeric columns."""

    target: str
    event: str
    numeric: tuple[str, ...]

    def features(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Return text cells as features: floats in numeric columns, levels elsewhere."""
        columns: dict[str, Any] = {}
        for name in cells:
            if name == self.target:
                continue
            filled = cells[name].replace("", np.nan)
            if name in self.numeric:
                columns[name] = parse_numbers(filled)[0]
            else:
                columns[name] = filled.fillna(MISSING).to_numpy(object)
        frame = pd.DataFrame(columns)
        texts = [name for name in frame if frame[name].dtype.kind != "f"]
        return frame.astype(dict.fromkeys(texts, object))

    def events(self, cells: pd.DataFrame) -> IntArray:
        """Return (n,) 1 where the event happened."""
        return (cells[self.target] == self.event).to_numpy(np.int64)


class Boosted:
    """LightGBM, small enough for a thousand rows, on levels ranked by their mean."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, rows: pd.DataFrame, target: IntArray, weight: FloatArray | None = None) -> Any:
        self.encoding_ = InputEncoding().fit(rows, target)
        self.classifier_ = lightgbm.LGBMClassifier(
            n_estimators=120, learning_rate=0.05, num_leaves=8, min_child_samples=20,
            subsample=0.8, subsample_freq=1, colsample_bytree=0.7, n_jobs=1,
            random_state=self.seed, deterministic=True, force_row_wise=True, verbose=-1,
        )  # fmt: skip
        inputs = self.encoding_.transform(rows).astype(np.float64)
        self.classifier_.fit(inputs, target, sample_weight=weight)
        return self

    def predict_proba(self, rows: pd.DataFrame) -> FloatArray:
        inputs = self.encoding_.transform(rows).astype(np.float64)
        return np.asarray(self.classifier_.predict_proba(inputs))


CLASSIFIERS: dict[str, Callable[[int], Any]] = {
    "logistic": lambda seed: Logistic(),
    "boosting": Boosted,
}


def trained_and_tested(
    train: pd.DataFrame, test: pd.DataFrame, aim: Aim, seed: int
) -> dict[str, float]:
    """Return the AUC on ``test`` of each classifier trained on ``train``, both as text cells."""
    target = aim.events(train)
    if len(np.unique(target)) < 2:
        return dict.fromkeys(CLASSIFIERS, 0.5)
    rows, held, is_event = aim.features(train), aim.features(test), aim.events(test)
    return {
        name: metrics.auc(is_event, make(seed).fit(rows, target).predict_proba(held)[:, 1])
        for name, make in CLASSIFIERS.items()
    }


def binned(
    real: pd.DataFrame, other: pd.DataFrame, numeric: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables as levels: numbers in tenths of the real one, missing one level."""
    found: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name in real:
        if name not in numeric:
            for part, frame in zip(found, (real, other), strict=True):
                part[name] = frame[name].replace("", np.nan).fillna(MISSING).to_numpy(object)
            continue
        columns = [parse_numbers(frame[name].replace("", np.nan))[0] for frame in (real, other)]
        edges = np.unique(np.nanquantile(columns[0], np.linspace(0, 1, NUMBER_BINS + 1)[1:-1]))
        for part, numbers in zip(found, columns, strict=True):
            bins = np.searchsorted(edges, numbers, side="left").astype(float)
            part[name] = np.where(np.isnan(numbers), -1.0, bins).astype(int).astype(str)
    return pd.DataFrame(found[0]), pd.DataFrame(found[1])


def marginal_distances(real: pd.DataFrame, other: pd.DataFrame) -> dict[str, float]:
    """Return the total variation distance of each column of two binned tables, 0…1."""
    found = {}
    for name in real:
        shares = [frame[name].value_counts(normalize=True) for frame in (real, other)]
        gap = shares[0].subtract(shares[1], fill_value=0.0).abs()
        found[str(name)] = float(gap.sum() / 2)
    return found


def associations(table: pd.DataFrame) -> pd.Series:
    """Return Cramér's V, corrected for bias (Bergsma 2013), of each pair of binned columns."""
    coded = {name: pd.factorize(table[name])[0] for name in table}
    found = {
        f"{one} × {other}": _cramers_v(coded[one], coded[other])
        for one, other in combinations(coded, 2)
    }
    return pd.Series(found, dtype=float)


def _cramers_v(one: IntArray, other: IntArray) -> float:
    rows, columns = int(one.max()) + 1, int(other.max()) + 1
    n = len(one)
    if rows < 2 or columns < 2:
        return 0.0
    counts = np.bincount(one * columns + other, minlength=rows * columns).reshape(rows, columns)
    expected = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / n
    phi2 = float(((counts - expected) ** 2 / expected).sum() / n)
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    r = rows - (rows - 1) ** 2 / (n - 1)
    c = columns - (columns - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi2 / max(1e-9, min(r, c) - 1)))

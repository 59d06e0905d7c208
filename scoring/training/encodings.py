"""Numbers and levels as the inputs of estimators; what is learned, is learned on one fold."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.training.tables import CODE_SUFFIX

FloatArray = npt.NDArray[np.float64]
MAX_LEVELS = 25
OTHER = "(other)"
CLIP_QUANTILES = (0.005, 0.995)
# A level with fewer rows says too little to be a level of its own.
MIN_LEVEL_ROWS = 10
# The mean of a level is drawn to the mean of all rows as by this many rows.
SMOOTHING_ROWS = 20


class DenseEncoding:
    """Learns on one fold: winsorised, standardised numbers, flags of missing, one-hot levels."""

    def fit(self, rows: pd.DataFrame) -> Self:
        self.numeric_ = [name for name in rows if rows[name].dtype.kind == "f"]
        numbers = rows[self.numeric_]
        self.low_, self.high_ = (numbers.quantile(q) for q in CLIP_QUANTILES)
        clipped = numbers.clip(self.low_, self.high_, axis=1)
        self.median_ = clipped.median().fillna(0.0)
        self.spread_ = clipped.std().replace(0.0, 1.0).fillna(1.0)
        self.flagged_ = [name for name in self.numeric_ if numbers[name].isna().any()]
        self.levels_ = {
            name: list(rows[name].value_counts().index[:MAX_LEVELS])
            for name in rows
            if name not in self.numeric_
        }
        return self

    def transform(self, rows: pd.DataFrame) -> FloatArray:
        """Return (n, columns) floats without NaN."""
        numbers = rows[self.numeric_]
        clipped = numbers.clip(self.low_, self.high_, axis=1).fillna(self.median_)
        parts = [((clipped - self.median_) / self.spread_).to_numpy(float)]
        parts += [numbers[[name]].isna().to_numpy(float) for name in self.flagged_]
        for name, levels in self.levels_.items():
            parts.append(
                np.column_stack([(rows[name] == level).to_numpy(float) for level in levels])
            )
        return np.column_stack(parts)


class InputEncoding:
    """Learns on one fold: every column becomes one float, NaN where a number is missing.

    Levels become their rank by the smoothed mean of the class number; for two classes the best
    split of levels is then among the splits of the ranks (Breiman et al. 1984, section 4.2).
    Rare and unseen levels share one rank.
    """

    def fit(self, rows: pd.DataFrame, target: npt.NDArray[np.int64]) -> Self:
        self.names_ = list(rows)
        self.ranks_ = {
            name: _ranks(rows[name], target) for name in rows if rows[name].dtype.kind != "f"
        }
        return self

    def transform(self, rows: pd.DataFrame) -> npt.NDArray[np.float32]:
        """Return (n, columns) floats."""
        matrix = np.empty((len(rows), len(self.names_)), dtype=np.float32)
        for position, name in enumerate(self.names_):
            if name in self.ranks_:
                ranks = self.ranks_[name]
                matrix[:, position] = rows[name].map(ranks).fillna(ranks[OTHER]).to_numpy(float)
            else:
                matrix[:, position] = rows[name].to_numpy(float)
        return matrix

    @property
    def level_counts(self) -> list[int]:
        """How many levels each column has; 0 for numbers."""
        return [len(self.ranks_.get(name, ())) for name in self.names_]

    def describe(self) -> list[dict[str, Any]]:
        """Return the inputs in order, for the file that serves: name, and its levels or None.

        A ``code`` input reads the special codes of the column that it names.
        """
        return [
            {
                "name": name.removesuffix(CODE_SUFFIX),
                "reads": "code" if name.endswith(CODE_SUFFIX) else "value",
                "levels": self.ranks_.get(name),
            }
            for name in self.names_
        ]


def _ranks(levels: "pd.Series", target: npt.NDArray[np.int64]) -> dict[str, int]:
    counts = levels.value_counts()
    # A special code is kept however rare it is: where it serves, it must be known as a code.
    is_code = str(levels.name).endswith(CODE_SUFFIX)
    kept = list(counts.index[counts >= (1 if is_code else min(MIN_LEVEL_ROWS, len(levels) / 20))])
    overall = float(target.mean())
    sums = pd.Series(target).groupby(levels.to_numpy(object)).sum()
    means = {
        name: (sums[name] + SMOOTHING_ROWS * overall) / (counts[name] + SMOOTHING_ROWS)
        for name in kept
    }
    means[OTHER] = overall
    ordered = sorted(means, key=lambda name: (means[name], str(name)))
    return {name: rank for rank, name in enumerate(ordered)}

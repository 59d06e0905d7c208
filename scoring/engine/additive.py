"""An explainable boosting machine from its JSON: step functions, and tables over pairs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.engine.scorecard import Bin

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Steps:
    """The log-odds of *good* that one input adds: by range and where missing, or by rank."""

    edges: FloatArray
    log_odds: FloatArray
    by_rank: FloatArray | None

    def log_odds_of(self, numbers: FloatArray) -> FloatArray:
        """Return the parts of an input (n,), NaN where missing; of levels it holds the ranks."""
        if self.by_rank is not None:
            return self.by_rank[numbers.astype(np.int64)]
        places = np.searchsorted(self.edges, numbers, side="right")
        places[np.isnan(numbers)] = len(self.log_odds) - 1
        return self.log_odds[places]


@dataclass(frozen=True, slots=True)
class Pair:
    """A table over two inputs; the first row and column are for missing values."""

    inputs: tuple[int, int]
    edges: tuple[FloatArray, FloatArray]
    log_odds: FloatArray

    def log_odds_of(self, table: FloatArray) -> FloatArray:
        """Return the parts of rows of inputs (n, inputs)."""
        row, column = (
            np.where(np.isnan(numbers), 0, 1 + np.searchsorted(edges, numbers, side="right"))
            for numbers, edges in zip(table[:, self.inputs].T, self.edges, strict=True)
        )
        return np.asarray(self.log_odds[row, column])


@dataclass(frozen=True, slots=True)
class AdditiveTable:
    """The whole machine: ln(odds good:bad) = intercept + steps + pairs."""

    intercept_log_odds: float
    steps: tuple[Steps, ...]
    pairs: tuple[Pair, ...]

    def log_odds(self, table: FloatArray) -> FloatArray:
        """Return ln(odds good:bad) (n,) of rows of inputs (n, inputs), NaN where missing."""
        parts = [each.log_odds_of(table[:, place]) for place, each in enumerate(self.steps)]
        parts += [each.log_odds_of(table) for each in self.pairs]
        return np.asarray(self.intercept_log_odds + np.sum(parts, axis=0))


def parse_additive_bytes(content: bytes) -> AdditiveTable:
    """Read the machine from the bytes of its JSON artifact."""
    return parse_additive(json.loads(content))


def parse_additive(content: Mapping[str, Any]) -> AdditiveTable:
    """Build the machine from the content of its artifact."""
    tables = content["characteristics"]
    inputs = content.get("inputs") or [{"levels": None}] * len(tables)
    return AdditiveTable(
        intercept_log_odds=float(content["intercept_log_odds"]),
        steps=tuple(_steps(*each) for each in zip(tables, inputs, strict=True)),
        pairs=tuple(_pair(each) for each in content.get("pairs", ())),
    )


def _steps(table: Mapping[str, Any], described: Mapping[str, Any]) -> Steps:
    bins = [Bin(**each) for each in (*table["bins"], table["missing"])]
    edges = [each.lower for each in bins[1:-1] if each.lower is not None]
    log_odds = np.array([each.log_odds for each in bins])
    return Steps(np.array(edges), log_odds, _by_rank(table, described["levels"]))


def _by_rank(table: Mapping[str, Any], levels: Mapping[str, int] | None) -> FloatArray | None:
    """Return the log-odds of each level in the order of the ranks, which the input holds."""
    if levels is None:
        return None
    ranked = sorted(levels, key=lambda level: levels[level])
    return np.array([float(table["texts"][level]["log_odds"]) for level in ranked])


def _pair(table: Mapping[str, Any]) -> Pair:
    first, second = (np.array(edges, dtype=np.float64) for edges in table["edges"])
    row, column = table["inputs"]
    return Pair((row, column), (first, second), np.array(table["log_odds"], dtype=np.float64))

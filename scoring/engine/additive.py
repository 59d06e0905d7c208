"""An explainable boosting machine from its JSON: step functions, and tables over pairs."""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.engine.inputs import NO_CODE, OTHER, Value, input_values, text_of
from scoring.engine.scorecard import Bin


@dataclass(frozen=True, slots=True)
class Steps:
    """The log-odds of *good* that one input adds: by range, by text, and where missing."""

    name: str
    reads: str
    edges: tuple[float, ...]
    log_odds: tuple[float, ...]
    missing: float
    texts: Mapping[str, float]

    def log_odds_of(self, number: float, value: Value) -> float:
        """Return the part of one row: ``number`` is its input, ``value`` what it was made of."""
        if self.texts:
            text = text_of(value)
            if self.reads == "code":
                text = text if text in self.texts else NO_CODE
            return self.texts.get(text or "(missing)", self.texts[OTHER])
        if math.isnan(number):
            return self.missing
        return self.log_odds[bisect_right(self.edges, number)]


@dataclass(frozen=True, slots=True)
class Pair:
    """A table over two inputs; the first row and column are for missing values."""

    inputs: tuple[int, int]
    edges: tuple[tuple[float, ...], tuple[float, ...]]
    log_odds: tuple[tuple[float, ...], ...]

    def log_odds_of(self, numbers: Sequence[float]) -> float:
        row, column = (
            0 if math.isnan(numbers[place]) else 1 + bisect_right(edges, numbers[place])
            for place, edges in zip(self.inputs, self.edges, strict=True)
        )
        return self.log_odds[row][column]


@dataclass(frozen=True, slots=True)
class AdditiveTable:
    """The whole machine: ln(odds good:bad) = intercept + steps + pairs."""

    name: str
    intercept_log_odds: float
    inputs: tuple[Mapping[str, Any], ...]
    steps: tuple[Steps, ...]
    pairs: tuple[Pair, ...]

    def log_odds(self, values: Mapping[str, Value]) -> float:
        """Return ln(odds good:bad) of one row of values by name; None where missing."""
        numbers = input_values(self.inputs, values)
        parts = [
            each.log_odds_of(number, values.get(each.name))
            for each, number in zip(self.steps, numbers, strict=True)
        ]
        parts += [each.log_odds_of(numbers) for each in self.pairs]
        return self.intercept_log_odds + math.fsum(parts)


def parse_additive_bytes(content: bytes) -> AdditiveTable:
    """Read the machine from the bytes of its JSON artifact."""
    return parse_additive(json.loads(content))


def parse_additive(content: Mapping[str, Any]) -> AdditiveTable:
    """Build the machine from the content of its artifact."""
    return AdditiveTable(
        name=content["name"],
        intercept_log_odds=float(content["intercept_log_odds"]),
        inputs=tuple(content.get("inputs") or map(_plain_input, content["characteristics"])),
        steps=tuple(_steps(each) for each in content["characteristics"]),
        pairs=tuple(_pair(each) for each in content.get("pairs", ())),
    )


def _plain_input(table: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": table["name"], "reads": "value", "levels": None}


def _steps(table: Mapping[str, Any]) -> Steps:
    bins = [Bin(**each) for each in table["bins"]]
    return Steps(
        name=table["name"],
        reads=table.get("reads", "value"),
        edges=tuple(each.lower for each in bins[1:] if each.lower is not None),
        log_odds=tuple(each.log_odds for each in bins),
        missing=Bin(**table["missing"]).log_odds,
        texts={text: each["log_odds"] for text, each in table.get("texts", {}).items()},
    )


def _pair(table: Mapping[str, Any]) -> Pair:
    first, second = table["edges"]
    row, column = table["inputs"]
    return Pair(
        inputs=(row, column),
        edges=(tuple(first), tuple(second)),
        log_odds=tuple(tuple(row) for row in table["log_odds"]),
    )

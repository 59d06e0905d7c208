"""The WOE logistic scorecard, read from a JSON artifact and scaled by the policy.

The artifact keeps log-odds (coefficient · WOE); the policy turns them into whole points:
points = offset + factor · ln(odds good:bad), factor = PDO / ln 2,
offset = base points - factor · ln(base odds) (Siddiqi 2006, chapter 6).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scoring.engine.inputs import Value, text_of
from scoring.engine.types import (
    MAX_SCORE_POINTS,
    MIN_SCORE_POINTS,
    Calibration,
    Contribution,
    FinancialFactors,
    FinancialScore,
)
from scoring.engine.woe import bin_index


@dataclass(frozen=True, slots=True)
class Scale:
    """How odds become points: ``base_points`` at ``base_odds`` good:bad, doubling every PDO."""

    base_points: int
    base_odds: float
    points_to_double_odds: int

    @property
    def factor(self) -> float:
        return self.points_to_double_odds / math.log(2)

    @property
    def offset(self) -> float:
        return self.base_points - self.factor * math.log(self.base_odds)

    @property
    def calibration(self) -> Calibration:
        return Calibration(intercept=-self.offset / self.factor, slope_per_point=1 / self.factor)


@dataclass(frozen=True, slots=True)
class Bin:
    """A half-open range [lower, upper) of values; ``share`` is its part of the population.

    ``woe`` and ``bad_rate`` are None in bins that no data set supports.
    """

    lower: float | None
    upper: float | None
    log_odds: float
    share: float
    woe: float | None = None
    bad_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the points of a characteristic come from: ``kind`` is ``trained`` or ``expert``."""

    kind: str
    data_set: str
    rows: int
    licence: str


@dataclass(frozen=True)
class Characteristic:
    """One characteristic with its bins in rising order and a bin of its own for *missing*.

    ``texts`` holds the bins of levels and of special codes by how the table writes them.
    """

    name: str
    unit: str
    bins: tuple[Bin, ...]
    missing: Bin
    source: Source
    texts: Mapping[str, Bin] = field(default_factory=dict)

    @cached_property
    def edges(self) -> tuple[float, ...]:
        return tuple(each.lower for each in self.bins[1:] if each.lower is not None)

    def bin_of(self, value: Value) -> Bin:
        if self.texts and (found := self.texts.get(text_of(value) or "")):
            return found
        if value is None or isinstance(value, str):
            return self.missing
        return self.bins[bin_index(value, self.edges)]

    def mean_points(self, factor: float) -> int:
        """Return the population's mean points, rounded to a whole point."""
        every_bin = (*self.bins, *self.texts.values(), self.missing)
        return round(math.fsum(each.share * round(factor * each.log_odds) for each in every_bin))


@dataclass(frozen=True)
class Scorecard:
    """A scorecard without a scale: intercept and characteristics in log-odds of *good*."""

    name: str
    version: str
    intercept_log_odds: float
    characteristics: tuple[Characteristic, ...]

    def log_odds(self, values: Mapping[str, Value]) -> float:
        """Return ln(odds good:bad) before any rounding to points."""
        parts = (each.bin_of(values[each.name]).log_odds for each in self.characteristics)
        return self.intercept_log_odds + math.fsum(parts)

    def score(self, factors: FinancialFactors, scale: Scale) -> FinancialScore:
        """Return the score on the policy's scale, its contributions and what was missing."""
        values = factors.characteristics()
        contributions = [
            Contribution(each.name, round(scale.factor * each.bin_of(values[each.name]).log_odds))
            for each in self.characteristics
        ]
        base_points = round(scale.offset + scale.factor * self.intercept_log_odds)
        unclipped = base_points + sum(each.points for each in contributions)
        clipped = min(max(unclipped, MIN_SCORE_POINTS), MAX_SCORE_POINTS)
        if clipped != unclipped:
            contributions.append(Contribution("scale_limit", clipped - unclipped))
        return FinancialScore(
            estimator=self.name,
            score_points=clipped,
            base_points=base_points,
            contributions=tuple(contributions),
            calibration=scale.calibration,
            missing=tuple(each.name for each in self.characteristics if values[each.name] is None),
            population_points={
                each.name: each.mean_points(scale.factor) for each in self.characteristics
            },
        )


def parse_scorecard_bytes(content: bytes) -> Scorecard:
    """Read a scorecard from the bytes of its JSON artifact. Raises ValueError for gaps in bins."""
    return parse_scorecard(json.loads(content))


def parse_scorecard(content: Mapping[str, Any]) -> Scorecard:
    """Build a scorecard from the content of its artifact. Raises ValueError for gaps in bins."""
    characteristics = tuple(_characteristic(table) for table in content["characteristics"])
    return Scorecard(
        name=content["name"],
        version=content["version"],
        intercept_log_odds=float(content["intercept_log_odds"]),
        characteristics=characteristics,
    )


def _characteristic(table: Mapping[str, Any]) -> Characteristic:
    bins = tuple(Bin(**each) for each in table["bins"])
    uppers = [each.upper for each in bins]
    lowers = [each.lower for each in bins]
    if not bins or lowers[0] is not None or uppers[-1] is not None or lowers[1:] != uppers[:-1]:
        raise ValueError(f"the bins of {table['name']} leave a gap or overlap")
    return Characteristic(
        name=table["name"],
        unit=table["unit"],
        bins=bins,
        missing=Bin(**table["missing"]),
        source=Source(**table["source"]),
        texts={text: Bin(**each) for text, each in table.get("texts", {}).items()},
    )

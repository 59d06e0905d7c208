"""Why a challenger gives what it gives: Shapley values of its inputs in log-odds of *good*.

The background is the population as the scorecard's artifact describes it: for each input the
middle of each bin, weighted by the bin's share, and all combinations of them. It holds no row of
a person, so it may be shipped where the rows themselves may not; the price is that it takes the
inputs as independent. Importing this loads ONNX Runtime, so only the scoring worker does.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from scoring.engine.artifacts import ArtifactEntry, load_estimators, read_manifest
from scoring.engine.classifier import INPUTS, Estimate, estimate_of
from scoring.engine.scorecard import Bin, Characteristic
from scoring.engine.shapley import (
    Background,
    FloatArray,
    ShapleyValues,
    product_background,
    shapley_values,
)

SMALLEST_PROBABILITY = 1e-9


@dataclass(frozen=True, slots=True)
class Attribution:
    """The Shapley values of one challenger's inputs, in log-odds of *good*."""

    entry: ArtifactEntry
    values: ShapleyValues


def attributions(
    characteristics: Mapping[str, float | None], artifacts_dir: Path
) -> tuple[Attribution, ...]:
    """Explain every challenger of the manifest. Raises ArtifactError for a wrong file."""
    background = population(artifacts_dir)
    own = [characteristics[name] for name in INPUTS]
    row = [math.nan if value is None else value for value in own]
    entries = [e for e in read_manifest(artifacts_dir).values() if e.role == "challenger"]
    return tuple(
        Attribution(entry, shapley_values(_log_odds_of(entry, artifacts_dir), row, background))
        for entry in entries
    )


def _log_odds_of(entry: ArtifactEntry, artifacts_dir: Path) -> "_LogOdds":
    return _LogOdds(estimate_of(entry, artifacts_dir))


@dataclass(frozen=True, slots=True)
class _LogOdds:
    estimate: Estimate

    def __call__(self, rows: FloatArray) -> FloatArray:
        risk = np.clip(self.estimate(rows), SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        return np.asarray(np.log((1 - risk) / risk), dtype=np.float64)


@lru_cache(maxsize=4)
def population(artifacts_dir: Path) -> Background:
    """Return all combinations of the bins of the challengers' inputs, weighted by their shares."""
    card = load_estimators(artifacts_dir).scorecard
    inputs = {each.name: each for each in card.characteristics}
    chosen = [inputs[name] for name in INPUTS]
    return product_background(
        [representatives(each) for each in chosen],
        [[bin_.share for bin_ in (*each.bins, each.missing)] for each in chosen],
    )


def representatives(characteristic: Characteristic) -> list[float]:
    """Return one value per bin, rising, and NaN for *missing* at the end.

    The middle of a bin, below the first edge the middle down to 0, above the last edge the edge
    itself, where most of such a bin lies. Counts are whole.
    """
    values = [_middle(bin_) for bin_ in characteristic.bins]
    if characteristic.unit == "count":
        values = [float(math.floor(value)) for value in values]
    return [*values, math.nan]


def _middle(bin_: Bin) -> float:
    lower = bin_.lower or 0.0
    return lower if bin_.upper is None else (lower + bin_.upper) / 2

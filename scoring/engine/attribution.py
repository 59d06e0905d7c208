"""Why a challenger gives what it gives: Shapley values of its inputs in log-odds of *good*.

The background is the population that the challenger learned from, as its own file tells it, else
as the scorecard beside it does: for each input some values with their shares, and all combinations
of them. It holds no row of a person, so it may be shipped where the rows themselves may not; the
price is that it takes the inputs as independent. Importing this loads ONNX Runtime, so only the
scoring worker does.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scoring.engine.artifacts import ArtifactEntry, load_estimators
from scoring.engine.classifier import challengers_of
from scoring.engine.scorecard import Bin, Characteristic
from scoring.engine.shapley import (
    Background,
    FloatArray,
    ShapleyValues,
    product_background,
    shapley_values,
)
from scoring.engine.table_estimator import LARGEST, TableEstimator

SMALLEST_PROBABILITY = 1e-9


@dataclass(frozen=True, slots=True)
class Attribution:
    """The Shapley values of what one challenger reads, in log-odds of *good*."""

    entry: ArtifactEntry
    names: tuple[str, ...]
    values: ShapleyValues


def attributions(
    characteristics: Mapping[str, float | None],
    artifacts_dir: Path,
    *,
    of_businesses: bool = False,
) -> tuple[Attribution, ...]:
    """Explain the challengers of the applicant's kind. Raises ArtifactError for a wrong file.

    One is left out whose population is told neither by its own file nor by the scorecard.
    """
    found = []
    for entry, challenger in challengers_of(artifacts_dir, of_businesses=of_businesses):
        background = background_of(challenger, artifacts_dir, of_businesses=of_businesses)
        if background is None:
            continue
        own = [characteristics[name] for name in challenger.names]
        row = [math.nan if value is None else min(value, LARGEST) for value in own]
        values = shapley_values(_LogOdds(challenger), row, background)
        found.append(Attribution(entry, challenger.names, values))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _LogOdds:
    challenger: TableEstimator

    def __call__(self, rows: FloatArray) -> FloatArray:
        given = self.challenger.probabilities_of_numbers(rows)
        risk = np.clip(given, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        return np.asarray(np.log((1 - risk) / risk), dtype=np.float64)


def background_of(
    challenger: TableEstimator, artifacts_dir: Path, *, of_businesses: bool = False
) -> Background | None:
    """Return the population of a challenger: of its own file, else of the scorecard beside it."""
    told = {
        each["name"]: each["population"] for each in challenger.inputs if each.get("population")
    }
    if set(told) != set(challenger.names):
        known = load_estimators(artifacts_dir)
        card = known.business_scorecard if of_businesses else known.scorecard
        told = {each.name: _shares(each) for each in card.characteristics} if card else {}
    columns = [told.get(name, []) for name in challenger.names]
    if not all(any(share for _, share in column) for column in columns):
        return None
    return product_background(
        [[math.nan if value is None else value for value, _ in column] for column in columns],
        [[share for _, share in column] for column in columns],
    )


def _shares(characteristic: Characteristic) -> list[tuple[float | None, float]]:
    every_bin = (*characteristic.bins, characteristic.missing)
    shares = [each.share for each in every_bin]
    return list(zip(representatives(characteristic), shares, strict=True))


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

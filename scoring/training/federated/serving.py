"""From cells of the grid to what serves: the edges of values, and the scorecard's artifact."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.exports import Origin, scorecard_content
from scoring.training.federated import encoding, grid
from scoring.training.federated.agreement import Agreement, Column
from scoring.training.woe_scorecard import Bins, WoePart, WoeScorecard

FloatArray = npt.NDArray[np.float64]


def inner_edges(agreement: Agreement, column: Column) -> FloatArray:
    """Return the edges between the cells of a column of numbers."""
    return grid.edges(column.unit, coarse=agreement.coarse)


def scorecard(agreement: Agreement, found: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """Return the content of ``scorecard.json``, in log-odds of *good*."""
    part = WoePart()
    part.bins_ = [
        _bins(agreement, steps, np.asarray(counts))
        for steps, counts in zip(encoding.parse(found["inputs"]), found["bins"], strict=True)
    ]
    part.intercept_ = float(found["coefficients"][0])
    part.coefficients_ = np.asarray(found["coefficients"][1:])
    whole = WoeScorecard()
    whole.parts_ = [part]
    return scorecard_content(whole, origin)


def _bins(agreement: Agreement, steps: encoding.Steps, counts: FloatArray) -> Bins:
    column = agreement.columns[steps.column]
    edges: tuple[float, ...] = ()
    if not column.levels:
        inner = inner_edges(agreement, column)
        # The last cut leads to the cell of what is missing, which is no edge of values.
        edges = tuple(float(inner[cut - 1]) for cut in steps.cuts[:-1])
    levels = tuple((level,) for level in column.levels)
    return Bins(column.name, edges, levels, (), good=counts[:, 0], bad=counts[:, 1])


def values_of(
    agreement: Agreement, table: Sequence[Mapping[str, str]]
) -> list[dict[str, float | str | None]]:
    """Return rows as they arrive where an estimator serves, from the texts of a branch's table."""
    return [
        {
            column.name: row[column.name] if column.levels else _number(row[column.name])
            for column in agreement.columns
        }
        for row in table
    ]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

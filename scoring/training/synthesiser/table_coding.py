"""A mixed table as what networks learn from, and the description that decodes what they draw.

A numeric column becomes the normal score of its quantile; ties are spread at random over the
quantiles that they share (distributional transform, Rüschendorf 2009), so that a spike of equal
values is an interval and not a point. A column of levels becomes one-hot. Nothing in the
description is one person's value: rare levels are pooled, and the values of a numeric column are
means of several rows, or values that several rows share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from scoring.training.columns import read_column
from scoring.training.table_reading import TableError
from scoring.training.tables import MISSING

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
# Numbers with at most so many values are levels: a rate of 1 to 4 is a choice, no amount.
MAX_COUNTED_LEVELS = 12
MAX_LEVELS = 30
# A value or level that fewer rows share would point at a person.
MIN_SHARED_ROWS = 5
# Above this share of distinct values a number is a measurement, below it a count.
CONTINUOUS_SHARE = 0.2
QUANTILES = 40
# Normal scores are kept inside ±2.8 (the outer quarter of a percent).
OUTER_SHARE = 0.0025
OTHER = "(other)"


@dataclass(frozen=True)
class NumberCoding:
    """A numeric column: ``values`` (k,) at the cumulative shares ``quantiles`` (k,) of 0…1.

    A *continuous* column is interpolated between its values; another one takes the first value
    whose cumulative share is reached. ``states`` are "value", and a level for each special code
    and for missing, where the column has any.
    """

    name: str
    values: FloatArray
    quantiles: FloatArray
    continuous: bool
    decimals: int
    states: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": "number",
            "continuous": self.continuous,
            "decimals": self.decimals,
            "values": [round(float(value), self.decimals + 2) for value in self.values],
            "quantiles": [round(float(share), 6) for share in self.quantiles],
            "states": list(self.states),
        }


@dataclass(frozen=True)
class LevelCoding:
    """A column of text levels; a level that few rows share is read as the commonest one."""

    name: str
    levels: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "kind": "level", "levels": list(self.levels)}


Coding = NumberCoding | LevelCoding


@dataclass(frozen=True)
class CodedTable:
    """Rows as arrays: ``scores`` (n, numbers), ``levels`` (n, level blocks), ``classes`` (n,)."""

    scores: npt.NDArray[np.float32]
    levels: IntArray
    classes: IntArray

    def take(self, rows: IntArray) -> "CodedTable":
        return CodedTable(self.scores[rows], self.levels[rows], self.classes[rows])

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True)
class TableCoding:
    """The coding of all columns, the target's classes, and their shares."""

    columns: tuple[Coding, ...]
    target: str
    classes: tuple[str, ...]
    class_shares: tuple[float, ...]
    order: tuple[str, ...]

    @property
    def numbers(self) -> list[NumberCoding]:
        return [each for each in self.columns if isinstance(each, NumberCoding)]

    @property
    def blocks(self) -> list[tuple[str, tuple[str, ...]]]:
        """The one-hot blocks in order: a column of levels, or the states of a numeric one."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for each in self.columns:
            if isinstance(each, LevelCoding):
                found.append((each.name, each.levels))
            elif len(each.states) > 1:
                found.append((each.name, each.states))
        return found

    @property
    def widths(self) -> list[int]:
        return [len(levels) for _name, levels in self.blocks]

    def code(self, cells: pd.DataFrame, generator: np.random.Generator) -> CodedTable:
        """Return text cells (n rows) as arrays; the generator spreads ties."""
        scores = [_scores(each, cells[each.name], generator) for each in self.numbers]
        by_name = {each.name: each for each in self.columns}
        levels = [_levels(by_name[name], cells[name]) for name, _levels_ in self.blocks]
        numbers = {name: number for number, name in enumerate(self.classes)}
        rows = len(cells)
        return CodedTable(
            np.column_stack(scores).astype(np.float32) if scores else np.zeros((rows, 0), "f4"),
            np.column_stack(levels) if levels else np.zeros((rows, 0), np.int64),
            cells[self.target].map(numbers).to_numpy(np.int64),
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "classes": list(self.classes),
            "class_shares": [round(share, 6) for share in self.class_shares],
            "order": list(self.order),
            "columns": [each.as_dict() for each in self.columns],
        }


def fit_coding(cells: pd.DataFrame, target: str, classes: Sequence[str]) -> TableCoding:
    """Learn the coding of text cells (NaN where empty). Raises TableError without a column."""
    codings: list[Coding] = []
    for name in cells:
        if name != target and (coding := _fit_column(str(name), cells[name])) is not None:
            codings.append(coding)
    if not codings:
        raise TableError("no column is left to learn from")
    counts = cells[target].value_counts()
    shares = tuple(float(counts[name] / counts.sum()) for name in classes)
    used = {each.name for each in codings} | {target}
    order = tuple(str(name) for name in cells if name in used)
    return TableCoding(tuple(codings), target, tuple(classes), shares, order)


def _fit_column(name: str, cells: "pd.Series") -> Coding | None:
    column = read_column(name, cells)
    if column.kind in {"identifier", "empty", "constant", "date"}:
        return None
    if column.text is not None or cells.nunique() <= MAX_COUNTED_LEVELS:
        return _fit_levels(name, cells)
    assert column.numbers is not None
    known = column.numbers[~np.isnan(column.numbers)]
    states = ["value", *column.special_codes]
    if np.isnan(column.numbers).sum() > sum(code is not None for code in column.codes):
        states.append(MISSING)
    return _fit_numbers(name, known, tuple(states))


def _fit_levels(name: str, cells: "pd.Series") -> LevelCoding:
    counts = cells.fillna(MISSING).value_counts()
    kept = [str(level) for level in counts.index[counts >= MIN_SHARED_ROWS][:MAX_LEVELS]]
    return LevelCoding(name, tuple(sorted(kept or [str(counts.index[0])])))


def _fit_numbers(name: str, known: FloatArray, states: tuple[str, ...]) -> NumberCoding:
    distinct, counts = np.unique(known, return_counts=True)
    decimals = _decimals(distinct)
    if len(distinct) > CONTINUOUS_SHARE * len(known):
        values, shares = _quantile_means(np.sort(known))
        return NumberCoding(name, np.round(values, decimals), shares, True, decimals, states)
    values, shares = _shared_values(distinct, counts)
    return NumberCoding(name, values, shares, False, decimals, states)


def _decimals(values: FloatArray) -> int:
    for decimals in range(4):
        if np.allclose(values, np.round(values, decimals), atol=1e-9, rtol=0):
            return decimals
    return 4


def _quantile_means(rising: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return values at even quantiles, each the mean of the rows around it."""
    cells = max(2, min(QUANTILES, len(rising) // (2 * MIN_SHARED_ROWS)))
    shares = np.linspace(0.0, 1.0, cells + 1)
    positions = np.clip(
        np.round(shares * (len(rising) - 1)).astype(int) - MIN_SHARED_ROWS // 2,
        0,
        max(0, len(rising) - MIN_SHARED_ROWS),
    )
    values = [rising[start : start + MIN_SHARED_ROWS].mean() for start in positions]
    return np.maximum.accumulate(np.array(values)), shares


def _shared_values(distinct: FloatArray, counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the values that several rows share; others count with their nearest neighbour."""
    kept = counts >= MIN_SHARED_ROWS
    if kept.sum() < 2:
        kept = counts >= np.sort(counts)[-2]
    values = distinct[kept]
    nearest = np.abs(distinct[:, None] - values[None, :]).argmin(axis=1)
    pooled = np.bincount(nearest, weights=counts, minlength=len(values))
    return values, np.cumsum(pooled) / pooled.sum()


def _scores(coding: NumberCoding, cells: "pd.Series", generator: np.random.Generator) -> FloatArray:
    """Return (n,) normal scores; 0 where the cell is missing or a special code."""
    numbers = _numbers(coding, cells)
    known = ~np.isnan(numbers)
    spread = generator.random(len(numbers))
    if coding.continuous:
        shares = _spread_quantiles(coding, numbers, spread)
    else:
        nearest = np.abs(np.nan_to_num(numbers)[:, None] - coding.values[None, :]).argmin(axis=1)
        starts = np.concatenate([[0.0], coding.quantiles[:-1]])
        shares = starts[nearest] + spread * (coding.quantiles[nearest] - starts[nearest])
    scores = ndtri(np.clip(shares, OUTER_SHARE, 1 - OUTER_SHARE))
    return np.where(known, scores, 0.0)


def _spread_quantiles(coding: NumberCoding, numbers: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the quantile of each number; a value that fills several cells is spread over them."""
    filled = np.nan_to_num(numbers)
    first = np.interp(filled, *_unique_last(coding.values, coding.quantiles, last=False))
    last = np.interp(filled, *_unique_last(coding.values, coding.quantiles, last=True))
    return first + spread * (last - first)


def _unique_last(
    values: FloatArray, quantiles: FloatArray, *, last: bool
) -> tuple[FloatArray, FloatArray]:
    distinct, first = np.unique(values, return_index=True)
    if not last:
        return distinct, quantiles[first]
    return distinct, quantiles[len(values) - 1 - np.unique(values[::-1], return_index=True)[1]]


def _numbers(coding: NumberCoding, cells: "pd.Series") -> FloatArray:
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float, copy=True)
    numbers[cells.isin(coding.states[1:]).to_numpy()] = np.nan
    return numbers


def _levels(coding: Coding, cells: "pd.Series") -> IntArray:
    """Return (n,) positions in the levels; an unknown level is read as the commonest one."""
    if isinstance(coding, NumberCoding):
        numbers = _numbers(coding, cells)
        states = cells.where(cells.isin(coding.states[1:]), "value")
        texts = states.where(~np.isnan(numbers) | (states != "value"), MISSING)
        levels = coding.states
    else:
        texts, levels = cells.fillna(MISSING), coding.levels
    positions = {level: number for number, level in enumerate(levels)}
    found = texts.map(positions)
    commonest = 0 if found.dropna().empty else int(found.mode().iloc[0])
    return found.fillna(commonest).to_numpy(np.int64)

"""Any credit table as numbers and categories: reading, cleaning, and encoding per fold."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
# A column counts as numeric where at least this share of its filled cells reads as a number.
NUMERIC_SHARE = 0.9
MAX_LEVELS = 25
OTHER = "(other)"
MISSING = "(missing)"
CLIP_QUANTILES = (0.005, 0.995)


@dataclass(frozen=True)
class CreditRows:
    """Features (floats with NaN, and text categories), class numbers, class names and groups."""

    features: pd.DataFrame
    target: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    groups: npt.NDArray[np.object_] | None
    raw: pd.DataFrame

    @property
    def numeric(self) -> list[str]:
        return [name for name in self.features if self.features[name].dtype.kind == "f"]

    @property
    def categorical(self) -> list[str]:
        return [name for name in self.features if self.features[name].dtype.kind != "f"]


def read_rows(
    path: Path,
    *,
    target: str,
    positive: str | None,
    left_out: Sequence[str],
    group: str | None,
) -> CreditRows:
    """Read a CSV (also gz or zip) with any separator.

    ``positive`` names the target's value that is the event, by default the larger of two; it
    becomes class 1. Rows without a target are skipped. Raises ValueError for a column or value
    that the table does not have, and for a target with one value only.
    """
    raw = pd.read_csv(path, sep=_separator(path), dtype=str, keep_default_na=True)
    raw = raw.rename(columns=lambda name: str(name).strip())
    for name in (target, *left_out, *([group] if group else [])):
        if name not in raw.columns:
            raise ValueError(f"the table has no column {name!r}; it has {', '.join(raw.columns)}")
    raw = raw[raw[target].notna()].reset_index(drop=True)
    names = raw[target].str.strip()
    classes = _classes(names, positive)
    unused = {target, *left_out, *([group] if group else [])}
    features = {name: _cleaned(raw[name]) for name in raw.columns if name not in unused}
    kept = {name: column for name, column in features.items() if not _is_identifier(column)}
    return CreditRows(
        features=pd.DataFrame(kept),
        target=names.map({name: number for number, name in enumerate(classes)}).to_numpy(int),
        classes=classes,
        groups=raw[group].to_numpy(object) if group else None,
        raw=raw,
    )


def _separator(path: Path) -> str:
    first = pd.read_csv(
        path, sep="\0", header=None, nrows=1, dtype=str, engine="python", quoting=csv.QUOTE_NONE
    ).iloc[0, 0]
    return max((",", ";", "\t", " "), key=first.count)


def _classes(names: "pd.Series[str]", positive: str | None) -> tuple[str, ...]:
    found = sorted(names.unique(), key=lambda name: (_as_number(name), name))
    if len(found) < 2:
        raise ValueError("the target has one value only, so there is nothing to tell apart")
    if positive is None:
        return tuple(found)
    if positive not in found:
        raise ValueError(f"the target has no value {positive!r}; it has {', '.join(found)}")
    if len(found) > 2:
        return tuple(found)
    return (*(name for name in found if name != positive), positive)


def _as_number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return 0.0


def _cleaned(column: "pd.Series[str]") -> "pd.Series":
    """Return floats where the column is numeric, else text; stray underscores are typing marks."""
    text = column.str.strip().str.strip("_")
    text = text.where(text != "")
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.notna().sum() >= NUMERIC_SHARE * max(1, text.notna().sum()):
        return numbers.astype(float).replace([np.inf, -np.inf], np.nan)
    return text.fillna(MISSING).astype(object)


def _is_identifier(column: "pd.Series") -> bool:
    """Say whether a column only numbers or names the rows, or says nothing at all."""
    distinct = column.nunique()
    if distinct <= 1:
        return True
    if column.dtype.kind != "f":
        return bool(distinct > 0.5 * len(column))
    steps = np.diff(column.to_numpy())
    return bool(distinct == len(column) and np.all(steps == steps[0]))


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


class LevelEncoding:
    """Learns on one fold: rare text levels become one, and text becomes a pandas category."""

    def fit(self, rows: pd.DataFrame) -> Self:
        self.levels_ = {
            name: [*rows[name].value_counts().index[:MAX_LEVELS], OTHER]
            for name in rows
            if rows[name].dtype.kind != "f"
        }
        return self

    def transform(self, rows: pd.DataFrame) -> pd.DataFrame:
        encoded = rows.copy()
        for name, levels in self.levels_.items():
            known = rows[name].where(rows[name].isin(levels), OTHER)
            encoded[name] = pd.Categorical(known, categories=levels)
        return encoded

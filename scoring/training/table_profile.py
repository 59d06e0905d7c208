"""The profile of a table before anybody trains on it: what each column holds, and its faults."""

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.engine import metrics
from scoring.training.columns import Column, read_column
from scoring.training.table_reading import TextTable, read_text

HIGH_QUANTILE = 0.95
LEVELS_SHOWN = 12
MANY_MISSING_SHARE = 0.5
MANY_LEVELS = 50
MAX_CLASSES = 10
LEAK_AUC = 0.99
RARE_LEVEL_ROWS = 10
TARGET_NAME = re.compile(
    r"default|target|bad|risk|class|outcome|label|status|charged|serious|dlq|score|rating|^y$", re.I
)


@dataclass(frozen=True)
class Fault:
    """Something that a person should know; an ``error`` forbids training, a ``warning`` not."""

    code: str
    severity: str
    column: str | None
    text: str


@dataclass(frozen=True)
class ColumnProfile:
    """One column: ``levels`` are its commonest values with their share of all rows.

    ``high`` is the value below which 95 of 100 known ones lie.
    """

    name: str
    kind: str
    missing_share: float
    distinct: int
    minimum: float | None = None
    maximum: float | None = None
    levels: list[dict[str, Any]] = field(default_factory=list)
    special_codes: list[str] = field(default_factory=list)
    high: float | None = None


@dataclass(frozen=True)
class TableProfile:
    """The profile of a table, as numbers and sentences."""

    rows: int
    duplicates: int
    columns: list[ColumnProfile]
    faults: list[Fault]
    target_candidates: list[str]
    synthetic_rows: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the profile as plain JSON values."""
        return asdict(self)


def profile_table(
    path: Path, target: str | None = None, positive: str | None = None
) -> TableProfile:
    """Read a table and describe it; with a target, also warn of columns that give it away.

    Raises TableError for a file that is empty or is no table.
    """
    return profile_text(read_text(path), target, positive)


def profile_text(
    table: TextTable, target: str | None = None, positive: str | None = None
) -> TableProfile:
    """Describe a table that was read; as :func:`profile_table`."""
    cells = table.cells
    columns = [read_column(name, cells[name]) for name in cells]
    faults = [Fault("read_as", "warning", None, note) for note in table.notes]
    told = [each.name for each in columns if each.kind != "identifier"]
    duplicates = int(cells[told].duplicated().sum())
    faults += _table_faults(cells, duplicates)
    if table.synthetic_rows:
        text = f"{table.synthetic_rows} rows are marked as synthetic; a training refuses them."
        faults.append(Fault("synthetic", "warning", None, text))
    for column in columns:
        faults += _column_faults(column, cells[column.name])
    if target in cells:
        faults += _leaks(columns, cells[target], positive)
    return TableProfile(
        rows=len(cells),
        duplicates=duplicates,
        columns=[_profile(column, cells[column.name]) for column in columns],
        faults=faults,
        target_candidates=_target_candidates(cells.drop(columns=table.mark_columns)),
        synthetic_rows=table.synthetic_rows,
    )


def _profile(column: Column, cells: "pd.Series") -> ColumnProfile:
    counts = cells.value_counts()
    known = column.numbers[~np.isnan(column.numbers)] if column.numbers is not None else []
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        missing_share=round(float(cells.isna().mean()), 6),
        distinct=len(counts),
        minimum=float(np.min(known)) if len(known) else None,
        maximum=float(np.max(known)) if len(known) else None,
        levels=[
            {"value": str(value), "share": round(int(count) / len(cells), 6)}
            for value, count in counts.iloc[:LEVELS_SHOWN].items()
        ],
        special_codes=list(column.special_codes),
        high=float(np.quantile(known, HIGH_QUANTILE)) if len(known) else None,
    )


def _table_faults(cells: pd.DataFrame, duplicates: int) -> list[Fault]:
    faults = []
    if duplicates:
        text = f"{duplicates} rows stand in the table more than once; they are kept."
        faults.append(Fault("duplicates", "warning", None, text))
    if cells.shape[1] < 2:
        text = "The table has one column only, so there is nothing to learn from."
        faults.append(Fault("one_column", "error", None, text))
    return faults


def _column_faults(column: Column, cells: "pd.Series") -> list[Fault]:
    name, missing = column.name, float(cells.isna().mean())
    sentences = {
        "constant": f"{name} has the same value in every row and is left out.",
        "empty": f"{name} is empty and is left out.",
        "identifier": f"{name} numbers or names the rows and is left out.",
    }
    if column.kind in sentences:
        return [Fault(column.kind, "warning", name, sentences[column.kind])]
    faults = []
    if missing > MANY_MISSING_SHARE:
        text = f"{name} is missing in {100 * missing:.0f} % of the rows."
        faults.append(Fault("many_missing", "warning", name, text))
    if column.special_codes:
        text = (
            f"{name} holds codes that are no measurement: {', '.join(column.special_codes)}. "
            "Each gets a bin of its own."
        )
        faults.append(Fault("special_codes", "warning", name, text))
    if column.kind in {"category", "mixed"} and cells.nunique() > MANY_LEVELS:
        text = f"{name} has {cells.nunique()} different texts; the rare ones count as one level."
        faults.append(Fault("many_levels", "warning", name, text))
    if column.note:
        code = {"mixed": "mixed", "date": "date"}.get(column.kind, "cleaned")
        faults.append(Fault(code, "warning", name, f"{name}: {column.note}"))
    return faults


def _leaks(columns: list[Column], target: "pd.Series", positive: str | None) -> list[Fault]:
    known = target.notna().to_numpy()
    if target.nunique() < 2 or target.nunique() > MAX_CLASSES:
        return []
    events = [positive] if positive in set(target) else sorted(target.dropna().unique())
    faults = []
    for column in columns:
        if column.name == target.name or not column.is_used:
            continue
        best = max(_separation(column, (target == each).to_numpy(), known) for each in events)
        if best >= LEAK_AUC:
            text = (
                f"{column.name} alone tells the target almost perfectly (AUC {best:.3f}). It may "
                "hold what is known only afterwards; leave it out if so."
            )
            faults.append(Fault("leak", "warning", column.name, text))
    return faults


def _separation(
    column: Column, is_event: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]
) -> float:
    """Return the best AUC of a column alone: of its numbers, of its levels, of being missing."""
    event = is_event[known]
    if column.text is not None:
        return _level_auc(column.text[known].fillna(""), event)
    numbers = column.numbers[known]
    filled = ~np.isnan(numbers)
    aucs = [_either_way(event, filled.astype(float))]
    if filled.mean() > 0.5:
        aucs += [_either_way(event, np.where(filled, numbers, fill)) for fill in (-1e300, 1e300)]
    return max(aucs)


def _level_auc(levels: "pd.Series", event: npt.NDArray[np.bool_]) -> float:
    counts = levels.map(levels.value_counts())
    pooled = levels.where(counts >= RARE_LEVEL_ROWS, "").to_numpy(object)
    rates = pd.Series(event).groupby(pooled).transform("mean")
    return _either_way(event, rates.to_numpy(float))


def _either_way(event: npt.NDArray[np.bool_], values: npt.NDArray[np.float64]) -> float:
    if not 0 < event.sum() < event.size:
        return 0.5
    found = metrics.auc(event, values)
    return max(found, 1 - found)


def _target_candidates(cells: pd.DataFrame) -> list[str]:
    """Name columns that could be the target, likeliest first: few values, telling name, late."""
    found = []
    for position, name in enumerate(cells):
        values = cells[name].nunique()
        if 2 <= values <= 5 and cells[name].notna().mean() > MANY_MISSING_SHARE:
            is_edge = position in {0, cells.shape[1] - 1}
            key = (not TARGET_NAME.search(name), not is_edge, values != 2, -position)
            found.append((key, name))
    return [name for _, name in sorted(found)]

"""Any credit table as rows that estimators learn from: features, target, groups."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.training.columns import Column, parse_numbers, read_column
from scoring.training.table_reading import TableError, TextTable, read_text

MISSING = "(missing)"
NO_CODE = "(none)"
CODE_SUFFIX = " (code)"
MAX_CLASSES = 20
NAMES_SHOWN = 30
# Of two texts the event is the one that says so; else the later in the alphabet.
EVENT_WORDS = ("bad", "default", "charged", "chgoff", "yes", "true", "late", "delinquent", "poor")
# Classes that people put in an order, from the worst.
ORDERED_WORDS = (
    ("very poor", "bad", "poor", "low"),
    ("standard", "fair", "average", "medium", "satisfactory"),
    ("good", "high"),
    ("very good", "excellent", "very high"),
)
NO_EVENT_WORDS = ("good", "paid", "no", "false", "current", "p i f", "none")


@dataclass(frozen=True)
class CreditRows:
    """Rows of a table.

    ``features`` holds floats (NaN where missing or a special code) and text levels; a numeric
    column with special codes has a second one, named with " (code)", that holds the codes.
    ``target`` (n,) holds class numbers into ``classes``; with two classes 1 is the event.
    ``rejected`` holds the features of rows without an outcome, where they are to be learned from.
    """

    features: pd.DataFrame
    target: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    groups: npt.NDArray[np.object_] | None
    raw: pd.DataFrame
    columns: dict[str, Column] = field(default_factory=dict)
    rejected: pd.DataFrame | None = None

    @property
    def names(self) -> list[str]:
        """The table's own columns among the features."""
        return [name for name in self.features if not name.endswith(CODE_SUFFIX)]

    @property
    def numeric(self) -> list[str]:
        return [name for name in self.features if self.features[name].dtype.kind == "f"]


def read_rows(
    path: Path,
    *,
    target: str,
    positive: str | None,
    left_out: Sequence[str],
    group: str | None,
) -> CreditRows:
    """Read a table; see :func:`rows_of`. Raises TableError."""
    return rows_of(
        read_text(path), target=target, positive=positive, left_out=left_out, group=group
    )


def rows_of(
    table: TextTable,
    *,
    target: str,
    positive: str | None,
    left_out: Sequence[str],
    group: str | None,
    only: Sequence[str] | None = None,
    keep_rejected: bool = False,
) -> CreditRows:
    """Return the rows of a table that was read.

    ``positive`` names the target's value that is the event; it becomes class 1. Rows without a
    target are skipped, or with ``keep_rejected`` become ``rejected``. With ``only`` no other column
    becomes a feature. Raises TableError for a column or value that the table does not have, for a
    target with one value only or with more values than classes, and where no column is left to
    learn from.
    """
    cells = table.cells
    _refuse_unknown(cells, (target, *left_out, *([group] if group else []), *(only or ())))
    known = cells[target].notna().to_numpy()
    if not known.any():
        raise TableError(f"the target {target!r} is empty in every row")
    names = cells.loc[known, target].reset_index(drop=True)
    classes = _classes(target, names, positive)
    unused = {target, *left_out, *([group] if group else []), *table.mark_columns}
    wanted = [name for name in cells if name not in unused and (only is None or name in only)]
    columns = {name: read_column(name, cells[name]) for name in wanted}
    columns = {name: column for name, column in columns.items() if column.is_used}
    features = _features(columns)
    if features.empty:
        raise TableError("no column is left to learn from")
    numbers = {name: number for number, name in enumerate(classes)}
    return CreditRows(
        features=features[known].reset_index(drop=True),
        target=names.map(numbers).to_numpy(np.int64),
        classes=classes,
        groups=_groups(cells, known, group),
        raw=cells[known].reset_index(drop=True),
        columns=columns,
        rejected=features[~known].reset_index(drop=True) if keep_rejected else None,
    )


def _refuse_unknown(cells: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in cells:
            shown = ", ".join(list(cells)[:NAMES_SHOWN])
            more = ", …" if cells.shape[1] > NAMES_SHOWN else ""
            raise TableError(f"the table has no column {name!r}; it has {shown}{more}")


def _classes(target: str, names: "pd.Series[str]", positive: str | None) -> tuple[str, ...]:
    numbers, _ = parse_numbers(names.drop_duplicates())
    by_number = dict(zip(names.drop_duplicates(), numbers, strict=True))
    found = sorted(by_number, key=lambda name: (np.nan_to_num(by_number[name]), name))
    if len(found) < 2:
        raise TableError(
            f"the target {target!r} has one value only, so there is nothing to tell apart"
        )
    if len(found) > MAX_CLASSES:
        raise TableError(
            f"the target {target!r} has {len(found)} different values; it needs two classes, "
            f"or at most {MAX_CLASSES}"
        )
    event = _event(found, positive)
    if len(found) > 2:
        return _in_order(found)
    if event is None:
        return tuple(found)
    return (*(name for name in found if name != event), event)


def _in_order(found: Sequence[str]) -> tuple[str, ...]:
    """Return classes from the worst where their names have an order; else as they were given."""
    ranks = {word: rank for rank, words in enumerate(ORDERED_WORDS) for word in words}
    known = [ranks.get(name.strip().lower(), -1) for name in found]
    if min(known) < 0 or len(set(known)) < len(known):
        return tuple(found)
    return tuple(name for _, name in sorted(zip(known, found, strict=True)))


def _event(found: Sequence[str], positive: str | None) -> str | None:
    if positive is None:
        says_so = [name for name in found if name.lower().startswith(EVENT_WORDS)]
        denies = [name for name in found if name.lower().startswith(NO_EVENT_WORDS)]
        left = [name for name in found if name not in denies]
        chosen = says_so if len(says_so) == 1 else left
        return chosen[0] if len(chosen) == 1 and len(found) == 2 else None
    if positive in found:
        return positive
    wanted, _ = parse_numbers(pd.Series([positive], dtype=object))
    values, _ = parse_numbers(pd.Series(found, dtype=object))
    same = [name for name, value in zip(found, values, strict=True) if value == wanted[0]]
    if not same:
        raise TableError(f"the target has no value {positive!r}; it has {', '.join(found)}")
    return same[0]


def _groups(
    cells: pd.DataFrame, known: npt.NDArray[np.bool_], group: str | None
) -> npt.NDArray[np.object_] | None:
    if group is None:
        return None
    if cells.loc[known, group].isna().any():
        raise TableError(f"the group {group!r} is missing in some rows; every row needs one")
    return cells.loc[known, group].to_numpy(object)


def _features(columns: dict[str, Column]) -> pd.DataFrame:
    features: dict[str, object] = {}
    for name, column in columns.items():
        if column.text is not None:
            features[name] = column.text.fillna(MISSING).to_numpy(object)
            continue
        features[name] = column.numbers
        if column.special_codes:
            codes = pd.Series(column.codes, dtype=object)
            features[f"{name}{CODE_SUFFIX}"] = codes.fillna(NO_CODE).to_numpy(object)
    frame = pd.DataFrame(features)
    texts = [name for name in frame if frame[name].dtype.kind != "f"]
    return frame.astype(dict.fromkeys(texts, object))

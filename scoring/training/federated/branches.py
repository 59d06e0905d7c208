"""One table dealt out to branches with different populations, each in a folder of its own.

This is the simulation's part: a real branch has its folder already (docs/guides/federated.md).
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.training.columns import Column as TableColumn
from scoring.training.federated import branch, certificates, secure
from scoring.training.federated.agreement import Agreement, Column
from scoring.training.table_reading import TableError, read_text, refuse_synthetic
from scoring.training.tables import CreditRows, rows_of

IntArray = npt.NDArray[np.int64]
FOLDER = "branch"
TEST_SHARE = 0.2
FRACTION_UNITS = (0.01, 0.0001)


@dataclass(frozen=True)
class Choice:
    """What a person chose: the table's columns, how to deal its rows out, and what protects them.

    ``split`` is a CSV file with ``row`` (from 0) and ``split`` (train or test); without it every
    fifth row, drawn with the seed, is a test row. Without ``split_by`` rows are dealt at random.
    """

    target: str
    positive: str | None = None
    drop: Sequence[str] = ()
    branches: int = 3
    split_by: str | None = None
    split: Path | None = None
    secure: bool = False
    epsilon: float | None = None
    seed: int = 0
    allow_synthetic: bool = False


@dataclass(frozen=True)
class Dealt:
    """A table in branches: ``place`` (n,) is the branch of a row, ``is_test`` (n,) its part.

    ``synthetic_rows`` of its rows are marked as synthetic.
    """

    agreement: Agreement
    table: pd.DataFrame
    place: IntArray
    is_test: npt.NDArray[np.bool_]
    folders: tuple[Path, ...]
    synthetic_rows: int


def deal(path: Path, choice: Choice, out: Path) -> Dealt:
    """Write the agreement and a folder for each branch, its owner's alone, under ``out``.

    Raises TableError for an unusable choice, and for synthetic rows that it does not allow.
    """
    if choice.branches < 2:
        raise TableError("a federation needs at least two branches")
    table = read_text(path)
    refuse_synthetic(table.synthetic_rows, len(table.cells), allow=choice.allow_synthetic)
    rows = rows_of(
        table,
        target=choice.target,
        positive=choice.positive,
        left_out=list(choice.drop),
        group=None,
    )
    if len(rows.classes) != 2:
        raise TableError("federated training needs a target of two values")
    place, is_test = _places(rows, choice), _test_rows(len(rows.target), choice)
    _check(rows, place, is_test, choice.branches)
    names = [f"{FOLDER}_{number + 1}" for number in range(choice.branches)]
    keys = {name: secure.new_key() for name in names}
    agreement = _agreement(path.stem, rows, choice, keys)
    folders = tuple(out / name for name in names)
    dealt = Dealt(agreement, _table(rows, choice), place, is_test, folders, table.synthetic_rows)
    out.mkdir(parents=True, exist_ok=True)
    agreement.write(out / branch.AGREEMENT_FILE)
    for number, folder in enumerate(dealt.folders):
        _write(folder, dealt, number, keys[folder.name])
    return dealt


def clear(out: Path) -> None:
    """Remove the branches' folders, also where they were not finished."""
    for folder in out.glob(f"{FOLDER}_*"):
        shutil.rmtree(folder)


def _agreement(name: str, rows: CreditRows, choice: Choice, keys: dict[str, bytes]) -> Agreement:
    return Agreement(
        name=name,
        target=choice.target,
        positive=rows.classes[1],
        columns=tuple(_column(column) for column in rows.columns.values()),
        branches={each: secure.public_key(key) for each, key in keys.items()},
        secure=choice.secure,
        epsilon=choice.epsilon,
    )


def _column(column: TableColumn) -> Column:
    if column.numbers is None:
        levels = sorted(map(str, column.text.dropna().unique())) if column.text is not None else []
        return Column(column.name, levels=tuple(levels))
    known = column.numbers[~np.isnan(column.numbers)]
    if np.all(known == np.round(known)):
        return Column(column.name)
    return Column(column.name, unit=FRACTION_UNITS[int(np.abs(known).max(initial=0) <= 1)])


def _table(rows: CreditRows, choice: Choice) -> pd.DataFrame:
    """Return the agreed columns as a branch's table has them: plain numbers and levels."""
    table = {choice.target: rows.raw[choice.target].to_numpy(object)}
    for name in rows.columns:
        numbers = rows.features[name]
        # What is no measurement stays as it was written; a code that is a number is its own cell.
        table[name] = numbers.astype(object).where(numbers.notna(), rows.raw[name])
    return pd.DataFrame(table)


def _places(rows: CreditRows, choice: Choice) -> IntArray:
    if choice.split_by is None:
        order = np.random.default_rng(choice.seed).permutation(len(rows.target))
        return (order % choice.branches).astype(np.int64)
    if choice.split_by not in rows.raw:
        raise TableError(f"the table has no column {choice.split_by!r} to split by")
    texts = rows.raw[choice.split_by]
    numbers = pd.to_numeric(texts, errors="coerce")
    if numbers.isna().any():
        # Levels are dealt out in the order of the alphabet.
        numbers = texts.fillna("").rank(method="dense")
    inner = np.arange(1, choice.branches) / choice.branches
    limits = np.quantile(numbers, inner)
    return np.searchsorted(limits, numbers, side="left").astype(np.int64)


def _test_rows(count: int, choice: Choice) -> npt.NDArray[np.bool_]:
    if choice.split is None:
        order = np.random.default_rng(choice.seed + 1).permutation(count)
        return np.asarray(order < TEST_SHARE * count)
    try:
        split = pd.read_csv(choice.split).set_index("row")["split"]
    except (OSError, KeyError, ValueError) as error:
        raise TableError(f"{choice.split.name} has no columns row and split") from error
    if len(split) != count or not set(split) <= {"train", "test"}:
        raise TableError(f"{choice.split.name} needs train or test for each of {count} rows")
    return np.asarray(split.sort_index() == "test")


def _check(
    rows: CreditRows, place: IntArray, is_test: npt.NDArray[np.bool_], branches: int
) -> None:
    for number in range(branches):
        for part in (True, False):
            found = rows.target[(place == number) & (is_test == part)]
            if len(set(found.tolist())) < 2:
                raise TableError(
                    f"branch {number + 1} of {branches} would have no good or no bad rows to "
                    f"{'measure on' if part else 'learn from'}; split by another column"
                )


def _write(folder: Path, dealt: Dealt, number: int, private: bytes) -> None:
    folder.mkdir(mode=0o700)
    for part, is_part in (("train", ~dealt.is_test), ("test", dealt.is_test)):
        chosen = dealt.table[(dealt.place == number) & is_part]
        chosen.to_csv(folder / f"{part}.csv", index=False)
    dealt.agreement.write(folder / branch.AGREEMENT_FILE)
    key = folder / branch.KEY_FILE
    key.touch(mode=0o600)
    key.write_text(private.hex(), encoding="ascii")
    certificates.write_node_key(folder)


def populations(dealt: Dealt) -> list[dict[str, Any]]:
    """Return name, rows and rate of the event of each branch."""
    bad = (dealt.table[dealt.agreement.target] == dealt.agreement.positive).to_numpy()
    return [
        {
            "name": folder.name,
            "train_rows": int(((dealt.place == number) & ~dealt.is_test).sum()),
            "test_rows": int(((dealt.place == number) & dealt.is_test).sum()),
            "event_rate": round(float(bad[dealt.place == number].mean()), 4),
        }
        for number, folder in enumerate(dealt.folders)
    ]

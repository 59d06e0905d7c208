"""What every evaluation of a network shares: the request, tables of labelled files, decisions."""

import csv
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from media_processing.analysis.types import EMOTIONS
from media_processing.training.evaluation_report import Answer

Item = TypeVar("Item")

# Columns that say whose file a row is, in the order of preference.
PERSON_COLUMNS = ("person", "speaker", "subject")


class EvaluationError(ValueError):
    """The request cannot be carried out; the message says why."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What to measure.

    Either ``dataset`` names a known pack under ``root``, or ``table`` is a CSV with the columns
    ``file`` and ``label_column`` (and ``split``) whose files lie in ``root``, a folder or a zip,
    or ``layout`` names the published layout of ``root``, whose test part is measured by default.
    ``labels`` is ``seven`` or ``native``; ``cropped`` says that pictures are face crops already;
    ``estimator`` chooses between several networks of one modality. ``limit`` takes that many of
    the rows that count, evenly spaced in the order of the table. ``among`` leaves only these
    labels to count and to be answered, as where a data set knows fewer than the network.
    """

    root: Path
    dataset: str | None = None
    table: Path | None = None
    layout: str | None = None
    label_column: str = "label"
    split: str | None = None
    labels: str = "seven"
    cropped: bool = False
    estimator: str | None = None
    limit: int | None = None
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One row of a table; ``person`` is empty where nobody wrote down whose file it is."""

    file: str
    label: str
    person: str = ""


def read_table(table: Path, label_column: str, split: str | None) -> list[LabelledFile]:
    """Return the labelled rows of one split (all where None); empty labels are skipped.

    Raises EvaluationError where the table or one of its columns is missing.
    """
    if not table.is_file():
        raise EvaluationError(f"there is no table {table}")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    needed = {"file", label_column} | ({"split"} if split else set())
    missing = needed - set(rows[0] if rows else ())
    if missing:
        raise EvaluationError(f"{table.name} has no column {', '.join(sorted(missing))}")
    person = next((column for column in PERSON_COLUMNS if rows and column in rows[0]), None)
    return [
        LabelledFile(row["file"], row[label_column].strip(), row[person] if person else "")
        for row in rows
        if row[label_column].strip() and (split is None or row["split"] == split)
    ]


def read_bytes(root: Path, names: Sequence[str]) -> Iterator[bytes | None]:
    """Yield the content of each file of a folder or a zip; None for one that is missing."""
    if not root.exists():
        raise EvaluationError(f"there is no {root}")
    if root.is_dir():
        for name in names:
            path = root / name
            yield path.read_bytes() if path.is_file() else None
        return
    with zipfile.ZipFile(root) as archive:
        present = set(archive.namelist())
        for name in names:
            yield archive.read(name) if name in present else None


def thinned(rows: Sequence[Item], limit: int | None) -> list[Item]:
    """Return ``limit`` rows, evenly spaced and always the same ones; all where there is no more."""
    if limit is None or limit >= len(rows):
        return list(rows)
    return [rows[place * len(rows) // limit] for place in range(limit)]


def counted_rows(
    rows: Sequence[LabelledFile], labels: Sequence[str], limit: int | None
) -> list[LabelledFile]:
    """Return the rows whose label counts, thinned to ``limit``."""
    return thinned([row for row in rows if row.label in labels], limit)


def answer_labels(request: EvaluationRequest, native: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that count: the product's seven or the network's own, or those named.

    Raises EvaluationError where ``request.among`` names a label outside them.
    """
    every = EMOTIONS if request.labels == "seven" else tuple(native)
    if strange := set(request.among) - set(every):
        raise EvaluationError(f"{', '.join(sorted(strange))}: not among {', '.join(every)}")
    return tuple(label for label in every if label in request.among) or every


def decide(
    shares: npt.NDArray[np.float64], names: Sequence[str], among: Sequence[str]
) -> list[Answer]:
    """Return the label with the largest share in each row (n, names), among those named if any."""
    columns = [place for place, name in enumerate(names) if name in among or not among]
    possible = shares[:, columns] / shares[:, columns].sum(axis=1, keepdims=True)
    return [Answer(names[columns[row.argmax()]], float(row.max())) for row in possible]

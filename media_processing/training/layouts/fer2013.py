"""FER2013, with its own labels or with the votes of FER+.

Goodfellow et al. 2013, "Challenges in Representation Learning", ICONIP, section 3.1. As
distributed, one table or the same pictures in folders::

    fer2013.csv                     emotion,pixels,Usage
    train/angry/…  test/angry/…     seven folders each

Codes: 0 angry, 1 disgust, 2 fear, 3 happy, 4 sad, 5 surprise, 6 neutral. ``Usage`` is Training,
PublicTest (here: val) or PrivateTest (here: test). The folders have no val part, so every tenth
training picture validates there.

FER+ (Barsoum et al. 2016, ICMI, doi:10.1145/2993148.2993165) adds ten votes per picture in
``fer2013new.csv``, whose rows follow those of ``fer2013.csv``. Its label is the majority: votes of
one rater alone count for nothing, and the winner needs more than half of the rest.

Some pictures are, pixel by pixel, in two published parts. They are left out of training, and those
that test are left out of validation too.
"""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.training.face_data import (
    CLASSES,
    TILE_PX,
    FaceImages,
    UInt8Array,
)
from media_processing.training.layouts.base import (
    SPLITS,
    LayoutError,
    Sample,
    Terms,
    find_inside,
    label_of,
    natural_key,
    number_of,
)
from media_processing.training.layouts.face_pictures import one_hot, read_picture, shrink

LABELS = {
    0: "angry",
    1: "disgust",
    2: "fear",
    3: "happy",
    4: "sad",
    5: "surprise",
    6: "neutral",
}
USAGES = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
VALIDATION_EVERY = 10
# The columns of fer2013new.csv; the last two mean that a rater saw no expression or no face.
VOTES = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "contempt": "contempt",
}
OTHER_VOTES = ("unknown", "NF")
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")
TABLES = ("fer2013.csv", "fer2013/fer2013.csv")
LICENCE = "Research and evaluation; trained on FER2013 pictures from web search"

Rows = dict[str, list[int]]


class Fer2013:
    """The pictures with the challenge's own labels, from the table or from folders."""

    terms = Terms(
        data_set="FER2013",
        licence=LICENCE,
        commercial=False,
        cite="Goodfellow et al. 2013, ICONIP",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        found = find_inside(data, "FER2013", *TABLES, "train")
        tiles, labels, rows = _read_table(found) if found.is_file() else _read_folders(data)
        self._tiles, self._labels = tiles, labels
        self._rows = without_copies(tiles, rows)

    def images(self, split: str) -> FaceImages:
        """Return the pictures of a split with one-hot votes."""
        rows = self._rows[split]
        labels = self._labels[rows]
        return FaceImages(self._tiles[rows], one_hot(labels), labels)

    def samples(self, split: str) -> list[Sample]:
        """Return the label and the tile of every picture."""
        return labelled(self.images(split))


class FerPlus:
    """The same pictures with the distribution of ten raters' votes."""

    terms = Terms(
        data_set="FER+",
        licence=f"{LICENCE}, votes MIT",
        commercial=False,
        cite="Barsoum et al. 2016, ICMI, doi:10.1145/2993148.2993165",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        tiles, _, rows = _read_table(find_inside(data, "FER+", *TABLES))
        counts = _read_votes(find_inside(data, "FER+", "fer2013new.csv", "FERPlus/fer2013new.csv"))
        if len(counts) != len(tiles):
            raise LayoutError(
                f"fer2013new.csv has {len(counts)} rows and fer2013.csv {len(tiles)}: "
                "they are joined row by row"
            )
        self._tiles, self._labels = tiles, majority(counts)
        totals = counts[:, : len(CLASSES)].sum(axis=1, keepdims=True)
        self._votes = (counts[:, : len(CLASSES)] / np.maximum(totals, 1)).astype(np.float32)
        kept = without_copies(tiles, rows)
        self._rows = {split: [row for row in kept[split] if totals[row] > 0] for split in SPLITS}

    def images(self, split: str) -> FaceImages:
        """Return the pictures that somebody placed in one of the eight classes."""
        rows = self._rows[split]
        return FaceImages(self._tiles[rows], self._votes[rows], self._labels[rows])

    def samples(self, split: str) -> list[Sample]:
        """Return the label and the tile of every picture with a majority."""
        return labelled(self.images(split))


def labelled(images: FaceImages) -> list[Sample]:
    """Return label and tile of the pictures that have a label."""
    pairs = zip(images.labels, images.images, strict=True)
    return [Sample(CLASSES[label], tile) for label, tile in pairs if label >= 0]


def majority(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the class index of the majority of (n, 10) votes, -1 where there is none."""
    kept = np.where(counts > 1, counts, 0)
    winner = kept.argmax(axis=1)
    wins = kept.max(axis=1) * 2 > kept.sum(axis=1)
    return np.where(wins & (winner < len(CLASSES)), winner, -1)


def without_copies(tiles: UInt8Array, rows: Rows) -> Rows:
    """Return the rows without training pictures that validate or test, and val ones that test."""
    pictures = {split: {tiles[row].tobytes() for row in rows[split]} for split in SPLITS}
    elsewhere = {
        "train": pictures["val"] | pictures["test"],
        "val": pictures["test"],
        "test": set(),
    }
    return {
        split: [row for row in rows[split] if tiles[row].tobytes() not in elsewhere[split]]
        for split in SPLITS
    }


def _read_table(table: Path) -> tuple[UInt8Array, npt.NDArray[np.int64], Rows]:
    tiles, labels, rows = [], [], {split: [] for split in SPLITS}
    for number, row in enumerate(_rows_of(table, ("emotion", "pixels", "Usage"))):
        place = f"{table.name}, row {number + 1}"
        if row["Usage"] not in USAGES:
            raise LayoutError(f"{place}: unknown Usage {row['Usage']!r}")
        tiles.append(_tile(row["pixels"], place))
        label = label_of(number_of(row["emotion"], place), LABELS, place)
        labels.append(CLASSES.index(label))
        rows[USAGES[row["Usage"]]].append(number)
    if not tiles:
        raise LayoutError(f"{table} is empty")
    return np.stack(tiles), np.array(labels), rows


def _rows_of(table: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise LayoutError(f"{table.name} has no column {', '.join(sorted(missing))}")
        return list(reader)


def _tile(pixels: str, place: str) -> UInt8Array:
    try:
        values = np.array([int(value) for value in pixels.split()])
        return values.reshape(TILE_PX, TILE_PX).astype(np.uint8)
    except ValueError:
        raise LayoutError(f"{place}: expected 48 · 48 grey values") from None


def _read_folders(data: Path) -> tuple[UInt8Array, npt.NDArray[np.int64], Rows]:
    tiles, labels, rows = [], [], {split: [] for split in SPLITS}
    for part in ("train", "test"):
        for label in LABELS.values():
            folder = find_inside(data, "FER2013 in folders", f"{part}/{label}")
            for n, path in enumerate(_pictures(folder)):
                is_val = part == "train" and n % VALIDATION_EVERY == 0
                rows["val" if is_val else part].append(len(tiles))
                tiles.append(shrink(read_picture(path)))
                labels.append(CLASSES.index(label))
    return np.stack(tiles), np.array(labels), rows


def _pictures(folder: Path) -> list[Path]:
    paths = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES]
    if not paths:
        raise LayoutError(f"{folder} holds no picture")
    return sorted(paths, key=lambda path: natural_key(path.name))


def _read_votes(table: Path) -> npt.NDArray[np.int64]:
    """Return (n, 10) votes: the eight classes in their order, then unknown and no face."""
    order = {ours: theirs for theirs, ours in VOTES.items()}
    columns = (*(order[name] for name in CLASSES), *OTHER_VOTES)
    return np.array(
        [
            [number_of(row[column], f"{table.name}, row {n + 1}") for column in columns]
            for n, row in enumerate(_rows_of(table, columns))
        ]
    )

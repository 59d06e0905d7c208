"""Reading labelled face pictures: FER+ sheets and folders or zips with a table beside them."""

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

CLASSES = ("angry", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise")
TILE_PX = 48

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]


class FaceDataError(ValueError):
    """A data directory lacks what was asked of it."""


@dataclass(frozen=True, slots=True)
class FaceImages:
    """Grey face crops with the raters' votes.

    ``images`` is (n, 48, 48) uint8; ``votes`` is (n, 8) and each row sums to 1 over
    :data:`CLASSES`; ``labels`` holds the majority class, or -1 where the raters had none.
    """

    images: UInt8Array
    votes: FloatArray
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def find_table(root: Path, name: str) -> Path:
    """Return ``root/name`` or ``root/face/name``. Raises FaceDataError where neither exists."""
    for candidate in (root / name, root / "face" / name):
        if candidate.is_file():
            return candidate
    raise FaceDataError(f"{name} is not in {root}")


def read_rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_ferplus(root: Path, split: str) -> FaceImages:
    """Read one split of FER+ (Barsoum et al. 2016, ICMI, doi:10.1145/2993148.2993165).

    Pictures that no rater placed in any of the eight classes are left out, and so are the
    validation pictures that also stand in the test split. Raises FaceDataError without the files.
    """
    table = find_table(root, "ferplus.csv")
    rows = [row for row in read_rows(table) if row["split"] == split and row["dup_in_test"] != "1"]
    votes = np.array([[float(row[f"v_{name}"]) for name in CLASSES] for row in rows])
    rated = votes.sum(axis=1) > 0
    kept = [row for row, keep in zip(rows, rated, strict=True) if keep]
    shares = votes[rated] / votes[rated].sum(axis=1, keepdims=True)
    return FaceImages(
        images=_tiles(table.with_suffix(".zip"), kept),
        votes=shares.astype(np.float32),
        labels=np.array([class_index(row["label"]) for row in kept], dtype=np.int64),
    )


def read_ferplus_tiles(root: Path, split: str, label_column: str) -> tuple[list[str], UInt8Array]:
    """Return the labels (in one of the table's label columns) and tiles of one split.

    Rows without a label are left out. Raises FaceDataError without the files or the column.
    """
    table = find_table(root, "ferplus.csv")
    rows = [row for row in read_rows(table) if row["split"] == split]
    if not rows or label_column not in rows[0]:
        raise FaceDataError(f"ferplus.csv has no split {split} with a column {label_column}")
    labelled = [row for row in rows if row[label_column]]
    return [row[label_column] for row in labelled], _tiles(table.with_suffix(".zip"), labelled)


def class_index(label: str) -> int:
    """Return the class number of a label word, or -1 for an empty cell."""
    return CLASSES.index(label) if label else -1


def _tiles(archive: Path, rows: list[dict[str, str]]) -> UInt8Array:
    sheets = {}
    with zipfile.ZipFile(archive) as content:
        for name in {row["sheet"] for row in rows}:
            sheets[name] = decode_grey(content.read(name))
    return np.stack([_tile(sheets[row["sheet"]], int(row["row"]), int(row["col"])) for row in rows])


def _tile(sheet: UInt8Array, row: int, column: int) -> UInt8Array:
    top, left = row * TILE_PX, column * TILE_PX
    return sheet[top : top + TILE_PX, left : left + TILE_PX]


def decode_grey(content: bytes) -> UInt8Array:
    """Decode a picture to (h, w) grey. Raises FaceDataError where it is not a picture."""
    return _decode(content, cv2.IMREAD_GRAYSCALE)


def decode_bgr(content: bytes) -> UInt8Array:
    """Decode a picture to (h, w, 3) BGR. Raises FaceDataError where it is not a picture."""
    return _decode(content, cv2.IMREAD_COLOR)


def _decode(content: bytes, flag: int) -> UInt8Array:
    image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), flag) if content else None
    if image is None:
        raise FaceDataError("a picture of the data set cannot be decoded")
    return image  # type: ignore[return-value]  # imdecode gives uint8 for these flags

"""A tiny data set in the layout of FER+, made by code."""

import csv
import io
import zipfile
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("angry", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise")
TILES_PER_SPLIT = 24


def tile(kind: int, number: int) -> np.ndarray:
    """A (48, 48) picture whose bright row stands for its class."""
    picture = np.random.default_rng(1000 * kind + number).integers(0, 60, (48, 48))
    picture[4 + 5 * kind : 8 + 5 * kind] += 150
    return picture.astype(np.uint8)


def write_pack(root: Path) -> Path:
    """Write ``ferplus.csv`` and ``ferplus.zip`` with 24 tiles in each split; return ``root``."""
    rows = []
    with zipfile.ZipFile(root / "ferplus.zip", "w") as archive:
        for split in ("train", "val", "test"):
            tiles = [tile(n % 8, n) for n in range(TILES_PER_SPLIT)]
            archive.writestr(f"{split}.png", _png(np.hstack(tiles)))
            rows += [_row(split, n) for n in range(TILES_PER_SPLIT)]
    with (root / "ferplus.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return root


def _row(split: str, number: int) -> dict[str, object]:
    kind = number % 8
    # The first tile has no majority; the last validation tile also stands in the test split.
    label = "" if number == 0 else CLASSES[kind]
    doubled = int(split == "val" and number == TILES_PER_SPLIT - 1)
    place = {"split": split, "sheet": f"{split}.png", "row": 0, "col": number, "label": label}
    votes = {f"v_{name}": 8 if name == CLASSES[kind] else 0 for name in CLASSES}
    return {**place, **votes, f"v_{CLASSES[(kind + 1) % 8]}": 2, "dup_in_test": doubled}


def _png(picture: np.ndarray) -> bytes:
    return io.BytesIO(cv2.imencode(".png", picture)[1].tobytes()).getvalue()

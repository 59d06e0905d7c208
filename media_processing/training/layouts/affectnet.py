"""AffectNet: faces from the web with an expression, valence and arousal, rated by people.

Mollahosseini, Hasani and Mahoor 2019, "AffectNet: A Database for Facial Expression, Valence, and
Arousal Computing in the Wild", IEEE Trans. Affective Computing 10(1):18. Two forms are distributed.
The later one, with cropped faces::

    train_set/images/0.jpg      train_set/annotations/0_exp.npy  0_val.npy  0_aro.npy  0_lnd.npy
    val_set/…                   the same

and the first one, with larger pictures and tables of face boxes::

    training.csv  validation.csv    subDirectory_filePath, face_x, face_y, face_width, face_height,
                                    facial_landmarks, expression, valence, arousal
    Manually_Annotated_Images/689/737db2483489148d783ef278f43f486c0a97e140fc4b6b61b84363ca.jpg

Codes, from the paper's table: 0 neutral, 1 happy, 2 sad, 3 surprise, 4 fear, 5 disgust, 6 anger,
7 contempt; 8 none, 9 uncertain and 10 no face are left out. The publisher withholds its test part:
its validation part is the test here, and every twentieth training picture validates.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from media_processing.training.layouts.base import (
    LayoutError,
    Terms,
    find_inside,
    label_of,
    natural_key,
    number_of,
)
from media_processing.training.layouts.face_pictures import (
    Framing,
    LabelledPicture,
    PictureSource,
)

LABELS = {
    0: "neutral",
    1: "happy",
    2: "sad",
    3: "surprise",
    4: "fear",
    5: "disgust",
    6: "angry",
    7: "contempt",
}
WITHOUT_LABEL = (8, 9, 10)
KINDS = ("exp", "val", "aro")
VALIDATION_EVERY = 20
FILE = "subDirectory_filePath"
RATINGS = ("expression", "valence", "arousal")
BOX = ("face_x", "face_y", "face_width", "face_height")
PICTURE_FOLDERS = ("Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images")


class Rating(NamedTuple):
    """A row of the distribution, as it stands there."""

    path: Path
    expression: str
    valence: str
    arousal: str
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """A picture with its ratings; valence and arousal in -1…1."""

    picture: LabelledPicture
    valence: float
    arousal: float


class AffectNet(PictureSource):
    """Either form of the distribution; faces are aligned as in a recording."""

    terms = Terms(
        data_set="AffectNet",
        licence="Non-commercial research only; trained on AffectNet",
        commercial=False,
        cite="Mollahosseini, Hasani and Mahoor 2019, IEEE Trans. Affective Computing 10(1):18",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        found = find_inside(data, "AffectNet", "train_set/annotations", "training.csv")
        self._data, self._has_tables = data, found.suffix == ".csv"
        super().__init__(Framing.CROP, cache)

    def pictures(self, split: str) -> list[LabelledPicture]:
        """Return the labelled files of a split."""
        return [rated.picture for rated in self.rated(split)]

    def rated(self, split: str) -> list[Rated]:
        """Return the rated files of a split, those without an expression left out."""
        is_test = split == "test"
        rated = (
            self._table_rows(is_test=is_test) if self._has_tables else self._arrays(is_test=is_test)
        )
        if split == "val":
            return rated[::VALIDATION_EVERY]
        if split == "train":
            return [one for n, one in enumerate(rated) if n % VALIDATION_EVERY]
        return rated

    def _arrays(self, *, is_test: bool) -> list[Rated]:
        folder = self._data / ("val_set" if is_test else "train_set")
        names = [path.name for path in (folder / "annotations").glob("*_exp.npy")]
        if not names:
            raise LayoutError(f"{folder / 'annotations'} holds no file N_exp.npy")
        numbers = [name.removesuffix("_exp.npy") for name in sorted(names, key=natural_key)]
        return _with_expression(
            Rating(
                folder / "images" / f"{number}.jpg",
                *(_value(folder / "annotations" / f"{number}_{kind}.npy") for kind in KINDS),
            )
            for number in numbers
        )

    def _table_rows(self, *, is_test: bool) -> list[Rated]:
        name = "validation.csv" if is_test else "training.csv"
        table = find_inside(self._data, "AffectNet", name)
        pictures = find_inside(self._data, "AffectNet", *PICTURE_FOLDERS)
        with table.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = {FILE, *RATINGS, *BOX} - set(reader.fieldnames or ())
            if missing:
                raise LayoutError(f"{name} has no column {', '.join(sorted(missing))}")
            return _with_expression(
                Rating(
                    pictures / row[FILE],
                    *(row[key] for key in RATINGS),
                    box=tuple(_number(row[key], row[FILE]) for key in BOX),
                )
                for row in reader
            )


def _with_expression(ratings: Iterable[Rating]) -> list[Rated]:
    rated = []
    for one in ratings:
        code = number_of(one.expression, str(one.path))
        if code not in WITHOUT_LABEL:
            label = label_of(code, LABELS, str(one.path))
            values = (_number(value, str(one.path)) for value in (one.valence, one.arousal))
            rated.append(Rated(LabelledPicture(one.path, label, one.box), *values))
    if not rated:
        raise LayoutError("AffectNet: no picture of this part has an expression")
    return rated


def _value(path: Path) -> str:
    try:
        return str(np.load(path, allow_pickle=False))
    except FileNotFoundError:
        raise LayoutError(f"the annotations lack {path}") from None
    except ValueError:
        raise LayoutError(f"{path} is not an array that can be read") from None


def _number(text: str, meaning: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise LayoutError(f"{meaning}: expected a number, found {text!r}") from None

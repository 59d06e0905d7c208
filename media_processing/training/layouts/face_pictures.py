"""From labelled picture files to the crops and votes that the face training consumes."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_landmarks import MediaPipeFaceReader
from media_processing.modalities.face import largest_face
from media_processing.training.face_data import (
    CLASSES,
    TILE_PX,
    FaceDataError,
    FaceImages,
    FloatArray,
    UInt8Array,
    decode_bgr,
)
from media_processing.training.layouts.base import LayoutError, Sample


class Framing(StrEnum):
    """What a published picture shows, and so how it becomes a crop."""

    # The publisher aligned the face: the picture is only made smaller.
    ALIGNED = "aligned"
    # One face fills the picture: it is aligned as in a recording, or made smaller where the
    # detector finds nothing.
    CROP = "crop"
    # A scene: the largest face is found and aligned, a picture without one is left out.
    SCENE = "scene"


# How much of the surroundings of a published face box the detector gets to see.
BOX_MARGIN = 1.4


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture file with the expression that its raters agreed on.

    ``box`` is the published place of the face, (left, top, width, height) in pixels; ``person``
    says who it shows, where that is known.
    """

    path: Path
    label: str
    box: tuple[float, float, float, float] | None = None
    person: str = ""


class PictureSource(ABC):
    """A data set whose samples are picture files: a `base.FaceSource`."""

    def __init__(self, framing: Framing, cache: Path | None) -> None:
        self._reader = PictureReader(framing, cache)

    @abstractmethod
    def pictures(self, split: str) -> list[LabelledPicture]:
        """Return the labelled files of a split. Raises LayoutError for an unknown code."""

    def images(self, split: str) -> FaceImages:
        """Return the crops of a split. Raises LayoutError for a missing or broken file."""
        return self._reader.read(self.pictures(split))

    def samples(self, split: str) -> list[Sample]:
        """Return the label and the crop of every picture; None where no face was found."""
        pictures = self.pictures(split)
        crops, found = self._reader.crops(pictures)
        return [
            Sample(picture.label, crop if is_found else None, picture.person)
            for picture, crop, is_found in zip(pictures, crops, found, strict=True)
        ]


class PictureReader:
    """Cuts the crops of picture files, once: they are kept in ``cache`` where there is one."""

    def __init__(self, framing: Framing, cache: Path | None) -> None:
        self._framing, self._cache = framing, cache

    def read(self, pictures: Sequence[LabelledPicture]) -> FaceImages:
        """Return the crops, one-hot votes and labels. Raises LayoutError where none is left."""
        crops, found = self.crops(pictures)
        labels = np.array([CLASSES.index(picture.label) for picture in pictures], dtype=np.int64)
        if not found.any():
            raise LayoutError("no face was found in any picture of the data set")
        return FaceImages(crops[found], one_hot(labels[found]), labels[found])

    def crops(
        self, pictures: Sequence[LabelledPicture]
    ) -> tuple[UInt8Array, npt.NDArray[np.bool_]]:
        """Return (n, 48, 48) crops, and which of them hold a face."""
        if self._cache is None:
            return self._cut(pictures)
        told = "\n".join([self._framing, *(f"{one.path} {one.box}" for one in pictures)])
        stored = self._cache / f"{hashlib.sha256(told.encode()).hexdigest()[:16]}.npz"
        if not stored.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            crops, found = self._cut(pictures)
            np.savez(stored, crops=crops, found=found)
        with np.load(stored) as content:
            return content["crops"], content["found"]

    def _cut(self, pictures: Sequence[LabelledPicture]) -> tuple[UInt8Array, npt.NDArray[np.bool_]]:
        crops = np.zeros((len(pictures), TILE_PX, TILE_PX), np.uint8)
        found = np.zeros(len(pictures), np.bool_)
        for place, one in enumerate(pictures):
            picture = read_picture(one.path)
            crop = self._crop(picture if one.box is None else around(picture, one.box))
            if crop is not None:
                crops[place], found[place] = crop, True
        return crops, found

    def _crop(self, picture: UInt8Array) -> UInt8Array | None:
        if self._framing == Framing.ALIGNED:
            return shrink(picture)
        face = largest_face(self._detector, picture)
        return shrink(picture) if face is None and self._framing == Framing.CROP else face

    @cached_property
    def _detector(self) -> MediaPipeFaceReader:
        return MediaPipeFaceReader()


def read_picture(path: Path) -> UInt8Array:
    """Return a picture as (h, w, 3) BGR. Raises LayoutError for a missing or broken file."""
    try:
        return decode_bgr(path.read_bytes())
    except FileNotFoundError:
        raise LayoutError(f"the labels name {path}, which is not there") from None
    except FaceDataError:
        raise LayoutError(f"{path} is not a picture that can be read") from None


def around(picture: UInt8Array, box: tuple[float, float, float, float]) -> UInt8Array:
    """Return the part of a picture around a published face box."""
    left, top, width, height = box
    half = BOX_MARGIN * max(width, height, 1.0) / 2
    centre_x, centre_y = left + width / 2, top + height / 2
    rows = slice(max(0, round(centre_y - half)), max(1, round(centre_y + half)))
    columns = slice(max(0, round(centre_x - half)), max(1, round(centre_x + half)))
    part = picture[rows, columns]
    return part if part.size else picture


def shrink(picture_bgr: UInt8Array) -> UInt8Array:
    """Return a face picture as a (48, 48) grey crop."""
    grey = cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA))


def one_hot(labels: npt.NDArray[np.int64]) -> FloatArray:
    """Return (n, 8) votes that all fall on the label."""
    return np.eye(len(CLASSES), dtype=np.float32)[labels]

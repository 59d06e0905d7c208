"""CASIA-B: 124 people walk past eleven cameras, plainly, with a bag and in a coat.

Yu, Tan and Tan 2006, "A Framework for Evaluating the Effect of View Angle, Clothing and Carrying
Condition on Gait Recognition", ICPR. The silhouettes are distributed as ``GaitDatasetB-silh``::

    001/nm-01/090/001-nm-01-090-001.png     subject/condition-number/view/…-frame

Conditions: nm normal (six walks), bg with a bag (two), cl in a coat (two). Views: 000 to the camera
to 180 away from it, in steps of 18 degrees, filmed at 25 frames a second. Nobody is labelled with
an emotion. As is usual, subjects 1 to 74 teach (63 to 74 validate) and 75 to 124 test.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.person_clips import CLIP_FRAMES, CLIP_RATE_HZ, PICTURE_PX
from media_processing.training.layouts.base import LayoutError, Terms, find_inside

CONDITIONS = ("nm", "bg", "cl")
VIEWS = tuple(f"{degrees:03d}" for degrees in range(0, 181, 18))
FRAME_RATE_HZ = 25.0
LAST_TRAIN, LAST_VAL = 62, 74

# From shoulder to ankle a body is drawn over 0.69 of a clip's picture; head and feet included,
# that is about nine tenths.
STATURE_SHARE = 0.9
# A frame with less than this many lit pixels shows nobody, or noise.
LEAST_LIT_PX = 200

Picture = npt.NDArray[np.uint8]


def split_of(subject: int) -> str:
    """Return the split of a subject by number."""
    if subject <= LAST_TRAIN:
        return "train"
    return "val" if subject <= LAST_VAL else "test"


@dataclass(frozen=True, slots=True)
class SilhouetteWalk:
    """One walk past one camera: a folder of silhouettes, one per frame."""

    folder: Path
    subject: int
    condition: str
    view: str

    @property
    def split(self) -> str:
        return split_of(self.subject)

    def frames(self) -> list[Path]:
        """Return the files in their order. Raises LayoutError for an empty folder."""
        paths = sorted(self.folder.glob("*.png"))
        if not paths:
            raise LayoutError(f"{self.folder} holds no silhouette")
        return paths


class CasiaB:
    """The walks of the silhouette folders."""

    terms = Terms(
        data_set="CASIA-B",
        licence="Research only, by agreement with the publisher; pre-trained on CASIA-B",
        commercial=False,
        cite="Yu, Tan and Tan 2006, ICPR",
    )

    def __init__(self, data: Path, cache: Path | None = None) -> None:
        root = data
        if not any(data.glob("[0-9][0-9][0-9]/*-*/*")):
            root = find_inside(data, "CASIA-B", "GaitDatasetB-silh", "CASIA-B")
        self._root = root

    @cached_property
    def walks(self) -> list[SilhouetteWalk]:
        """Every walk in the order of its folder. Raises LayoutError where there is none."""
        folders = sorted(self._root.glob("[0-9][0-9][0-9]/*-*/[0-9][0-9][0-9]"))
        if not folders:
            raise LayoutError(f"{self._root} holds no folder 001/nm-01/090")
        return [_walk(folder) for folder in folders]

    def split(self, name: str) -> list[SilhouetteWalk]:
        """Return the walks of a split. Raises LayoutError where it is empty."""
        walks = [walk for walk in self.walks if walk.split == name]
        if not walks:
            raise LayoutError(f"{self._root} holds no subject of the {name} part")
        return walks


def _walk(folder: Path) -> SilhouetteWalk:
    subject, walk, view = folder.parts[-3:]
    condition = walk.split("-")[0]
    for value, known in ((condition, CONDITIONS), (view, VIEWS)):
        if value not in known:
            raise LayoutError(f"{folder}: unknown {value}; known are {', '.join(known)}")
    return SilhouetteWalk(folder, int(subject), condition, view)


def draw_clip(walk: SilhouetteWalk, start_share: float) -> Picture | None:
    """Return (time, px, px, 3) pictures of 1.6 s of a walk; None where nobody is in sight.

    ``start_share`` in 0…1 chooses where the clip begins. The silhouette is the same in all three
    channels, with one scale for the clip; its path is taken out as a straight line, as in the
    pictures that are drawn from body points.
    """
    paths = walk.frames()
    steps = np.arange(CLIP_FRAMES) * FRAME_RATE_HZ / CLIP_RATE_HZ
    first = start_share * max(0.0, len(paths) - 1 - steps[-1])
    # A walk that is shorter than a clip stands still at its end.
    chosen = np.minimum(np.rint(first + steps).astype(int), len(paths) - 1)
    masks = [_read(paths[index]) for index in chosen]
    if any(np.count_nonzero(mask) < LEAST_LIT_PX for mask in masks):
        return None
    return centred(masks)


def centred(masks: list[Picture]) -> Picture:
    """Return (time, px, px, 3) pictures of silhouettes (h, w): body in the middle, one size."""
    boxes = np.array([cv2.boundingRect(mask) for mask in masks], dtype=np.float64)
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    steps = np.arange(len(masks))
    path = np.stack([np.polyval(np.polyfit(steps, middles[:, axis], 1), steps) for axis in (0, 1)])
    scale = STATURE_SHARE * PICTURE_PX / np.percentile(boxes[:, 3], 90)
    pictures = [_place(mask, scale, x, y) for mask, x, y in zip(masks, *path, strict=True)]
    return np.repeat(np.stack(pictures)[..., np.newaxis], 3, axis=3)


def _place(mask: Picture, scale: float, x: float, y: float) -> Picture:
    # Drawn at four times the size and averaged down, so that thin limbs keep their place.
    large = 4 * PICTURE_PX
    half, zoom = large / 2, 4 * scale
    matrix = np.array([[zoom, 0, half - zoom * x], [0, zoom, half - zoom * y]])
    placed = cv2.warpAffine(mask, matrix, (large, large), flags=cv2.INTER_LINEAR)
    small = cv2.resize(placed, (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _read(path: Path) -> Picture:
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise LayoutError(f"{path} is not a picture that can be read")
    return np.asarray(np.where(mask > 127, 255, 0), np.uint8)

"""Measuring the face-expression network on labelled pictures.

Whole pictures go through the product's own detector and alignment; packs of face crops do not.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from media_processing.analysis.face_alignment import CROP_PX
from media_processing.analysis.face_landmarks import MediaPipeFaceReader
from media_processing.inference.face_emotion import FaceEmotionNetwork
from media_processing.inference.labels import EMOTIONS
from media_processing.modalities.face import largest_face
from media_processing.training.evaluation import (
    EvaluationError,
    EvaluationRequest,
    LabelledFile,
    answer_labels,
    counted_rows,
    decide,
    read_bytes,
    read_table,
    thinned,
)
from media_processing.training.evaluation_report import Answer, Judged, report
from media_processing.training.face_data import (
    FaceDataError,
    decode_bgr,
    find_table,
    read_ferplus_tiles,
)
from media_processing.training.layouts import open_layout
from media_processing.training.layouts.base import LayoutError, Sample

UInt8Array = npt.NDArray[np.uint8]
BATCH = 256


def evaluate(request: EvaluationRequest, weights_dir: Path) -> dict[str, Any]:
    """Return the figures of the published contract. Raises EvaluationError for a bad request."""
    network = FaceEmotionNetwork(weights_dir)
    labels = answer_labels(request, network.classes)
    try:
        samples = list(_samples(request, labels))
    except (FaceDataError, LayoutError) as error:
        raise EvaluationError(str(error)) from error
    answers = predict(network, [sample.crop for sample in samples], request)
    judged = [
        Judged(sample.label, answer, sample.person)
        for sample, answer in zip(samples, answers, strict=True)
    ]
    return report(judged, labels)


def predict(
    network: FaceEmotionNetwork, crops: Sequence[UInt8Array | None], request: EvaluationRequest
) -> list[Answer | None]:
    """Return the most probable label of each crop; None where there is no crop."""
    answers: list[Answer | None] = [None] * len(crops)
    present = [place for place, crop in enumerate(crops) if crop is not None]
    for start in range(0, len(present), BATCH):
        places = present[start : start + BATCH]
        reading = network.read(np.stack([_present(crops[place]) for place in places]))
        is_seven = request.labels == "seven"
        names = EMOTIONS if is_seven else network.classes
        shares = reading.probabilities if is_seven else reading.native
        decided = decide(shares, names, request.among)
        for place, answer in zip(places, decided, strict=True):
            answers[place] = answer
    return answers


def _present(crop: UInt8Array | None) -> UInt8Array:
    if crop is None:
        raise ValueError("this picture has no crop")
    return crop


def _samples(request: EvaluationRequest, labels: Sequence[str]) -> Iterator[Sample]:
    if request.table is not None:
        rows = read_table(request.table, request.label_column, request.split)
        counted = counted_rows(rows, labels, request.limit)
        return _from_files(request.root, counted, cropped=request.cropped)
    if request.layout is not None:
        return _from_layout(request.layout, request, labels)
    readers: dict[str | None, Callable[[EvaluationRequest, Sequence[str]], Iterator[Sample]]] = {
        "ferplus": _ferplus,
        "ckplus48": _ckplus48,
        "muxspace": _muxspace,
    }
    if request.dataset not in readers:
        known = ", ".join(str(name) for name in readers)
        raise EvaluationError(f"no face data set {request.dataset!r}; known are {known}")
    return readers[request.dataset](request, labels)


def _from_layout(
    layout: str, request: EvaluationRequest, labels: Sequence[str]
) -> Iterator[Sample]:
    source = open_layout("face", layout, request.root)
    found = source.samples(request.split or "test")
    samples = [sample for sample in found if sample.label in labels]
    return iter(thinned(samples, request.limit))


def _ferplus(request: EvaluationRequest, labels: Sequence[str]) -> Iterator[Sample]:
    split = request.split or "test"
    found = zip(*read_ferplus_tiles(request.root, split, request.label_column), strict=True)
    samples = [Sample(label, tile) for label, tile in found if label in labels]
    return iter(thinned(samples, request.limit))


def _ckplus48(request: EvaluationRequest, labels: Sequence[str]) -> Iterator[Sample]:
    return _pack(request, "ckplus48", labels, cropped=True)


def _muxspace(request: EvaluationRequest, labels: Sequence[str]) -> Iterator[Sample]:
    return _pack(request, "muxspace", labels, cropped=request.cropped)


def _pack(
    request: EvaluationRequest, name: str, labels: Sequence[str], *, cropped: bool
) -> Iterator[Sample]:
    table = find_table(request.root, f"{name}.csv")
    every = read_table(table, request.label_column, request.split)
    rows = counted_rows(every, labels, request.limit)
    return _from_files(table.with_suffix(".zip"), rows, cropped=cropped)


def _from_files(root: Path, rows: list[LabelledFile], *, cropped: bool) -> Iterator[Sample]:
    cutter = _resized if cropped else FaceCutter()
    contents = read_bytes(root, [row.file for row in rows])
    for row, content in zip(rows, contents, strict=True):
        yield Sample(row.label, _crop(content, cutter), row.person)


def _crop(content: bytes | None, cutter: Callable[[UInt8Array], UInt8Array | None]) -> Any:
    try:
        return cutter(decode_bgr(content or b""))
    except FaceDataError:
        return None


def _resized(image_bgr: UInt8Array) -> UInt8Array:
    grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA))


class FaceCutter:
    """Finds and aligns the largest face of a whole picture, as in a recording."""

    def __init__(self) -> None:
        self._reader = MediaPipeFaceReader()

    def __call__(self, image_bgr: UInt8Array) -> UInt8Array | None:
        """Return the (48, 48) crop, or None where no face was found."""
        return largest_face(self._reader, image_bgr)

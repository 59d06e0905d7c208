"""Measuring the voice-emotion network on labelled recordings.

Whole recordings go through the product's own front end: voice activity detection, windows, and
their quality-weighted mean. With ``cropped`` the whole sound counts as speech, which is how
vocal bursts (no speech) can be measured.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from media_processing.analysis.audio import FloatArray, duration_s
from media_processing.analysis.types import EMOTIONS
from media_processing.analysis.vad import Segment
from media_processing.inference.voice_emotion import native_classes, to_labels
from media_processing.modalities.voice import (
    Speech,
    describe_speech,
    find_speech,
    hear,
    recording_probabilities,
)
from media_processing.training.evaluation import (
    EvaluationError,
    EvaluationRequest,
    LabelledFile,
    answer_labels,
    counted_rows,
    decide,
    read_bytes,
    read_table,
)
from media_processing.training.evaluation_report import Answer, Judged, report
from media_processing.training.layouts import open_layout
from media_processing.training.layouts.base import LayoutError
from media_processing.training.voice_corpora import CORPORA, SoundError, corpus_folder, decode


def evaluate(request: EvaluationRequest, weights_dir: Path) -> dict[str, Any]:
    """Return the figures of the published contract; a recording without speech counts as failed.

    Raises EvaluationError for a bad request, WeightsError where the weights are missing.
    """
    labels = answer_labels(request, native_classes(weights_dir))
    try:
        samples = [
            Judged(row.label, _answer(content, request, weights_dir), row.person)
            for row, content in _recordings(request, labels)
        ]
    except LayoutError as error:
        raise EvaluationError(str(error)) from error
    return report(samples, labels)


def _recordings(
    request: EvaluationRequest, labels: Sequence[str]
) -> Iterator[tuple[LabelledFile, bytes | None]]:
    if request.layout is not None:
        return _from_layout(request.layout, request, labels)
    if request.table is not None:
        table, root, column = request.table, request.root, request.label_column
    elif request.dataset in CORPORA:
        folder = corpus_folder(request.root, request.dataset)
        table, root = folder / f"{request.dataset}.csv", folder / f"{request.dataset}.zip"
        column = "emotion"
    else:
        known = ", ".join(CORPORA)
        raise EvaluationError(f"no voice data set {request.dataset!r}; known are {known}")
    rows = counted_rows(read_table(table, column, request.split), labels, request.limit)
    return zip(rows, read_bytes(root, [row.file for row in rows]), strict=True)


def _from_layout(
    layout: str, request: EvaluationRequest, labels: Sequence[str]
) -> Iterator[tuple[LabelledFile, bytes | None]]:
    corpus = open_layout("voice", layout, request.root)
    split = request.split or "test"
    rows = [
        # A recording whose speaker nobody wrote down is its own speaker to the training.
        LabelledFile(clip.file, clip.label, clip.speaker if clip.speaker != clip.file else "")
        for clip in corpus.clips()
        if clip.split == split
    ]
    for row in counted_rows(rows, labels, request.limit):
        yield row, corpus.content(row.file)


def _answer(content: bytes | None, request: EvaluationRequest, weights_dir: Path) -> Answer | None:
    """Return the most probable label, None where the recording is unreadable or holds no speech."""
    try:
        samples = decode(content or b"")
    except SoundError:
        return None
    speech = _speech(samples, weights_dir, cropped=request.cropped)
    native = recording_probabilities(speech, hear(speech, weights_dir))
    if native is None:
        return None
    classes = native_classes(weights_dir)
    if request.labels == "native":
        return decide(native[None], classes, request.among)[0]
    return decide(to_labels(native[None], classes), EMOTIONS, request.among)[0]


def _speech(samples: FloatArray, weights_dir: Path, *, cropped: bool) -> Speech:
    if not cropped:
        return find_speech(samples, weights_dir)
    return describe_speech(samples, [Segment(0.0, duration_s(samples))])

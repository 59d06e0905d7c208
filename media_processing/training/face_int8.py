"""The int8 form of the face-expression network, its probabilities calibrated again."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from media_processing.training.face_calibration import Calibration, fit_calibration
from media_processing.training.face_data import FaceImages
from media_processing.training.face_export import write_calibration
from media_processing.training.quantise import Comparison, Feed, Outputs, compare, quantise

# Pictures that show the ranges of the activations, spread over the training split.
RANGE_PICTURES = 512
BATCH = 32


def make_int8(
    source: Path,
    target: Path,
    calibration: Calibration,
    *,
    train: FaceImages,
    validation: FaceImages,
    priors: Tensor,
) -> tuple[Calibration, Comparison]:
    """Write the exported ``source``, which holds ``calibration``, as int8 to ``target``.

    Returns the calibration that ``target`` holds, fitted again on the validation split, and the
    two graphs compared there.
    """
    spread = np.linspace(0, len(train) - 1, min(RANGE_PICTURES, len(train))).astype(int)
    quantise(source, target, feeds_of(train, spread))
    logits = calibration.undone(log_probabilities(target, validation))
    again = fit_calibration(logits, validation.labels, priors)
    write_calibration(target, again)
    known = np.flatnonzero(validation.labels >= 0)
    truth = validation.labels[known]

    def accuracy(outputs: Outputs) -> float:
        return float((np.concatenate([out[0].argmax(axis=1) for out in outputs]) == truth).mean())

    feeds = list(feeds_of(validation, known))
    return again, compare(source, target, feeds, accuracy, repeats=1)


def log_probabilities(path: Path, images: FaceImages) -> Tensor:
    """Return the logarithm (n, classes) of what an exported graph says about the pictures."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feeds = feeds_of(images, np.arange(len(images)))
    told = np.concatenate([session.run(None, feed)[0] for feed in feeds])
    return torch.from_numpy(told).clamp(min=1e-12).log()


def feeds_of(images: FaceImages, chosen: np.ndarray) -> Iterator[Feed]:
    """Yield the chosen pictures as inputs of the graph, in batches."""
    for start in range(0, len(chosen), BATCH):
        crops = images.images[chosen[start : start + BATCH]]
        yield {"crops": crops[:, np.newaxis].astype(np.float32)}

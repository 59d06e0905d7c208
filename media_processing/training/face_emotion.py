"""Training of the face-expression network on the vote distributions of FER+.

The recipe has phases (`face_phases`); each is run by `face_run`. Afterwards the probabilities are
calibrated on the validation split (`face_calibration`) and the network is exported.
"""

import hashlib
import json
import shutil
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from media_processing.training.face_calibration import fit_calibration
from media_processing.training.face_data import CLASSES, FaceImages, read_ferplus
from media_processing.training.face_export import export_network, read_state
from media_processing.training.face_figures import (
    class_recalls,
    confusion_of,
    figures_of,
    predict_logits,
)
from media_processing.training.face_int8 import log_probabilities, make_int8
from media_processing.training.face_network import FaceNetwork
from media_processing.training.face_phases import FURTHER_RECIPE, RECIPE, Phase, fitted
from media_processing.training.face_run import TrainingRun
from media_processing.training.layouts.base import FaceSource


def main(
    data: Path,
    out: Path,
    seed: int,
    *,
    source: FaceSource | None = None,
    epochs: int | None = None,
    start_from: Path | None = None,
    recipe: tuple[Phase, ...] | None = None,
) -> None:
    """Train phase by phase, calibrate on the validation split, export, measure on test.

    ``source`` gives the pictures where ``data`` has the layout of another data set than FER+.
    From ``start_from`` (an ONNX file that this module exported, or a state saved as ``.pt``) the
    shorter recipe for given weights is run. ``epochs`` shortens or lengthens the phases. ``out``
    receives a folder for each phase with its checkpoint and one JSON line per epoch,
    ``face_emotion.onnx``, and ``face_emotion.json`` with the figures. Raises FaceDataError where
    ``data`` lacks FER+, WeightsMismatchError for foreign weights, ValueError where ``out`` holds
    the checkpoint of another run.
    """
    torch.set_num_threads(1)
    read = source.images if source else partial(read_ferplus, data)
    train, validation = read("train"), read("val")
    recipe = recipe or (FURTHER_RECIPE if start_from else RECIPE)
    phases = fitted(recipe, len(train), epochs)
    state = read_state(start_from) if start_from else None
    samples = [hashlib.sha256(part.tobytes()).hexdigest() for part in (train.images, train.votes)]
    for number, phase in enumerate(phases, start=1):
        run = TrainingRun(phase, seed, out / f"phase_{number}", state, samples=samples)
        run.fit(train, validation)
        state = run.best_state()
    figures = finish(out, network_of(state), train, validation, read("test"))
    told = {"seed": seed, "recipe": [asdict(phase) for phase in phases], **figures}
    (out / "face_emotion.json").write_text(json.dumps(told, indent=2), encoding="utf-8")


def network_of(state: dict[str, Tensor]) -> FaceNetwork:
    """Return the network with these parameters, ready to be asked."""
    network = FaceNetwork(len(CLASSES))
    network.load_state_dict(state)
    return network.eval().to(memory_format=torch.channels_last)


def finish(
    out: Path, network: FaceNetwork, train: FaceImages, validation: FaceImages, test: FaceImages
) -> dict[str, Any]:
    """Calibrate on the validation split, export, and return the figures of both splits.

    ``face_emotion.onnx`` is the int8 form where that is worth it, and the float form lies beside
    it, for a later training to start from.
    """
    told, priors = predict_logits(network, validation), priors_of(train)
    calibration = fit_calibration(told, validation.labels, priors)
    precise, small = out / "face_emotion.float32.onnx", out / "face_emotion.int8.onnx"
    export_network(network, calibration, precise)
    again, comparison = make_int8(
        precise, small, calibration, train=train, validation=validation, priors=priors
    )
    shipped = small if comparison.worth_shipping else precise
    shutil.copyfile(shipped, out / "face_emotion.onnx")
    kept = again if comparison.worth_shipping else calibration
    return {
        "calibration": asdict(kept),
        "int8": {"shipped": comparison.worth_shipping, **asdict(comparison)},
        "validation_before_calibration": figures_of(told, validation.labels),
        "validation": figures_of(log_probabilities(shipped, validation), validation.labels),
        **_test_figures(log_probabilities(shipped, test), test),
    }


def _test_figures(answers: Tensor, test: FaceImages) -> dict[str, Any]:
    return {
        "test": figures_of(answers, test.labels),
        "test_recalls": class_recalls(answers, test.labels),
        "test_confusion": confusion_of(answers, test.labels).tolist(),
        "test_n": int((test.labels >= 0).sum()),
    }


def priors_of(train: FaceImages) -> Tensor:
    """Return the shares (classes,) of the votes in the training pictures, none of them 0."""
    shares = torch.from_numpy(train.votes).mean(dim=0).clamp(min=1e-4)
    return shares / shares.sum()

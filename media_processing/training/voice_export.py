"""Calibrating a trained voice network and writing it as ONNX."""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional

from media_processing.analysis.log_mel import MELS
from media_processing.inference.voice_emotion import WINDOW_FRAMES
from media_processing.training.class_metrics import expected_calibration_error
from media_processing.training.gait_export import with_half_weights
from media_processing.training.voice_features import Material
from media_processing.training.voice_network import CalibratedNetwork
from media_processing.training.voice_scoring import clip_logits


def calibrate(network: nn.Module, validation: Material) -> dict[str, float]:
    """Return the temperature fitted on clips that taught nothing, and the error left with it."""
    logits = clip_logits(network, validation)
    temperature = fit_temperature(logits, validation.labels)
    calibrated = torch.softmax(torch.from_numpy(logits / temperature), dim=1).numpy()
    return {
        "temperature": temperature,
        "val_ece": expected_calibration_error(calibrated, validation.labels, bins=10),
    }


def fit_temperature(logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Return the temperature with the least negative log-likelihood (Guo et al. 2017)."""
    candidates = np.exp(np.linspace(math.log(0.25), math.log(4.0), 121))
    truth = torch.from_numpy(labels)
    losses = [
        float(functional.cross_entropy(torch.from_numpy(logits / value), truth))
        for value in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


def export(network: nn.Module, temperature: float, path: Path) -> float:
    """Write the calibrated network as ONNX; return the largest difference from torch.

    The weights are stored as float16 and widened when the file is loaded; the arithmetic is
    float32.
    """
    calibrated = CalibratedNetwork(network, temperature).eval()
    example = torch.randn(2, WINDOW_FRAMES, MELS)
    torch.onnx.export(
        calibrated,
        (example,),
        str(path),
        input_names=["log_mel"],
        output_names=["probabilities"],
        dynamic_axes={"log_mel": {0: "windows"}, "probabilities": {0: "windows"}},
        opset_version=17,
        dynamo=False,
    )
    onnx.save(with_half_weights(onnx.load(path)), path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    batch = torch.randn(5, WINDOW_FRAMES, MELS)
    with torch.no_grad():
        expected = calibrated(batch).numpy()
    return float(np.abs(session.run(None, {"log_mel": batch.numpy()})[0] - expected).max())

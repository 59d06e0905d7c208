"""From the logits of the face-expression network to probabilities one may believe.

Two numbers are fitted on the validation split. A strength of prior correction gives the rare
classes back what their rarity in training took (Menon et al. 2021, ICLR, "Long-tail learning via
logit adjustment"); a temperature then makes the probabilities honest.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from media_processing.training.face_figures import figures_of
from media_processing.training.face_network import FaceNetwork, mirrored_logits

# What the correction may cost of the accuracy on the validation split.
ALLOWED_LOSS = 0.003
STRENGTHS = tuple(step / 20 for step in range(21))


@dataclass(frozen=True, slots=True)
class Calibration:
    """``softmax(logits / temperature + offsets)`` are the probabilities; one offset per class."""

    temperature: float
    offsets: tuple[float, ...]
    strength: float

    def __call__(self, logits: Tensor) -> Tensor:
        """Return corrected logits: their softmax is calibrated."""
        return logits / self.temperature + torch.tensor(self.offsets)

    def undone(self, corrected: Tensor) -> Tensor:
        """Return the logits from corrected ones, up to one number for each row."""
        return (corrected - torch.tensor(self.offsets)) * self.temperature


class CalibratedFaceNetwork(nn.Module):
    """Probabilities (n, classes) of crops (n, 1, 48, 48): two looks, corrected."""

    def __init__(self, network: FaceNetwork, calibration: Calibration) -> None:
        super().__init__()
        self.network = network
        # Named buffers, so that an exported graph can be calibrated again.
        self.register_buffer("temperature", torch.tensor(calibration.temperature))
        self.register_buffer("offsets", torch.tensor(calibration.offsets))

    def forward(self, crops: Tensor) -> Tensor:
        logits = mirrored_logits(self.network, crops)
        return torch.softmax(logits / self.temperature + self.offsets, dim=1)


def fit_calibration(logits: Tensor, labels: npt.NDArray[np.int64], priors: Tensor) -> Calibration:
    """Fit on labelled pictures; ``priors`` (classes,) are the shares of the classes in training.

    The strength is the one with the best mean class recall among those that lose at most
    ALLOWED_LOSS of accuracy; rows with label -1 are left out.
    """
    known = torch.from_numpy(labels >= 0)
    logits, truth = logits[known], labels[labels >= 0]
    found = [
        _corrected(logits, truth, -strength * priors.log(), strength) for strength in STRENGTHS
    ]
    figures = [figures_of(calibration(logits), truth) for calibration in found]
    least = figures[0]["accuracy"] - ALLOWED_LOSS
    fair = [place for place, figure in enumerate(figures) if figure["accuracy"] >= least]
    return found[max(fair, key=lambda place: figures[place]["mean_class_recall"])]


def _corrected(
    logits: Tensor, truth: npt.NDArray[np.int64], shift: Tensor, strength: float
) -> Calibration:
    # The shift belongs to the logits as they came: temperature divides both.
    temperature = fit_temperature(logits + shift, torch.from_numpy(truth))
    offsets = (shift / temperature).tolist()
    return Calibration(temperature, tuple(offsets), strength)


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return the temperature with the least log loss (Guo et al. 2017), by golden section."""
    low, high, ratio = math.log(0.25), math.log(4.0), (math.sqrt(5) - 1) / 2

    def loss(log_temperature: float) -> float:
        return float(functional.cross_entropy(logits / math.exp(log_temperature), labels))

    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)

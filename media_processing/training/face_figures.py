"""What the face-expression network says about labelled pictures, and how right it is."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from media_processing.training.class_metrics import (
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    recalls,
    unweighted_average_recall,
)
from media_processing.training.face_data import CLASSES, FaceImages
from media_processing.training.face_network import mirrored_logits

IntArray = npt.NDArray[np.int64]


@torch.inference_mode()
def predict_logits(network: nn.Module, images: FaceImages, batch: int = 256) -> Tensor:
    """Return (n, classes) logits, the mean of each picture and its mirror image."""
    network.eval()
    crops = torch.from_numpy(images.images).unsqueeze(1)
    return torch.cat([mirrored_logits(network, part.float()) for part in crops.split(batch)])


def measure(network: nn.Module, images: FaceImages) -> dict[str, float]:
    """Figures of a network over the labelled pictures, before calibration."""
    return figures_of(predict_logits(network, images), images.labels)


def figures_of(logits: Tensor, labels: IntArray) -> dict[str, float]:
    """Accuracy, mean class recall, log loss and calibration error where ``labels`` is not -1."""
    known = labels >= 0
    truth = labels[known]
    probabilities = torch.softmax(logits, dim=1).double().numpy()[known]
    matrix = confusion_matrix(truth, probabilities.argmax(axis=1), len(CLASSES))
    chosen = probabilities[np.arange(len(truth)), truth]
    return {
        "accuracy": accuracy(matrix),
        "mean_class_recall": unweighted_average_recall(matrix),
        "log_loss": float(-np.log(np.maximum(chosen, 1e-12)).mean()),
        "calibration_error": expected_calibration_error(probabilities, truth),
    }


def confusion_of(logits: Tensor, labels: IntArray) -> IntArray:
    """Count the labelled pictures: (classes, classes), rows the raters' majority."""
    known = labels >= 0
    return confusion_matrix(labels[known], logits.argmax(dim=1).numpy()[known], len(CLASSES))


def class_recalls(logits: Tensor, labels: IntArray) -> dict[str, float]:
    """Share of each class that was found."""
    shares = recalls(confusion_of(logits, labels))
    return {name: float(share) for name, share in zip(CLASSES, shares, strict=True)}

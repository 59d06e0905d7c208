"""What a network says of whole clips: the mean over their windows."""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from media_processing.analysis.log_mel import FRAME_HOP_S, fit_length
from media_processing.analysis.voice_windows import HOP_S
from media_processing.inference.voice_emotion import WINDOW_FRAMES
from media_processing.training.voice_features import Material

HOP_FRAMES = round(HOP_S / FRAME_HOP_S)
BATCH_WINDOWS = 128


def clip_windows(material: Material) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return the windows of every clip, and the clip that each belongs to."""
    cut, owners = [], []
    for index, frames in enumerate(material.features):
        clip = frames.astype(np.float32)
        last = max(0, math.ceil((len(clip) - WINDOW_FRAMES) / HOP_FRAMES))
        for first in range(0, (last + 1) * HOP_FRAMES, HOP_FRAMES):
            cut.append(fit_length(clip[first:], WINDOW_FRAMES))
            owners.append(index)
    return np.stack(cut), np.array(owners)


def clip_logits(network: nn.Module, material: Material) -> npt.NDArray[np.float64]:
    """Return (clips, classes): the mean log-probability of each clip's windows."""
    features, owners = clip_windows(material)
    network.eval()
    with torch.no_grad():
        parts = [
            torch.log_softmax(
                network(torch.from_numpy(features[first : first + BATCH_WINDOWS])), dim=1
            )
            for first in range(0, len(features), BATCH_WINDOWS)
        ]
    windows = torch.cat(parts).double().numpy()
    sums = np.zeros((len(material.clips), windows.shape[1]))
    np.add.at(sums, owners, windows)
    return sums / np.bincount(owners)[:, None]


def clip_probabilities(network: nn.Module, material: Material) -> npt.NDArray[np.float64]:
    """Return (clips, classes) probabilities, uncalibrated."""
    return torch.softmax(torch.from_numpy(clip_logits(network, material)), dim=1).numpy()

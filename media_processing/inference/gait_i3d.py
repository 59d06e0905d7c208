"""The I3D of gait and posture: person-centred clips in, expression signals out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.inference.labels import mapping_matrix, valence_arousal
from media_processing.inference.ort import OnnxNetwork, load_network

FloatArray = npt.NDArray[np.float64]

NETWORK = "gait_i3d"
AROUSAL_CLASSES = ("low", "mid", "high")
# Where the three levels of the rule lie on the product's scale of -1…1.
AROUSAL_LEVELS = np.array([-0.6, 0.0, 0.6])
BATCH_CLIPS = 8


@dataclass(frozen=True, slots=True)
class GaitReading:
    """What the network says about (n,) clips.

    ``emotions`` (n, 5) are shares among the network's own classes given that the style is one of
    them, ``known`` (n,) is how likely it is one of them at all, ``arousal_levels`` (n, 3) are
    shares of low, mid and high.
    """

    classes: tuple[str, ...]
    emotions: FloatArray
    known: FloatArray
    arousal_levels: FloatArray

    def seven(self) -> FloatArray:
        """Return (n, 7) probabilities over the labels of the product."""
        return self.emotions @ mapping_matrix(self.classes)

    def valence(self) -> FloatArray:
        """Return (n,) the valence that the labels imply, -1…1."""
        return np.asarray(valence_arousal(self.seven())[:, 0])

    def arousal(self) -> FloatArray:
        """Return (n,) the expected arousal, -1…1, from the arousal head."""
        return np.asarray(self.arousal_levels @ AROUSAL_LEVELS)

    def confidence(self) -> FloatArray:
        """Return (n,) in 0…1: how decided the shares are, less what speaks for another style."""
        shares = np.clip(self.emotions, 1e-9, 1.0)
        entropy = -(shares * np.log(shares)).sum(axis=1) / np.log(shares.shape[1])
        return np.asarray(self.known * np.clip(1.0 - entropy, 0.0, 1.0))


class GaitI3d:
    """The network with its classes."""

    def __init__(self, network: OnnxNetwork) -> None:
        self._network = network
        self.classes = network.entry.classes

    @classmethod
    def load(cls, weights_dir: Path) -> "GaitI3d":
        """Load the weights. Raises WeightsError where they are missing or changed."""
        return cls(load_network(NETWORK, weights_dir))

    def read(self, clips: Sequence[npt.NDArray[np.uint8]]) -> GaitReading:
        """Return what the network says about clips of (16, 32, 32, 3) uint8."""
        batches = [
            self._network.run(network_input(clips[start : start + BATCH_CLIPS]))
            for start in range(0, len(clips), BATCH_CLIPS)
        ]
        emotions, known, arousal = (
            np.concatenate([batch[output] for batch in batches]).astype(np.float64)
            for output in range(3)
        )
        return GaitReading(self.classes, emotions, known, arousal)


def network_input(clips: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
    """Return (n, 3, 16, 32, 32) float32 in 0…1."""
    stacked = np.stack(clips).transpose(0, 4, 1, 2, 3)
    return np.ascontiguousarray(stacked, np.float32) / np.float32(255)

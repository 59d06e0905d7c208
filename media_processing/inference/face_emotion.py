"""Reading the observed expression signal from aligned face crops."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.inference.labels import mapping_matrix, valence_arousal
from media_processing.inference.ort import load_network

NETWORK_NAME = "face_emotion"
BATCH = 32

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FaceReading:
    """What the network says about n crops.

    ``native`` is (n, 8) over the network's own classes, ``probabilities`` (n, 7) over the labels
    of the product; rows sum to 1. ``valence_arousal`` is (n, 2) in -1…1.
    """

    native: FloatArray
    probabilities: FloatArray
    valence_arousal: FloatArray


class FaceEmotionNetwork:
    """The face-expression network with its classes mapped to the seven labels.

    The graph takes grey crops (n, 1, 48, 48) with values 0…255 and gives calibrated
    probabilities: standardising, the mirrored second look, temperature and softmax are inside.
    """

    def __init__(self, weights_dir: Path) -> None:
        self._network = load_network(NETWORK_NAME, weights_dir)
        self.classes = self._network.entry.classes
        self._to_labels = mapping_matrix(self.classes)

    def read(self, crops: npt.NDArray[np.uint8]) -> FaceReading:
        """Read (n, 48, 48) uint8 crops. Raises ValueError for another shape."""
        if crops.ndim != 3 or crops.shape[1:] != (48, 48):
            raise ValueError(f"expected crops of shape (n, 48, 48), found {crops.shape}")
        parts = [self._run(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)]
        native = np.concatenate([np.zeros((0, len(self.classes))), *parts])
        probabilities = native @ self._to_labels
        return FaceReading(native, probabilities, valence_arousal(probabilities))

    def _run(self, crops: npt.NDArray[np.uint8]) -> FloatArray:
        output = self._network.run(crops[:, np.newaxis].astype(np.float32))[0]
        native = np.asarray(output, dtype=np.float64)
        # float32 sums to 1 only within 1e-6; stored probabilities must add up.
        return np.asarray(native / native.sum(axis=1, keepdims=True))

"""The fusion Transformer: three tokens of one window in, fused probabilities out."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.fusion import SMALLEST_PROBABILITY
from media_processing.analysis.fusion_windows import WindowReadings
from media_processing.analysis.types import EMOTIONS
from media_processing.inference.ort import load_network

FloatArray = npt.NDArray[np.float64]

NETWORK = "fusion_transformer"
# Seven log-probabilities, valence, arousal, confidence, quality, and whether it is there at all.
TOKEN_VALUES = len(EMOTIONS) + 5


def tokens_of(readings: WindowReadings) -> npt.NDArray[np.float32]:
    """Return (n, m, 12) float32: one token per modality; all of an absent one is 0."""
    logs = np.log(np.maximum(readings.probabilities, SMALLEST_PROBABILITY))
    values = np.concatenate(
        [
            logs - logs.mean(axis=-1, keepdims=True),
            np.stack(
                [readings.valence, readings.arousal, readings.confidence, readings.quality], axis=-1
            ),
            np.ones((*readings.present.shape, 1)),
        ],
        axis=-1,
    )
    return np.where(readings.present[..., None], values, 0.0).astype(np.float32)


def fuse(readings: WindowReadings, prior: FloatArray, weights_dir: Path) -> FloatArray:
    """Return (n, 7) fused probabilities, NaN where no modality is present.

    The network was taught on labels that are equally common; ``prior`` (7,) says how common they
    are where it is used. Raises WeightsError where the weights are missing.
    """
    present = readings.present.any(axis=1)
    fused = np.full((len(present), len(EMOTIONS)), np.nan)
    if present.any():
        batch = tokens_of(readings)[present]
        even = np.asarray(load_network(NETWORK, weights_dir).run(batch)[0], np.float64)
        fused[present] = even * prior
    return np.asarray(fused / fused.sum(axis=1, keepdims=True))

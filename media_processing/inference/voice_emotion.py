"""The voice-emotion Transformer: windows of speech in, probabilities of the seven labels out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import FloatArray
from media_processing.analysis.log_mel import (
    FRAME_HOP_S,
    fit_length,
    log_mel,
    normalise,
    speech_level_db,
)
from media_processing.analysis.vad import Segment
from media_processing.inference.labels import mapping_matrix
from media_processing.inference.ort import load_network

NETWORK = "voice_emotion"
# 3 s, the window of analysis.voice_windows, in frames of 16 ms, a multiple of the stem's stride.
WINDOW_FRAMES = 188
BATCH_WINDOWS = 16


def frame_at(time_s: float) -> int:
    """Return the log-mel frame nearest to a time."""
    return round(time_s / FRAME_HOP_S)


def speech_features(samples: FloatArray, segments: Sequence[Segment]) -> npt.NDArray[np.float32]:
    """Return the (frames, MELS) features of a whole recording, relative to its level of speech."""
    frames_db = log_mel(samples)
    spoken = [frames_db[frame_at(part.start_s) : frame_at(part.end_s)] for part in segments]
    level_db = speech_level_db(np.concatenate(spoken) if spoken else frames_db)
    return normalise(frames_db, level_db)


def cut_window(
    features: npt.NDArray[np.float32], start_s: float, end_s: float
) -> npt.NDArray[np.float32]:
    """Return the (WINDOW_FRAMES, MELS) window from ``start_s``, silent after ``end_s``."""
    return fit_length(features[frame_at(start_s) : frame_at(end_s)], WINDOW_FRAMES)


def native_probabilities(
    windows: Sequence[npt.NDArray[np.float32]], weights_dir: Path
) -> npt.NDArray[np.float64]:
    """Return (n, classes) calibrated probabilities over the network's own classes.

    Each of the n windows is (WINDOW_FRAMES, MELS). Raises WeightsError where weights are missing.
    """
    network = load_network(NETWORK, weights_dir)
    parts = [np.empty((0, len(network.entry.classes)))]
    for first in range(0, len(windows), BATCH_WINDOWS):
        batch = np.stack(windows[first : first + BATCH_WINDOWS])
        parts.append(np.asarray(network.run(batch)[0], np.float64))
    return np.concatenate(parts)


def native_classes(weights_dir: Path) -> tuple[str, ...]:
    """Return the network's own classes, in the order of its outputs."""
    return load_network(NETWORK, weights_dir).entry.classes


def to_labels(native: npt.NDArray[np.float64], classes: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return (n, 7) probabilities of the product's labels, each row summing to 1."""
    labels = native @ mapping_matrix(classes)
    return np.asarray(labels / labels.sum(axis=1, keepdims=True))

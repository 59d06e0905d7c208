"""Silero's voice activity detector: the probability of speech in each 32 ms of sound.

Silero Team 2024, "Silero VAD: pre-trained enterprise-grade Voice Activity Detector", MIT licence.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray
from media_processing.inference.ort import load_network

NETWORK = "silero_vad"
FRAME_SAMPLES = 512
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
# The network sees the end of the frame before, as in its reference implementation.
CONTEXT_SAMPLES = 64
STATE_SHAPE = (1, 1, 128)
# Bounds the memory of one call; the recurrent state is carried from block to block.
BLOCK_FRAMES = 2048


def speech_probabilities(samples: FloatArray, weights_dir: Path) -> npt.NDArray[np.float32]:
    """Return the probability of speech per frame, (ceil(n / 512),) for (n,) samples at 16 kHz.

    Raises WeightsError where the network's file is missing or differs from the manifest.
    """
    network = load_network(NETWORK, weights_dir)
    frames = _frames(samples)
    state = {"h": np.zeros(STATE_SHAPE, np.float32), "c": np.zeros(STATE_SHAPE, np.float32)}
    blocks = [np.empty(0, np.float32)]
    for first in range(0, len(frames), BLOCK_FRAMES):
        block, hidden, cell = network.run(frames[first : first + BLOCK_FRAMES], **state)
        state = {"h": hidden, "c": cell}
        blocks.append(block)
    return np.concatenate(blocks)


def _frames(samples: FloatArray) -> FloatArray:
    """Return (frames, 576): each frame with the context before it; the last one padded."""
    count = -(-len(samples) // FRAME_SAMPLES)
    padded = np.zeros(CONTEXT_SAMPLES + count * FRAME_SAMPLES, np.float32)
    padded[CONTEXT_SAMPLES : CONTEXT_SAMPLES + len(samples)] = samples
    if not count:
        return np.empty((0, CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT_SAMPLES + FRAME_SAMPLES)
    return np.ascontiguousarray(windows[::FRAME_SAMPLES])

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


class SpeechActivity:
    """The detector over sound that comes piece by piece; its state is carried from call to call.

    Raises WeightsError where the network's file is missing or differs from the manifest.
    """

    def __init__(self, weights_dir: Path) -> None:
        self._network = load_network(NETWORK, weights_dir)
        self._state = {name: np.zeros(STATE_SHAPE, np.float32) for name in ("h", "c")}
        self._context = np.zeros(CONTEXT_SAMPLES, np.float32)
        self._rest = np.empty(0, np.float32)

    def extend(self, samples: FloatArray) -> npt.NDArray[np.float32]:
        """Return the probability of each frame that (n,) further samples at 16 kHz complete."""
        waiting = np.concatenate([self._rest, samples])
        whole = len(waiting) // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = waiting[whole:]
        return self._run(waiting[:whole])

    def finish(self) -> npt.NDArray[np.float32]:
        """Return the probability of the last, incomplete frame, padded with silence."""
        missing = -len(self._rest) % FRAME_SAMPLES
        return self.extend(np.zeros(missing, np.float32)) if missing else np.empty(0, np.float32)

    def _run(self, samples: FloatArray) -> npt.NDArray[np.float32]:
        frames = _frames(samples, self._context)
        self._context = np.concatenate([self._context, samples[-CONTEXT_SAMPLES:]])
        self._context = self._context[-CONTEXT_SAMPLES:]
        blocks = [np.empty(0, np.float32)]
        for first in range(0, len(frames), BLOCK_FRAMES):
            block, hidden, cell = self._network.run(
                frames[first : first + BLOCK_FRAMES], **self._state
            )
            self._state = {"h": hidden, "c": cell}
            blocks.append(block)
        return np.concatenate(blocks)


def speech_probabilities(samples: FloatArray, weights_dir: Path) -> npt.NDArray[np.float32]:
    """Return the probability of speech per frame, (ceil(n / 512),) for (n,) samples at 16 kHz.

    Raises WeightsError where the network's file is missing or differs from the manifest.
    """
    activity = SpeechActivity(weights_dir)
    return np.concatenate([activity.extend(samples), activity.finish()])


def _frames(samples: FloatArray, context: FloatArray) -> FloatArray:
    """Return (frames, 576): each frame of whole ``samples`` with the context before it."""
    if not len(samples):
        return np.empty((0, CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
    padded = np.concatenate([context, samples])
    windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT_SAMPLES + FRAME_SAMPLES)
    return np.ascontiguousarray(windows[::FRAME_SAMPLES])

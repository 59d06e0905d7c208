"""The one log-mel front end of the voice networks, shared by training and inference."""

import numpy as np
import numpy.typing as npt

from media_processing.analysis.audio import POWER_FLOOR, SAMPLE_RATE_HZ, FloatArray, decibels
from media_processing.analysis.growing import Growing
from media_processing.analysis.librosa_once import librosa

MELS = 80
FRAME_HOP = 256
FRAME_HOP_S = FRAME_HOP / SAMPLE_RATE_HZ
# 40 ms resolve the harmonics of a low voice (75 Hz), whose spacing carries the pitch.
WINDOW_SAMPLES = 640
FFT_SAMPLES = 1024
MIN_HZ, MAX_HZ = 50.0, 7600.0

# A band this far below the level of speech counts as silence: room noise must not become a cue.
FLOOR_DB = -60.0
# Scales the range of levels that speech covers to about -1…1.
CENTRE_DB, SCALE_DB = -20.0, 20.0
PADDING = (FLOOR_DB - CENTRE_DB) / SCALE_DB


def log_mel(samples: FloatArray) -> npt.NDArray[np.float32]:
    """Return the log-mel power of (n,) samples at 16 kHz as (frames, MELS) in dB.

    Frame ``i`` is centred at ``i * FRAME_HOP_S``. Slaney's mel scale and area-normalised filters,
    as in Slaney 1998, Auditory Toolbox.
    """
    if not len(samples):
        return np.empty((0, MELS), dtype=np.float32)
    frames = 1 + len(samples) // FRAME_HOP
    power = librosa().feature.melspectrogram(
        y=np.pad(samples, (0, max(0, FFT_SAMPLES - len(samples)))),
        sr=SAMPLE_RATE_HZ,
        n_fft=FFT_SAMPLES,
        win_length=WINDOW_SAMPLES,
        hop_length=FRAME_HOP,
        n_mels=MELS,
        fmin=MIN_HZ,
        fmax=MAX_HZ,
        pad_mode="constant",
    )
    return decibels(power.T[:frames])


class LogMel:
    """The log-mel power of sound that comes piece by piece, as :func:`log_mel` gives it."""

    def __init__(self) -> None:
        self._frames: Growing[np.float32] = Growing(np.float32, (MELS,))
        self._settled = 0

    @property
    def frames_db(self) -> npt.NDArray[np.float32]:
        """The (frames, MELS) so far; the last ones still change with what follows."""
        return self._frames.rows

    def extend(self, samples: FloatArray) -> None:
        """Take in the sound; ``samples`` are all (n,) of it, the old ones unchanged."""
        lead = min(self._settled, FFT_SAMPLES // FRAME_HOP)
        part = log_mel(samples[(self._settled - lead) * FRAME_HOP :])[lead:]
        self._frames.cut(self._settled)
        self._frames.extend(part)
        # A frame looks half a transform ahead.
        whole = (len(samples) - FFT_SAMPLES // 2) // FRAME_HOP + 1
        self._settled = max(self._settled, min(whole, len(self._frames)))


def speech_level_db(frames_db: npt.NDArray[np.float32]) -> float:
    """Return the level of (frames, MELS) speech in dB: the mean power over frames and bands."""
    if not len(frames_db):
        return float(decibels(POWER_FLOOR))
    return float(decibels(np.mean(10.0 ** (frames_db / 10.0))))


def normalise(frames_db: npt.NDArray[np.float32], level_db: float) -> npt.NDArray[np.float32]:
    """Return (frames, MELS) relative to the recording's level of speech, about -2…2.

    Distance to the microphone and its gain say nothing about the speaker, so they are removed.
    """
    relative_db = np.maximum(frames_db - level_db, FLOOR_DB)
    return ((relative_db - CENTRE_DB) / SCALE_DB).astype(np.float32)


def fit_length(features: npt.NDArray[np.float32], frames: int) -> npt.NDArray[np.float32]:
    """Return the first ``frames`` of (n, MELS) features, padded with silence where n is less."""
    missing = max(0, frames - len(features))
    return np.pad(features[:frames], ((0, missing), (0, 0)), constant_values=PADDING)

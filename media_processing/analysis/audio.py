"""Reading the canonical sound of a recording."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

FloatArray = npt.NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
# Below this a 16-bit track holds nothing but dither: -80 dB of full scale.
SILENCE_PEAK = 1e-4
# Any power below this is treated as none, so that a logarithm of digital silence stays finite.
POWER_FLOOR = 1e-10


class AudioError(Exception):
    """The sound of a recording is not the 16 kHz mono PCM that the analysis works on."""


def read_audio(path: Path) -> FloatArray:
    """Return the samples of a 16 kHz mono file as (n,) float32 in -1…1.

    Raises AudioError where the file is missing, unreadable, or has another rate or more channels.
    """
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"the sound of the recording cannot be read: {error}") from error
    if rate_hz != SAMPLE_RATE_HZ or samples.shape[1] != 1:
        raise AudioError(
            f"expected {SAMPLE_RATE_HZ} Hz mono, "
            f"found {rate_hz} Hz with {samples.shape[1]} channels"
        )
    return np.ascontiguousarray(samples[:, 0])


def duration_s(samples: FloatArray) -> float:
    """Return the length of (n,) samples in seconds."""
    return len(samples) / SAMPLE_RATE_HZ


def is_silent(samples: FloatArray) -> bool:
    """Return whether no sample of (n,) rises above the dither of a 16-bit track."""
    return not len(samples) or float(np.abs(samples).max()) < SILENCE_PEAK


def decibels(power: npt.ArrayLike) -> FloatArray:
    """Return 10 log10 of a power of any shape, floored so that silence stays finite."""
    floored = np.maximum(np.asarray(power, dtype=np.float64), POWER_FLOOR)
    return np.asarray(10.0 * np.log10(floored), dtype=np.float32)

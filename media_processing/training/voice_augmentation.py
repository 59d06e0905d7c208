"""Augmentation of speech: of the samples (before the front end) and of log-mel windows (after)."""

import numpy as np
import numpy.typing as npt
import scipy.signal
import soxr

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray
from media_processing.analysis.log_mel import MELS, PADDING, SCALE_DB

Generator = np.random.Generator

SPEEDS = (0.85, 1.18)
SNR_DB = (5.0, 30.0)
REVERB_S = (0.1, 0.6)
GAIN_DB = 3.0
TILT_DB = 3.0
RIPPLE_DB = 1.5
# SpecAugment (Park et al. 2019, Interspeech): one mask along each axis.
TIME_MASK_FRAMES, BAND_MASK = 20, 10


def change_speed(samples: FloatArray, rng: Generator) -> FloatArray:
    """Return the samples resampled: tempo and pitch move together, like another speaker's."""
    speed = rng.uniform(*SPEEDS)
    return np.asarray(soxr.resample(samples, SAMPLE_RATE_HZ * speed, SAMPLE_RATE_HZ), np.float32)


def add_noise(samples: FloatArray, rng: Generator) -> FloatArray:
    """Return the samples with coloured noise (white, pink or brown) at a random SNR."""
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    slope = rng.choice([0.0, 0.5, 1.0])
    spectrum *= np.arange(1, len(spectrum) + 1) ** -slope
    noise = np.fft.irfft(spectrum, len(samples))
    snr_db = rng.uniform(*SNR_DB)
    gain = np.sqrt(np.mean(samples**2) / (np.mean(noise**2) + 1e-12)) * 10 ** (-snr_db / 20)
    return (samples + gain * noise).astype(np.float32)


def add_reverb(samples: FloatArray, rng: Generator) -> FloatArray:
    """Return the samples in a random room: noise that decays by 60 dB (Polack 1988)."""
    decay_s = rng.uniform(*REVERB_S)
    times_s = np.arange(int(decay_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(times_s)) * 10 ** (-3 * times_s / decay_s)
    tail *= rng.uniform(0.1, 0.6) / (np.sqrt(np.sum(tail**2)) + 1e-12)
    tail[0] += 1.0
    return scipy.signal.fftconvolve(samples, tail)[: len(samples)].astype(np.float32)


def colour(features: npt.NDArray[np.float32], rng: Generator) -> npt.NDArray[np.float32]:
    """Return (frames, MELS) features with another gain and another microphone's frequency curve."""
    bands = np.linspace(-1.0, 1.0, MELS)
    curve_db = rng.uniform(-GAIN_DB, GAIN_DB) + rng.uniform(-TILT_DB, TILT_DB) * bands
    curve_db += rng.uniform(-RIPPLE_DB, RIPPLE_DB) * np.cos(
        np.pi * (bands * rng.uniform(1, 3) + rng.uniform())
    )
    return np.maximum(features + (curve_db / SCALE_DB).astype(np.float32), PADDING)


def mask(features: npt.NDArray[np.float32], rng: Generator) -> npt.NDArray[np.float32]:
    """Return the features with a band of frequency and one of time replaced by their mean."""
    masked, mean = features.copy(), features.mean()
    width, first = rng.integers(0, BAND_MASK), rng.integers(0, MELS - BAND_MASK)
    masked[:, first : first + width] = mean
    width = rng.integers(0, TIME_MASK_FRAMES)
    first = rng.integers(0, max(1, len(masked) - TIME_MASK_FRAMES))
    masked[first : first + width] = mean
    return masked

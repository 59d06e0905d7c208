"""How the voice network stands noise, Opus at 16 kb/s and a telephone line.

``python -m media_processing.training.voice_robustness DATA OUT.json``

Each test clip of RAVDESS is degraded and then goes through the product's own front end. A clip in
which no speech is found any more counts as wrong.
"""

import fractions
import functools
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import scipy.signal

from media_processing.analysis.audio import SAMPLE_RATE_HZ, FloatArray
from media_processing.training.voice_corpora import decode
from media_processing.training.voice_figures import group_figures, hear_corpus, open_figures


class Degradation(Protocol):
    """A way of degrading (n,) samples at 16 kHz; what is random in it comes from ``rng``."""

    def __call__(self, samples: FloatArray, rng: np.random.Generator) -> FloatArray: ...


CORPUS, SPLIT = "ravdess", "test"
SNRS_DB = (20.0, 10.0, 5.0)
OPUS_BITS_PER_S = 16_000
OPUS_FRAME = 320
TELEPHONE_HZ, TELEPHONE_RATE_HZ = (300.0, 3400.0), 8_000
# ITU-T G.711, μ-law.
MU = 255.0
# What lies further below the loudest 50 ms is no speech, and takes no part in its level.
ACTIVE_DB, ACTIVE_SAMPLES = 30.0, 800


def with_noise(
    samples: FloatArray, snr_db: float, slope: float, rng: np.random.Generator
) -> FloatArray:
    """Return the samples with noise of power ∝ f^(-2·slope): 0 is white, 0.5 pink.

    The ratio is that of the whole noise to the active part of the speech.
    """
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    spectrum *= np.arange(1, len(spectrum) + 1) ** -slope
    noise = np.fft.irfft(spectrum, len(samples))
    gain = np.sqrt(_active_power(samples) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return (samples + gain * noise).astype(np.float32)


def _active_power(samples: FloatArray) -> float:
    whole = samples[: len(samples) // ACTIVE_SAMPLES * ACTIVE_SAMPLES].reshape(-1, ACTIVE_SAMPLES)
    powers = np.mean(whole.astype(np.float64) ** 2, axis=1)
    return float(powers[powers >= powers.max() * 10 ** (-ACTIVE_DB / 10)].mean())


def through_opus(samples: FloatArray, bits_per_s: int = OPUS_BITS_PER_S) -> FloatArray:
    """Return the samples after Opus (RFC 6716) in an Ogg file, as a voice message is kept."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout="mono")
        stream.bit_rate = bits_per_s
        stream.options = {"application": "voip"}
        padded = np.pad(samples, (0, -len(samples) % OPUS_FRAME))
        for first in range(0, len(padded), OPUS_FRAME):
            part = np.ascontiguousarray(padded[None, first : first + OPUS_FRAME], np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="flt", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, first
            frame.time_base = fractions.Fraction(1, SAMPLE_RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return decode(buffer.getvalue())


def through_telephone(samples: FloatArray) -> FloatArray:
    """Return the samples after a narrow-band line: 300 to 3400 Hz at 8 kHz, μ-law of 8 bits."""
    band = scipy.signal.butter(4, TELEPHONE_HZ, btype="bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    narrow = scipy.signal.resample_poly(
        scipy.signal.sosfilt(band, samples), TELEPHONE_RATE_HZ, SAMPLE_RATE_HZ
    )
    pressed = np.sign(narrow) * np.log1p(MU * np.abs(np.clip(narrow, -1, 1))) / np.log1p(MU)
    coded = np.round(pressed * 127) / 127
    opened = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU
    wide = scipy.signal.resample_poly(opened, SAMPLE_RATE_HZ, TELEPHONE_RATE_HZ)
    return np.asarray(wide, np.float32)


def degradations() -> Mapping[str, Degradation]:
    """Return every way in which a clip is degraded, by its name in the report."""
    ways: dict[str, Degradation] = {"as recorded": lambda samples, rng: samples}
    for snr_db in SNRS_DB:
        for colour, slope in (("white", 0.0), ("pink", 0.5)):
            ways[f"{colour} noise, {snr_db:.0f} dB"] = _noise(snr_db, slope)
    ways["Opus, 16 kb/s"] = lambda samples, rng: through_opus(samples)
    ways["telephone, 8 kHz"] = lambda samples, rng: through_telephone(samples)
    return ways


def _noise(snr_db: float, slope: float) -> Degradation:
    return lambda samples, rng: with_noise(samples, snr_db, slope, rng)


def robustness(data: Path) -> dict[str, Any]:
    """Return UAR, unheard clips and calibration of the test clips for each degradation."""
    report: dict[str, Any] = {}
    for name, degrade in degradations().items():
        degraded = functools.partial(degrade, rng=np.random.default_rng(0))
        heard = hear_corpus(data, CORPUS, (SPLIT,), degraded)
        report[name] = {"open": open_figures(heard), "groups": group_figures(heard)}
    return report


if __name__ == "__main__":
    written = json.dumps(robustness(Path(sys.argv[1])), indent=1)
    Path(sys.argv[2]).write_text(written, encoding="utf-8")

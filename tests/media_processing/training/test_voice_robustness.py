"""Degraded clips are degraded as much as their name says."""

import numpy as np
import pytest

pytest.importorskip("soundfile", reason="needs the training requirements")

from media_processing.training.voice_robustness import (
    degradations,
    through_opus,
    through_telephone,
    with_noise,
)

RATE_HZ = 16_000
TIMES_S = np.arange(2 * RATE_HZ) / RATE_HZ
# Half of it is silence, as in a clip with pauses.
SPEECH = (0.3 * np.sin(2 * np.pi * 700 * TIMES_S) * (TIMES_S < 1.0)).astype(np.float32)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize("slope", [0.0, 0.5])
@pytest.mark.parametrize("snr_db", [20.0, 5.0])
def test_noise_lies_as_far_below_the_speech_as_said(snr_db: float, slope: float) -> None:
    noise = with_noise(SPEECH, snr_db, slope, rng()) - SPEECH
    ratio_db = 10 * np.log10(np.mean(SPEECH[:RATE_HZ] ** 2) / np.mean(noise**2))
    assert ratio_db == pytest.approx(snr_db, abs=0.2)


def test_pink_noise_is_deeper_than_white() -> None:
    white, pink = (with_noise(SPEECH, 5.0, slope, rng()) - SPEECH for slope in (0.0, 0.5))

    def low_share(noise: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(noise)) ** 2
        return float(power[: len(power) // 8].sum() / power.sum())

    assert low_share(white) == pytest.approx(1 / 8, abs=0.02)
    assert low_share(pink) > 0.5


def test_opus_keeps_length_and_tone_and_not_the_samples() -> None:
    coded = through_opus(SPEECH)
    assert abs(len(coded) - len(SPEECH)) < RATE_HZ // 10
    assert peak_hz(coded) == pytest.approx(700, abs=5)
    shared = min(len(coded), len(SPEECH))
    assert np.abs(coded[:shared] - SPEECH[:shared]).max() > 1e-3


def test_a_telephone_passes_the_middle_and_not_the_rest() -> None:
    assert peak_hz(through_telephone(SPEECH)) == pytest.approx(700, abs=5)
    for outside_hz in (100, 5000):
        tone = (0.3 * np.sin(2 * np.pi * outside_hz * TIMES_S)).astype(np.float32)
        assert np.std(through_telephone(tone)) < 0.2 * np.std(tone)


def test_every_way_is_heard_differently() -> None:
    ways = degradations()
    assert next(iter(ways)) == "as recorded"
    assert len(ways) == 9
    for name, degrade in ways.items():
        result = degrade(SPEECH, rng=rng())
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
        assert (name == "as recorded") == np.array_equal(result, SPEECH)


def peak_hz(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE_HZ / len(samples))

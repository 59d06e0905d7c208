"""Augmentation changes what it should and nothing else."""

import numpy as np
import pytest

from media_processing.analysis.log_mel import MELS, PADDING
from media_processing.training.voice_augmentation import (
    SNR_DB,
    SPEEDS,
    add_noise,
    add_reverb,
    change_speed,
    colour,
    mask,
)

RATE_HZ = 16_000
SINE = (0.3 * np.sin(2 * np.pi * 200 * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_speed_moves_length_and_pitch_together(seed: int) -> None:
    changed = change_speed(SINE, np.random.default_rng(seed))
    speed = len(SINE) / len(changed)
    assert SPEEDS[0] - 0.01 <= speed <= SPEEDS[1] + 0.01
    peak_hz = np.abs(np.fft.rfft(changed)).argmax() * RATE_HZ / len(changed)
    assert peak_hz == pytest.approx(200 * speed, rel=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_the_level_it_should(seed: int) -> None:
    noise = add_noise(SINE, np.random.default_rng(seed)) - SINE
    snr_db = 10 * np.log10(np.mean(SINE**2) / np.mean(noise**2))
    assert SNR_DB[0] - 0.1 <= snr_db <= SNR_DB[1] + 0.1


def test_reverb_rings_on_after_the_sound() -> None:
    click = np.zeros(RATE_HZ, np.float32)
    click[100] = 1.0
    ringing = add_reverb(click, np.random.default_rng(1))
    assert len(ringing) == len(click)
    assert ringing[100] > 0.9
    assert not ringing[:100].round(5).any()
    assert np.abs(ringing[101:1000]).max() > 0.0


def test_colour_moves_bands_and_keeps_the_floor() -> None:
    features = np.full((50, MELS), 0.2, np.float32)
    features[40:] = PADDING
    coloured = colour(features, np.random.default_rng(2))
    assert np.ptp(coloured[0]) > 0.01
    assert (coloured[:40] == coloured[0]).all()
    assert coloured.min() >= np.float32(PADDING)


def test_a_mask_hides_a_band_and_a_stretch() -> None:
    features = np.random.default_rng(3).normal(size=(188, MELS)).astype(np.float32)
    masked = mask(features, np.random.default_rng(4))
    hidden = masked == features.mean()
    assert hidden.any()
    assert (masked[~hidden] == features[~hidden]).all()
    assert hidden.all(axis=0).any() or hidden.all(axis=1).any()

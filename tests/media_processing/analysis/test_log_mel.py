"""The front end: band and time of a tone are found, level is removed, lengths are kept."""

import numpy as np
import pytest

from media_processing.analysis.librosa_once import librosa
from media_processing.analysis.log_mel import (
    FRAME_HOP_S,
    MAX_HZ,
    MELS,
    MIN_HZ,
    PADDING,
    fit_length,
    log_mel,
    normalise,
    speech_level_db,
)

RATE_HZ = 16_000


def tone(frequency_hz: float, duration_s: float, level: float = 0.5) -> np.ndarray:
    times_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32)


@pytest.mark.parametrize("frequency_hz", [220.0, 1000.0, 4000.0])
def test_a_tone_is_loudest_in_its_own_band(frequency_hz: float) -> None:
    centres_hz = librosa().mel_frequencies(MELS + 2, fmin=MIN_HZ, fmax=MAX_HZ)[1:-1]
    loudest = int(log_mel(tone(frequency_hz, 0.5)).mean(axis=0).argmax())
    assert loudest == int(np.abs(centres_hz - frequency_hz).argmin())


def test_a_tone_begins_in_its_own_frame() -> None:
    samples = np.concatenate([np.zeros(RATE_HZ, np.float32), tone(1000, 1.0)])
    loud = log_mel(samples).max(axis=1)
    first = int(np.argmax(loud > loud.max() - 10))
    assert first * FRAME_HOP_S == pytest.approx(1.0, abs=2 * FRAME_HOP_S)


def test_gain_does_not_change_the_features() -> None:
    quiet, loud = (log_mel(tone(300, 0.5, level)) for level in (0.05, 0.5))
    np.testing.assert_allclose(
        normalise(quiet, speech_level_db(quiet)),
        normalise(loud, speech_level_db(loud)),
        atol=0.02,
    )


def test_silence_is_the_padding() -> None:
    silent = log_mel(np.zeros(4096, np.float32))
    assert np.isfinite(silent).all()
    level_db = speech_level_db(log_mel(tone(300, 0.5)))
    assert (normalise(silent, level_db) == np.float32(PADDING)).all()


def test_no_sample_gives_no_frame() -> None:
    assert log_mel(np.zeros(0, np.float32)).shape == (0, MELS)
    assert speech_level_db(np.zeros((0, MELS), np.float32)) == pytest.approx(-100.0)


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (255, 1), (256, 2), (1500, 6)])
def test_each_hop_has_a_frame(samples: int, frames: int) -> None:
    assert log_mel(np.ones(samples, np.float32)).shape == (frames, MELS)


def test_length_is_cut_and_padded() -> None:
    features = np.ones((5, MELS), np.float32)
    assert fit_length(features, 3).shape == (3, MELS)
    padded = fit_length(features, 8)
    assert (padded[5:] == np.float32(PADDING)).all()
    assert (padded[:5] == 1).all()

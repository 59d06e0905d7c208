"""The voice activity detector on synthetic speech, silence and noise."""

from pathlib import Path

import numpy as np
import pytest

from media_processing.demo_media.synthetic_speech import CALM, babble
from media_processing.inference import voice_activity
from media_processing.inference.voice_activity import FRAME_S, speech_probabilities

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return babble(CALM, duration_s=4.0, seed=1)


def test_speech_is_found_where_it_is(speech: np.ndarray) -> None:
    silence = np.zeros(32_000, np.float32)
    found = speech_probabilities(np.concatenate([silence, speech, silence]), WEIGHTS)
    times_s = np.arange(len(found)) * FRAME_S
    assert found[(times_s > 2.2) & (times_s < 5.8)].mean() > 0.8
    assert found[times_s < 1.9].max() < 0.2
    assert found[times_s > 6.5].max() < 0.2


def test_noise_and_tones_are_no_speech() -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 48_000).astype(np.float32)
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 16_000)).astype(np.float32)
    assert speech_probabilities(noise, WEIGHTS).max() < 0.5
    assert speech_probabilities(tone, WEIGHTS).max() < 0.5


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 1), (512, 1), (513, 2)])
def test_every_sample_has_a_frame(samples: int, frames: int) -> None:
    assert speech_probabilities(np.zeros(samples, np.float32), WEIGHTS).shape == (frames,)


def test_blocks_join_without_a_seam(speech: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = speech_probabilities(speech, WEIGHTS)
    monkeypatch.setattr(voice_activity, "BLOCK_FRAMES", 7)
    np.testing.assert_allclose(speech_probabilities(speech, WEIGHTS), whole, atol=1e-4)

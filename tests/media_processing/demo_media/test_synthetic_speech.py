"""The synthesiser says what its style asks for."""

import numpy as np
import pytest

from media_processing.analysis.prosody import median_pitch_hz, speech_energy_db, track_prosody
from media_processing.analysis.vad import Segment
from media_processing.demo_media import synthetic_speech
from media_processing.demo_media.synthetic_speech import (
    CALM,
    FLAT,
    LIVELY,
    TENSE,
    SpeakingStyle,
    babble,
    speak,
)

STYLES = {"calm": CALM, "lively": LIVELY, "tense": TENSE, "flat": FLAT}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_pitch_and_level_are_those_of_the_style(style: SpeakingStyle) -> None:
    sound = babble(style, duration_s=5.0, seed=1)
    assert sound.shape == (5 * 16_000,)
    assert np.abs(sound).max() < 1.0
    prosody = track_prosody(sound, [Segment(0.0, 5.0)])
    assert median_pitch_hz(prosody) == pytest.approx(style.pitch_hz, rel=0.15)
    assert speech_energy_db(prosody) == pytest.approx(style.loudness_db, abs=1.0)


def test_the_seed_decides() -> None:
    first = babble(CALM, duration_s=1.0, seed=1)
    assert np.array_equal(first, babble(CALM, duration_s=1.0, seed=1))
    assert not np.array_equal(first, babble(CALM, duration_s=1.0, seed=2))


def test_without_espeak_syllables_are_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic_speech.shutil, "which", lambda _: None)
    spoken = speak("A steady income.", CALM, duration_s=1.5, seed=4)
    assert np.array_equal(spoken, babble(CALM, duration_s=1.5, seed=4))


def test_a_text_fills_the_time_asked_for() -> None:
    spoken = speak("A steady income.", CALM, duration_s=6.0, seed=4)
    assert spoken.shape == (6 * 16_000,)
    assert spoken.dtype == np.float32
    assert np.abs(spoken[-16_000:]).max() > 0.01

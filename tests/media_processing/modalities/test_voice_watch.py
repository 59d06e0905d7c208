"""A voice that is heard while it is recorded: at once, as in the whole, and once."""

from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.types import Observation
from media_processing.analysis.vad import Segment
from media_processing.demo_media.synthetic_speech import CALM, babble
from media_processing.inference.voice_emotion import native_classes, to_labels
from media_processing.modalities import voice_watch as subject
from media_processing.modalities.applicant_speech import ApplicantSpeech
from media_processing.modalities.voice import (
    _quality,
    describe_speech,
    find_segments,
    find_speech,
    hear,
)
from media_processing.modalities.voice_watch import VoiceWatch
from tests.media_processing.modalities.two_voices import (
    APPLICANT,
    OFFICER,
    enrolled,
    overlap,
    two_voices,
)

WEIGHTS = Path(subject.__file__).resolve().parents[1] / "weights"
RATE_HZ = 16_000
Rows = dict[float, Observation]


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    """Speech, two seconds of nearly nothing, and quieter speech."""
    first, second = (babble(CALM, duration_s=7, seed=seed) for seed in (3, 4))
    hiss = 0.0005 * np.random.default_rng(1).normal(size=2 * RATE_HZ)
    return np.concatenate([first, hiss, 0.5 * second]).astype(np.float32)


def _fed(watch: VoiceWatch, sound: np.ndarray) -> Rows:
    rows: Rows = {}
    for first in range(0, len(sound), RATE_HZ):
        watch.take(sound[first : first + RATE_HZ])
        rows |= {one.t_start_s: one for one in watch.take_new()}
    for _ in range(9):
        rows |= {one.t_start_s: one for one in watch.take_new()}
    return rows


def test_a_first_word_is_heard_before_its_window_is_full(sound: np.ndarray) -> None:
    watch = VoiceWatch(WEIGHTS)
    watch.take(sound[: round(1.5 * RATE_HZ)])
    (first,) = watch.take_new()
    assert first.t_end_s - first.t_start_s < 1.6
    watch.take(sound[round(1.5 * RATE_HZ) : 4 * RATE_HZ])
    grown = next(one for one in watch.take_new() if one.t_start_s == first.t_start_s)
    assert grown.t_end_s == pytest.approx(first.t_start_s + 3.0)


def test_what_was_heard_live_is_what_the_whole_recording_says(sound: np.ndarray) -> None:
    rows = _fed(VoiceWatch(WEIGHTS), sound)
    speech = find_speech(sound, WEIGHTS)
    whole = to_labels(hear(speech, WEIGHTS), native_classes(WEIGHTS))
    assert sorted(rows) == [window.start_s for window in speech.windows]
    live = np.array([rows[start_s].probabilities for start_s in sorted(rows)])
    assert np.corrcoef(live.ravel(), whole.ravel())[0, 1] > 0.99
    qualities = [rows[start_s].quality for start_s in sorted(rows)]
    assert qualities == pytest.approx([_quality(speech, one) for one in speech.windows], abs=0.1)


def test_the_next_worker_does_not_hear_again_what_rows_hold(
    sound: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = _fed(VoiceWatch(WEIGHTS), sound)
    heard: list[int] = []
    really = subject.native_probabilities

    def counted(windows: list[np.ndarray], weights: Path) -> np.ndarray:
        heard.append(len(windows))
        return really(windows, weights)

    monkeypatch.setattr(subject, "native_probabilities", counted)
    # Until the level of speech is the whole recording's, some are heard with that of so far.
    again = _fed(VoiceWatch(WEIGHTS, known.values()), sound)
    assert sum(heard) < len(known)
    assert set(again) <= set(known)


def _spoken(rows: Rows) -> list[Segment]:
    return [Segment(one.t_start_s, one.t_end_s) for one in rows.values()]


def test_of_two_voices_the_applicants_is_heard_once_an_utterance_has_ended() -> None:
    talk, chosen = two_voices(), enrolled(OFFICER[0])
    rows = _fed(VoiceWatch(WEIGHTS, subject=chosen), talk)
    assert overlap(_spoken(rows), OFFICER) == 0
    assert all(overlap(_spoken(rows), [turn]) > 0 for turn in APPLICANT)
    # The closing pass hears the same windows, and the same in them.
    segments = find_segments(talk, WEIGHTS)
    speech = describe_speech(talk, ApplicantSpeech(chosen, WEIGHTS).keep(talk, segments))
    assert sorted(rows) == pytest.approx([window.start_s for window in speech.windows], abs=0.02)
    whole = to_labels(hear(speech, WEIGHTS), native_classes(WEIGHTS))
    live = np.array([rows[start_s].probabilities for start_s in sorted(rows)])
    assert np.corrcoef(live.ravel(), whole.ravel())[0, 1] > 0.99


def test_nobody_is_heard_before_both_voices_are_known() -> None:
    talk = two_voices()
    before = round((OFFICER[0].end_s - 1) * RATE_HZ)
    assert not _fed(VoiceWatch(WEIGHTS, subject=enrolled(OFFICER[0])), talk[:before])
    assert not _fed(VoiceWatch(WEIGHTS, subject=enrolled()), talk)

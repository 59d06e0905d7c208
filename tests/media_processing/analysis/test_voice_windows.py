"""Which windows are heard, and what their quality says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_processing.analysis.vad import Segment, total_s
from media_processing.analysis.voice_findings import speech_findings
from media_processing.analysis.voice_windows import (
    MIN_SPEECH_S,
    SpeechWindow,
    covered_s,
    speech_windows,
    utterances,
    window_quality,
)


def test_a_short_pause_stays_inside_an_utterance_and_a_long_one_parts() -> None:
    parts = [Segment(0.0, 1.0), Segment(1.5, 2.0), Segment(4.0, 5.0)]
    assert utterances(parts) == [Segment(0.0, 2.0), Segment(4.0, 5.0)]


def test_five_seconds_of_speech_have_three_windows() -> None:
    found = speech_windows([Segment(1.0, 6.0)])
    assert [(window.start_s, window.end_s) for window in found] == [(1, 4), (2, 5), (3, 6)]
    assert [window.speech_s for window in found] == [3.0] * 3


def test_a_syllable_alone_is_not_heard() -> None:
    assert speech_windows([Segment(1.0, 1.3)]) == []
    assert covered_s([], [Segment(1.0, 1.3)]) == 0.0


def test_every_second_of_long_speech_is_covered_once() -> None:
    parts = [Segment(0.0, 4.2), Segment(4.6, 7.0), Segment(20.0, 21.0)]
    assert covered_s(speech_windows(parts), parts) == pytest.approx(total_s(parts))


def test_quality_is_full_for_clean_speech_and_none_for_noise() -> None:
    whole, sparse = SpeechWindow(0.0, 3.0, 3.0), SpeechWindow(0.0, 3.0, 0.75)
    assert window_quality(whole, 30.0, 0.0) == 1.0
    assert window_quality(sparse, 30.0, 0.0) == pytest.approx(0.5)
    assert window_quality(whole, 0.0, 0.0) == 0.0
    assert window_quality(whole, 30.0, 0.05) == 0.0


@given(st.floats(MIN_SPEECH_S, 3.0), st.floats(0, 60), st.floats(0, 1), st.floats(0.1, 5))
def test_noise_and_clipping_only_ever_lower_quality(
    speech_s: float, snr_db: float, clipped: float, worse: float
) -> None:
    window = SpeechWindow(0.0, 3.0, speech_s)
    quality = window_quality(window, snr_db, clipped)
    assert 0.0 <= quality <= 1.0
    assert window_quality(window, snr_db - worse, clipped) <= quality
    assert window_quality(window, snr_db, clipped + worse / 100) <= quality


@pytest.mark.parametrize(
    ("speech_s", "snr_db", "clipped", "codes"),
    [
        (30.0, 25.0, 0.0, []),
        (2.0, 25.0, 0.0, ["SPEECH_SHORT"]),
        (30.0, 4.0, 0.0, ["AUDIO_NOISY"]),
        (30.0, 25.0, 0.02, ["AUDIO_CLIPPED"]),
        (2.0, 4.0, 0.02, ["SPEECH_SHORT", "AUDIO_NOISY", "AUDIO_CLIPPED"]),
    ],
)
def test_each_fault_is_named_with_its_figure(
    speech_s: float, snr_db: float, clipped: float, codes: list[str]
) -> None:
    findings = speech_findings(speech_s, snr_db, clipped)
    assert [finding.code for finding in findings] == codes
    figures = {"SPEECH_SHORT": speech_s, "AUDIO_NOISY": snr_db, "AUDIO_CLIPPED": clipped}
    assert all(finding.value == figures[finding.code] for finding in findings)

"""Measures of speech against sounds whose pitch, rate, noise and clipping are known."""

import numpy as np
import pytest

from media_processing.analysis.prosody import (
    clipped_share,
    median_pitch_hz,
    pitch_range_semitones,
    snr_db,
    speech_energy_db,
    syllable_rate_hz,
    thinned_pitch,
    track_prosody,
    waveform_peaks,
)
from media_processing.analysis.vad import Segment

RATE_HZ = 16_000


def voice(pitch_hz: float, duration_s: float, level: float = 0.3) -> np.ndarray:
    """Ten harmonics that fall off like those of a voice."""
    times_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    waves = [np.sin(2 * np.pi * pitch_hz * k * times_s) / k for k in range(1, 11)]
    sound = np.sum(waves, axis=0)
    return (level * sound / np.abs(sound).max()).astype(np.float32)


@pytest.mark.parametrize("pitch_hz", [80.0, 120.0, 220.0, 350.0])
def test_the_pitch_of_a_voice_is_found(pitch_hz: float) -> None:
    prosody = track_prosody(voice(pitch_hz, 1.0), [Segment(0.0, 1.0)])
    assert median_pitch_hz(prosody) == pytest.approx(pitch_hz, rel=0.02)


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE_HZ).astype(np.float32)
    prosody = track_prosody(noise, [Segment(0.0, 1.0)])
    assert np.isfinite(prosody.pitch_hz).mean() < 0.1


def test_pitch_is_looked_for_in_speech_alone() -> None:
    prosody = track_prosody(voice(150, 2.0), [Segment(0.5, 1.0)])
    voiced_s = prosody.times_s[np.isfinite(prosody.pitch_hz)]
    assert voiced_s.min() >= 0.5
    assert voiced_s.max() < 1.0


def test_the_range_of_two_notes() -> None:
    sound = np.concatenate([voice(150, 1.0), voice(180, 1.0)])
    prosody = track_prosody(sound, [Segment(0.0, 2.0)])
    expected = 12 * np.log2(180 / 150)
    assert pitch_range_semitones(prosody) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("rate_hz", [2.0, 4.0, 6.0])
def test_syllables_are_counted(rate_hz: float) -> None:
    times_s = np.arange(4 * RATE_HZ) / RATE_HZ
    swell = (0.05 + np.sin(np.pi * rate_hz * times_s) ** 2).astype(np.float32)
    prosody = track_prosody(voice(140, 4.0) * swell, [Segment(0.0, 4.0)])
    assert syllable_rate_hz(prosody) == pytest.approx(rate_hz, rel=0.15)


@pytest.mark.parametrize("wanted_db", [5.0, 15.0, 30.0])
def test_the_signal_to_noise_ratio_is_estimated(wanted_db: float) -> None:
    rng = np.random.default_rng(3)
    speech = np.concatenate([voice(140, 2.0), np.zeros(RATE_HZ, np.float32)])
    power = np.mean(speech[: 2 * RATE_HZ] ** 2)
    noise = rng.normal(0, np.sqrt(power) * 10 ** (-wanted_db / 20), len(speech))
    prosody = track_prosody((speech + noise).astype(np.float32), [Segment(0.0, 2.0)])
    assert snr_db(prosody) == pytest.approx(wanted_db, abs=2.0)


def test_energy_is_relative_to_full_scale() -> None:
    sine = (0.5 * np.sin(2 * np.pi * 200 * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32)
    prosody = track_prosody(sine, [Segment(0.1, 0.9)])
    assert speech_energy_db(prosody) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.2)


def test_without_speech_nothing_is_measured() -> None:
    prosody = track_prosody(voice(140, 1.0), [])
    measured = [
        median_pitch_hz(prosody),
        pitch_range_semitones(prosody),
        speech_energy_db(prosody),
        syllable_rate_hz(prosody),
        snr_db(prosody),
    ]
    assert measured == [None] * 5


def test_clipping_is_counted_and_a_single_peak_is_not() -> None:
    whole = np.zeros(1000, np.float32)
    whole[10] = 1.0
    assert clipped_share(whole) == 0.0
    whole[100:150] = -1.0
    assert clipped_share(whole) == pytest.approx(0.05)
    assert clipped_share(np.zeros(0, np.float32)) == 0.0


def test_series_for_the_page_have_times_and_no_nan() -> None:
    sound = np.concatenate([voice(150, 0.5), np.zeros(RATE_HZ // 2, np.float32)])
    peaks = waveform_peaks(sound, 10.0)
    assert [round(row[0], 3) for row in peaks] == [round(0.1 * i, 3) for i in range(10)]
    assert peaks[0][1] == pytest.approx(0.3, abs=0.01)
    assert peaks[-1][1] == 0.0
    rows = thinned_pitch(track_prosody(sound, [Segment(0.0, 0.5)]), 10.0)
    assert rows[1][1] == pytest.approx(150, rel=0.02)
    assert rows[-1][1] is None


@pytest.mark.parametrize("count", [1, 10, 300, 1023, 1025])
def test_a_few_samples_break_nothing(count: int) -> None:
    duration_s = count / RATE_HZ
    prosody = track_prosody(voice(200, 1.0)[:count], [Segment(0.0, duration_s)])
    assert len(prosody.times_s) == len(prosody.pitch_hz) == len(prosody.energy_db)

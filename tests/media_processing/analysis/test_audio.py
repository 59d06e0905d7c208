"""Only canonical sound is read, and silence is told from sound."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from media_processing.analysis.audio import AudioError, decibels, duration_s, is_silent, read_audio


def test_a_canonical_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = (0.5 * np.sin(np.arange(1600) / 5)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", written, 16_000, subtype="PCM_16")
    samples = read_audio(tmp_path / "a.wav")
    assert samples.dtype == np.float32
    assert duration_s(samples) == pytest.approx(0.1)
    np.testing.assert_allclose(samples, written, atol=1 / 32768)


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (16_000, 2)])
def test_any_other_form_is_refused(tmp_path: Path, rate_hz: int, channels: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((100, channels)), rate_hz)
    with pytest.raises(AudioError, match=f"{rate_hz} Hz with {channels} channels"):
        read_audio(tmp_path / "a.wav")


def test_bytes_that_are_no_sound_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"not a sound at all")
    with pytest.raises(AudioError, match="cannot be read"):
        read_audio(tmp_path / "a.wav")
    with pytest.raises(AudioError, match="cannot be read"):
        read_audio(tmp_path / "absent.wav")


@pytest.mark.parametrize(
    ("samples", "silent"),
    [
        (np.zeros(16_000), True),
        (np.zeros(0), True),
        (np.full(100, 1 / 32768), True),
        (np.full(100, -0.01), False),
    ],
)
def test_digital_silence_is_told_from_a_quiet_room(samples: np.ndarray, silent: bool) -> None:
    assert is_silent(samples.astype(np.float32)) is silent


def test_decibels_of_nothing_are_finite() -> None:
    assert decibels(np.array([0.0, 1.0, 100.0])).tolist() == [-100.0, 0.0, 20.0]

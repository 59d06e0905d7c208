"""The voice modality from a sound file to its result."""

import os
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from media_processing.analysis.subject import NOT_ASKED, Subject, VoiceChoice
from media_processing.analysis.types import (
    CanonicalMedia,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
)
from media_processing.demo_media.synthetic_speech import CALM, LIVELY, at_level, babble
from media_processing.modalities.voice import analyse

ROOT = Path(__file__).resolve().parents[3]
WEIGHTS = ROOT / "media_processing" / "weights"
VIDEO = Path(os.environ.get("CREDITWEB_SHARED_DATA", ROOT.parent / "shared" / "data")) / "video"
RATE_HZ = 16_000


class Listener:
    """Keeps what the modality reports while it runs."""

    def __init__(self) -> None:
        self.emitted: list[list[Observation]] = []
        self.steps: list[tuple[int, int]] = []

    def hear(
        self, samples: np.ndarray, folder: Path, subject: Subject = NOT_ASKED, channels: int = 1
    ) -> ModalityResult:
        path = folder / "audio.wav"
        soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
        media = CanonicalMedia(None, path, len(samples) / RATE_HZ, subject, channels)
        return analyse(
            media,
            weights_dir=WEIGHTS,
            emit=lambda new: self.emitted.append(list(new)),
            progress=lambda done, total: self.steps.append((done, total)),
        )


@pytest.fixture(scope="module")
def interview() -> np.ndarray:
    """Two answers with three seconds of silence between: 10 s, 3 s, 5 s."""
    pause = np.zeros(3 * RATE_HZ, np.float32)
    first = babble(CALM, duration_s=10.0, seed=1)
    return np.concatenate([first, pause, babble(LIVELY, duration_s=5.0, seed=2)])


def codes(result: ModalityResult) -> list[str]:
    return [finding.code for finding in result.quality]


def test_speech_becomes_observations(interview: np.ndarray, tmp_path: Path) -> None:
    listener = Listener()
    result = listener.hear(interview, tmp_path)
    assert result.status is ModalityStatus.DONE
    assert result.measures["speech_s"] == pytest.approx(13.5, abs=1.5)
    assert result.coverage == pytest.approx(result.measures["speech_s"] / 18.0, abs=0.02)
    assert len(result.observations) > 8
    for one in result.observations:
        assert one.modality is Modality.VOICE
        assert sum(one.probabilities) == pytest.approx(1.0)
        assert one.t_end_s - one.t_start_s <= 3.0 + 1e-6
        assert -1 <= one.valence <= 1
        assert -1 <= one.arousal <= 1
        assert 0 < one.confidence <= 1
        assert 0 < one.quality <= 1
    assert not [one for one in result.observations if 10.2 < one.t_start_s < 12.8]


def test_observations_are_emitted_as_they_come(interview: np.ndarray, tmp_path: Path) -> None:
    listener = Listener()
    result = listener.hear(interview, tmp_path)
    assert len(listener.emitted) > 1
    assert [one for block in listener.emitted for one in block] == list(result.observations)
    assert listener.steps[0][0] == 0
    assert listener.steps[-1] == (len(result.observations), len(result.observations))


def test_the_same_recording_gives_the_same_result(interview: np.ndarray, tmp_path: Path) -> None:
    assert Listener().hear(interview, tmp_path) == Listener().hear(interview, tmp_path)


def test_measures_follow_how_it_is_said(tmp_path: Path) -> None:
    calm = Listener().hear(babble(CALM, duration_s=6.0, seed=3), tmp_path).measures
    lively = Listener().hear(babble(LIVELY, duration_s=6.0, seed=3), tmp_path).measures
    assert calm["pitch_hz"] == pytest.approx(CALM.pitch_hz, rel=0.15)
    assert lively["pitch_hz"] == pytest.approx(LIVELY.pitch_hz, rel=0.15)
    assert lively["pitch_range_semitones"] > calm["pitch_range_semitones"]
    assert lively["speech_rate_hz"] > calm["speech_rate_hz"]
    assert lively["energy_db"] == pytest.approx(calm["energy_db"] + 4.0, abs=1.0)


def test_series_span_the_recording(interview: np.ndarray, tmp_path: Path) -> None:
    series = Listener().hear(interview, tmp_path).series
    assert len(series["waveform"]) == 180
    assert all(start_s < end_s for start_s, end_s in series["speech"])
    assert {row[1] is None for row in series["pitch_hz"]} == {True, False}


def test_without_a_sound_track_the_modality_is_skipped() -> None:
    media = CanonicalMedia(None, None, 5.0)
    result = analyse(media, weights_dir=WEIGHTS, emit=lambda _: None, progress=lambda *_: None)
    assert (result.status, result.reason) == (ModalityStatus.SKIPPED, "no_audio")


@pytest.mark.parametrize("count", [1, 160, 3200, 5 * RATE_HZ])
def test_digital_silence_of_any_length(count: int, tmp_path: Path) -> None:
    result = Listener().hear(np.zeros(count, np.float32), tmp_path)
    assert (result.status, result.reason) == (ModalityStatus.SKIPPED, "no_speech")
    assert codes(result) == ["AUDIO_SILENT"]
    assert result.measures["speech_s"] == 0.0
    assert not result.observations


@pytest.mark.parametrize("count", [1, 160, 3200, 5 * RATE_HZ])
def test_noise_of_any_length_is_no_speech(count: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(5).normal(0, 0.05, count).astype(np.float32)
    result = Listener().hear(noise, tmp_path)
    assert (result.status, result.reason) == (ModalityStatus.SKIPPED, "no_speech")
    assert codes(result) == ["NO_SPEECH"]


def test_noise_over_speech_is_named_and_lowers_quality(tmp_path: Path) -> None:
    speech = babble(CALM, duration_s=8.0, seed=4)
    clean = Listener().hear(speech, tmp_path)
    noise = np.random.default_rng(6).normal(0, 1, len(speech))
    noisy = Listener().hear(speech + at_level(noise, CALM.loudness_db - 6), tmp_path)
    assert "AUDIO_NOISY" in codes(noisy)
    assert "AUDIO_NOISY" not in codes(clean)
    assert noisy.observations[0].quality < clean.observations[0].quality


def test_clipping_is_named(tmp_path: Path) -> None:
    shouted = np.clip(30 * babble(LIVELY, duration_s=6.0, seed=5), -1, 1)
    assert "AUDIO_CLIPPED" in codes(Listener().hear(shouted, tmp_path))


def test_a_short_phrase_is_heard_and_named_short(tmp_path: Path) -> None:
    result = Listener().hear(babble(CALM, duration_s=2.0, seed=6), tmp_path)
    assert result.status is ModalityStatus.DONE
    assert codes(result) == ["SPEECH_SHORT"]
    assert "s of speech" in result.quality[0].advice


SPEAKS = {
    "audio_english.wav": True,
    "audio_french.aiff": True,
    "derived_audioonly_opus.webm": True,
    "derived_audio_coverart.mp3": True,
    "talk_grid_bbaf2n.mpg": True,
    "talk_grid_brbk7n.mpg": True,
    "talk_grid_swiz3n.mpg": True,
    "derived_rot90meta_grid.mp4": True,
    "derived_verydark_grid.mp4": True,
    "faces_many_hamilton.mp4": True,
    "face_silentaudio_lp_d18.mp4": False,
    "portrait_silent_lp_s20.mp4": False,
    "walk_side_sports2d.mp4": False,
    "run_side_sports2d.mp4": False,
    "rot180_vfr_fire2.mp4": False,
    "dark_noduration.webm": False,
}


@pytest.mark.shared_data
@pytest.mark.skipif(not VIDEO.is_dir(), reason="CREDITWEB_SHARED_DATA names no folder with video")
@pytest.mark.parametrize(("name", "speaks"), SPEAKS.items())
def test_real_recordings_speak_or_do_not(name: str, speaks: bool, tmp_path: Path) -> None:
    result = Listener().hear(decoded(VIDEO / name), tmp_path)
    assert (result.status is ModalityStatus.DONE) is speaks
    assert (result.measures["speech_s"] > 1.0) is speaks


def decoded(path: Path) -> np.ndarray:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        parts = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.concatenate(parts)


@pytest.mark.parametrize(
    ("choice", "channels", "reason"),
    [
        (VoiceChoice.NOBODY, 1, "voice_not_confirmed"),
        (VoiceChoice.LEFT, 1, "one_channel"),
        (VoiceChoice.RIGHT, 1, "one_channel"),
        (VoiceChoice.RIGHT, 2, ""),
    ],
)
def test_only_a_confirmed_voice_is_heard(
    choice: VoiceChoice, channels: int, reason: str, tmp_path: Path
) -> None:
    speech = babble(CALM, duration_s=3.0, seed=1)
    listener = Listener()
    result = listener.hear(speech, tmp_path, Subject(voice=choice), channels)
    assert result.reason == reason
    assert bool(listener.emitted) == bool(result.observations) == (not reason)

"""From windows to probabilities: shapes, sums, labels, and what padding must not change."""

from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.log_mel import FRAME_HOP_S, MELS, PADDING
from media_processing.analysis.types import EMOTIONS
from media_processing.analysis.vad import Segment
from media_processing.analysis.voice_windows import WINDOW_S
from media_processing.demo_media.synthetic_speech import LIVELY, babble
from media_processing.inference.manifest import WeightsError, read_manifest
from media_processing.inference.voice_emotion import (
    BATCH_WINDOWS,
    WINDOW_FRAMES,
    cut_window,
    native_classes,
    native_probabilities,
    speech_features,
    to_labels,
)

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    return speech_features(babble(LIVELY, duration_s=5.0, seed=1), [Segment(0.0, 5.0)])


def test_the_window_of_the_network_is_the_window_of_the_analysis() -> None:
    assert pytest.approx(WINDOW_S, abs=FRAME_HOP_S) == WINDOW_FRAMES * FRAME_HOP_S


def test_each_window_has_probabilities(features: np.ndarray) -> None:
    windows = [cut_window(features, start_s, 5.0) for start_s in np.linspace(0, 2, 2 * 8 + 3)]
    assert len(windows) > BATCH_WINDOWS
    native = native_probabilities(windows, WEIGHTS)
    assert native.shape == (len(windows), len(native_classes(WEIGHTS)))
    np.testing.assert_allclose(native.sum(axis=1), 1.0, atol=1e-5)
    alone = native_probabilities(windows[-1:], WEIGHTS)
    np.testing.assert_allclose(alone[0], native[-1], atol=1e-4)


def test_no_window_has_no_row() -> None:
    assert native_probabilities([], WEIGHTS).shape == (0, len(native_classes(WEIGHTS)))


def test_the_answer_depends_on_the_sound(features: np.ndarray) -> None:
    window = cut_window(features, 0.0, 3.0)
    answers = native_probabilities([window, window[::-1].copy()], WEIGHTS)
    assert np.abs(answers[0] - answers[1]).max() > 0.01


def test_a_window_is_silent_after_its_end(features: np.ndarray) -> None:
    window = cut_window(features, 4.0, 5.0)
    assert window.shape == (WINDOW_FRAMES, MELS)
    assert (window[64:] == np.float32(PADDING)).all()


def test_loudness_does_not_change_the_features() -> None:
    sound = babble(LIVELY, duration_s=2.0, seed=2)
    loud, quiet = (speech_features(gain * sound, [Segment(0.0, 2.0)]) for gain in (1.0, 0.1))
    assert np.abs(loud - quiet).max() < 0.05


def test_calm_is_counted_as_neutral() -> None:
    classes = native_classes(WEIGHTS)
    native = np.eye(len(classes))
    labels = to_labels(native, classes)
    assert labels.shape == (len(classes), len(EMOTIONS))
    assert EMOTIONS[int(labels[classes.index("calm")].argmax())] == "neutral"
    np.testing.assert_allclose(labels.sum(axis=1), 1.0)


def test_a_changed_weight_file_is_refused(tmp_path: Path) -> None:
    entry = read_manifest(WEIGHTS)["voice_emotion"]
    (tmp_path / "manifest.toml").write_bytes((WEIGHTS / "manifest.toml").read_bytes())
    content = bytearray((WEIGHTS / entry.file).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / entry.file).write_bytes(bytes(content))
    with pytest.raises(WeightsError, match="not the file"):
        native_classes(tmp_path)
    with pytest.raises(WeightsError, match="missing"):
        (tmp_path / entry.file).unlink()
        native_classes(tmp_path)


def test_the_licence_of_the_training_data_is_carried() -> None:
    entry = read_manifest(WEIGHTS)["voice_emotion"]
    assert not entry.commercial
    assert entry.licence == "CC-BY-NC-SA-4.0"
    assert set(entry.trained_on) == {"ravdess", "nemo", "emogator"}

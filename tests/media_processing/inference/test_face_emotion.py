"""The shipped face-expression network and its mapping to the seven labels."""

from pathlib import Path

import numpy as np
import pytest

from media_processing.analysis.types import EMOTIONS
from media_processing.inference.face_emotion import FaceEmotionNetwork

WEIGHTS = Path(__file__).resolve().parents[3] / "media_processing" / "weights"


@pytest.fixture(scope="module")
def network() -> FaceEmotionNetwork:
    return FaceEmotionNetwork(WEIGHTS)


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (5, 48, 48)).astype(np.uint8)


def test_probabilities_sum_to_one_and_contempt_counts_as_disgust(
    network: FaceEmotionNetwork, crops: np.ndarray
) -> None:
    reading = network.read(crops)
    assert reading.native.shape == (5, 8) and reading.probabilities.shape == (5, 7)
    np.testing.assert_allclose(reading.probabilities.sum(axis=1), 1.0, atol=1e-12)
    merged = sum(reading.native[:, network.classes.index(c)] for c in ("contempt", "disgust"))
    np.testing.assert_allclose(reading.probabilities[:, EMOTIONS.index("disgust")], merged)


def test_a_mirrored_face_reads_the_same(network: FaceEmotionNetwork, crops: np.ndarray) -> None:
    mirrored = network.read(crops[:, :, ::-1])
    np.testing.assert_allclose(mirrored.native, network.read(crops).native, atol=1e-5)


def test_light_and_gain_of_the_camera_do_not_matter(
    network: FaceEmotionNetwork, crops: np.ndarray
) -> None:
    darker = (crops // 2 * 2).astype(np.float64)
    first = network.read(darker.astype(np.uint8)).native
    second = network.read((darker / 2 + 20).astype(np.uint8)).native
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_reading_in_batches_equals_reading_one_by_one(
    network: FaceEmotionNetwork, crops: np.ndarray
) -> None:
    many = np.tile(crops, (8, 1, 1))
    together = network.read(many).probabilities
    alone = np.concatenate([network.read(crop[np.newaxis]).probabilities for crop in many[:5]])
    np.testing.assert_allclose(together[:5], alone, atol=1e-5)
    assert len(together) == 40


def test_no_crops_give_no_readings(network: FaceEmotionNetwork) -> None:
    assert network.read(np.zeros((0, 48, 48), np.uint8)).probabilities.shape == (0, 7)


def test_crops_of_another_size_are_refused(network: FaceEmotionNetwork) -> None:
    with pytest.raises(ValueError, match="48, 48"):
        network.read(np.zeros((1, 64, 64), np.uint8))

"""The shipped gait network answers in the product's terms."""

import numpy as np
import pytest

from media_processing.analysis.person_clips import CLIP_FRAMES, PICTURE_PX
from media_processing.analysis.types import EMOTIONS
from media_processing.inference.gait_i3d import GaitI3d, GaitReading
from media_processing.inference.manifest import read_manifest
from media_processing.selectors import WEIGHTS_DIR

CLASSES = ("angry", "happy", "neutral", "sad", "proud")
MEBIBYTE = 1 << 20


def reading(shares: list[float], known: float = 1.0) -> GaitReading:
    return GaitReading(CLASSES, np.array([shares]), np.array([known]), np.array([[0.2, 0.3, 0.5]]))


@pytest.fixture(scope="module")
def network() -> GaitI3d:
    return GaitI3d.load(WEIGHTS_DIR)


def test_the_weights_are_small_and_marked_non_commercial() -> None:
    entry = read_manifest(WEIGHTS_DIR)["gait_i3d"]

    assert entry.path(WEIGHTS_DIR).stat().st_size <= 30 * MEBIBYTE
    assert entry.licence == "CC-BY-NC-4.0" and not entry.commercial
    assert (WEIGHTS_DIR / entry.card).is_file()


def test_every_head_gives_shares(network: GaitI3d) -> None:
    rng = np.random.default_rng(1)
    clips = [
        rng.integers(0, 256, (CLIP_FRAMES, PICTURE_PX, PICTURE_PX, 3), dtype=np.uint8)
        for _ in range(9)
    ]
    answer = network.read(clips)

    assert answer.emotions.shape == (9, 5)
    assert answer.arousal_levels.shape == (9, 3)
    np.testing.assert_allclose(answer.emotions.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(answer.arousal_levels.sum(axis=1), 1, atol=1e-5)
    assert ((answer.known >= 0) & (answer.known <= 1)).all()


def test_a_clip_is_read_the_same_alone_and_among_others(network: GaitI3d) -> None:
    rng = np.random.default_rng(2)
    clips = list(rng.integers(0, 256, (3, CLIP_FRAMES, PICTURE_PX, PICTURE_PX, 3), dtype=np.uint8))
    together = network.read(clips).emotions[1]
    alone = network.read(clips[1:2]).emotions[0]

    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_proud_counts_as_happy_and_unseen_labels_get_nothing() -> None:
    seven = reading([0.1, 0.2, 0.3, 0.1, 0.3]).seven()[0]

    assert seven[EMOTIONS.index("happy")] == pytest.approx(0.5)
    assert seven.sum() == pytest.approx(1)
    for label in ("disgust", "fear", "surprise"):
        assert seven[EMOTIONS.index(label)] == 0


def test_confidence_falls_with_doubt_and_with_unknown_styles() -> None:
    sure, doubtful = reading([0.96, 0.01, 0.01, 0.01, 0.01]), reading([0.2] * 5)
    unknown = reading([0.96, 0.01, 0.01, 0.01, 0.01], known=0.25)

    assert doubtful.confidence()[0] == pytest.approx(0, abs=1e-9)
    assert unknown.confidence()[0] == pytest.approx(0.25 * sure.confidence()[0])
    assert 0.8 < sure.confidence()[0] <= 1


def test_arousal_is_the_expected_level() -> None:
    assert reading([0.2] * 5).arousal()[0] == pytest.approx(0.6 * 0.5 - 0.6 * 0.2)

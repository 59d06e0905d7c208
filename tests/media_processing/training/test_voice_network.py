"""The network, its calibration and its export."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.analysis.log_mel import MELS, PADDING  # noqa: E402
from media_processing.inference.voice_emotion import WINDOW_FRAMES  # noqa: E402
from media_processing.training.voice_corpora import CLASSES  # noqa: E402
from media_processing.training.voice_export import export, fit_temperature  # noqa: E402
from media_processing.training.voice_network import (  # noqa: E402
    TIME_STRIDE,
    CalibratedNetwork,
    Committee,
    VoiceEmotionNetwork,
)

pytestmark = pytest.mark.training
MAX_BYTES = 8 * 1024 * 1024


@pytest.fixture
def network() -> VoiceEmotionNetwork:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    return VoiceEmotionNetwork().eval()


def test_each_window_gives_a_value_per_class(network: VoiceEmotionNetwork) -> None:
    with torch.no_grad():
        assert network(torch.randn(3, WINDOW_FRAMES, MELS)).shape == (3, len(CLASSES))


def test_what_is_heard_after_the_sound_does_not_matter_where_there_is_none(
    network: VoiceEmotionNetwork,
) -> None:
    """Attention to the padding is off: its tokens get no weight in the pooling."""
    window = torch.full((1, WINDOW_FRAMES, MELS), PADDING)
    window[:, :100] = torch.randn(1, 100, MELS)
    with torch.no_grad():
        before = network(window)
        network.positions[:, 14:] += 5.0
        after = network(window)
    torch.testing.assert_close(before, after)


def test_a_window_of_nothing_but_padding_is_finite(network: VoiceEmotionNetwork) -> None:
    with torch.no_grad():
        assert torch.isfinite(network(torch.full((1, WINDOW_FRAMES, MELS), PADDING))).all()


def test_a_short_clip_is_the_same_with_and_without_its_padding(
    network: VoiceEmotionNetwork,
) -> None:
    """Training gives clips of one length together; inference gives windows that are filled up."""
    clip = torch.randn(2, 5 * TIME_STRIDE, MELS)
    missing = (0, 0, 0, WINDOW_FRAMES - clip.shape[1])
    window = torch.nn.functional.pad(clip, missing, value=PADDING)
    with torch.no_grad():
        # The last token of the clip sees its neighbour, so the two are near and not equal.
        torch.testing.assert_close(network(clip), network(window), atol=0.1, rtol=0)


def test_a_committee_is_the_mean_of_its_members(network: VoiceEmotionNetwork) -> None:
    other = VoiceEmotionNetwork().eval()
    window = torch.randn(2, WINDOW_FRAMES, MELS)
    with torch.no_grad():
        opinions = [torch.log_softmax(one(window), dim=1) for one in (network, other)]
        heard = Committee([network, other]).eval()(window)
    torch.testing.assert_close(heard, (opinions[0] + opinions[1]) / 2)


def test_the_file_says_what_the_committee_says(
    network: VoiceEmotionNetwork, tmp_path: Path
) -> None:
    path = tmp_path / "voice.onnx"
    committee = Committee([network, VoiceEmotionNetwork()])
    # What float16 leaves of the weights changes a probability by less than half a percent point.
    assert export(committee, 1.3, path) < 5e-3
    assert path.stat().st_size <= MAX_BYTES


def test_probabilities_are_the_softened_logits(network: VoiceEmotionNetwork) -> None:
    window = torch.randn(2, WINDOW_FRAMES, MELS)
    with torch.no_grad():
        expected = torch.softmax(network(window) / 2.0, dim=1)
        torch.testing.assert_close(CalibratedNetwork(network, 2.0)(window), expected)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_known_logits_is_found(true_temperature: float) -> None:
    rng = np.random.default_rng(7)
    calibrated = rng.normal(0, 2, (4000, 5))
    chances = np.exp(calibrated) / np.exp(calibrated).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(5, p=row) for row in chances])
    found = fit_temperature(calibrated * true_temperature, labels)
    assert found == pytest.approx(true_temperature, rel=0.1)

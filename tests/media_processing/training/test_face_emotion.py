"""Training of the face network: data, schedule, resuming, calibration and export."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from media_processing.training.class_metrics import (  # noqa: E402
    confusion_matrix,
    expected_calibration_error,
    unweighted_average_recall,
)
from media_processing.training.face_augmentation import augment, mix  # noqa: E402
from media_processing.training.face_data import FaceDataError, read_ferplus  # noqa: E402
from media_processing.training.face_emotion import (  # noqa: E402
    Recipe,
    TrainingRun,
    fit_temperature,
    learning_rate_share,
)
from media_processing.training.face_export import export_network  # noqa: E402
from media_processing.training.face_network import (  # noqa: E402
    CalibratedFaceNetwork,
    FaceNetwork,
)
from tests.media_processing.training.face_pack import tile, write_pack  # noqa: E402

pytestmark = pytest.mark.training
QUICK = Recipe(
    epochs=2, warm_up_epochs=0.5, cosine_epochs=2, cool_down_from_epoch=1, batch=8, balance=0.0
)


def test_ferplus_is_read_with_votes_labels_and_without_doubles(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)
    train, validation = read_ferplus(pack, "train"), read_ferplus(pack, "val")
    assert (len(train), len(validation)) == (24, 23)
    assert train.labels.tolist()[:3] == [-1, 1, 2]
    np.testing.assert_allclose(train.votes[4], [0, 0, 0, 0, 0.8, 0.2, 0, 0])
    np.testing.assert_array_equal(train.images[5], tile(5, 5))


def test_a_directory_without_ferplus_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaceDataError, match=r"ferplus\.csv is not in"):
        read_ferplus(tmp_path, "train")


def test_the_rate_warms_up_and_cools_down_to_zero() -> None:
    recipe = Recipe()
    shares = [learning_rate_share(step / 10, recipe) for step in range(recipe.epochs * 10 + 1)]
    assert shares[0] == 0.0 and shares[-1] == 0.0
    peak = shares.index(max(shares))
    assert peak == 15 and shares[15] == 1.0
    assert shares[:16] == sorted(shares[:16]) and shares[15:] == sorted(shares[15:], reverse=True)


def test_a_resumed_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)
    train, validation = read_ferplus(pack, "train"), read_ferplus(pack, "val")
    for name, stops in (("whole", [2]), ("halves", [1, 2])):
        (tmp_path / name).mkdir()
        for epochs in stops:
            run = TrainingRun(QUICK, 7, tmp_path / name)
            while run.epoch < epochs:
                run.one_epoch(train, validation)
    states = [
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["averaged"]
        for name in ("whole", "halves")
    ]
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name


def test_augmentation_changes_crops_within_bounds_and_repeats_with_its_seed() -> None:
    crops = torch.full((16, 1, 48, 48), 100.0)
    crops[:, :, 20:28, 20:28] = 220.0
    first = augment(crops, torch.Generator().manual_seed(5))
    again = augment(crops, torch.Generator().manual_seed(5))
    assert torch.equal(first, again)
    assert first.shape == crops.shape
    assert not torch.equal(first[0], first[1])
    assert first.min() > -40 and first.max() < 300
    _, votes = mix(crops, torch.eye(16), torch.Generator().manual_seed(1))
    torch.testing.assert_close(votes.sum(dim=1), torch.ones(16))


def test_the_temperature_undoes_overconfidence() -> None:
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(4000, 5, generator=rng) * 2
    labels = torch.distributions.Categorical(logits=logits).sample()
    assert fit_temperature(logits * 3.0, labels) == pytest.approx(3.0, rel=0.15)


def test_the_exported_graph_answers_as_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = FaceNetwork(8).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    export_network(network, 1.7, tmp_path / "face.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "face.onnx")
    for count in (1, 5):
        crops = np.random.default_rng(count).uniform(0, 255, (count, 1, 48, 48)).astype(np.float32)
        with torch.inference_mode():
            wanted = CalibratedFaceNetwork(network, 1.7).eval()(torch.from_numpy(crops)).numpy()
        found = session.run(None, {"crops": crops})[0]
        np.testing.assert_allclose(found, wanted, atol=2e-6)
        np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-5)


def test_figures_match_a_hand_count() -> None:
    labels, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
    matrix = confusion_matrix(labels, predicted, 3)
    assert matrix.tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert unweighted_average_recall(matrix) == pytest.approx((2 / 3 + 1 / 2) / 2)
    sure = np.array([[0.9, 0.1], [0.9, 0.1]])
    assert expected_calibration_error(sure, np.array([0, 1])) == pytest.approx(0.4)

"""Training of the face network: data, schedule, resuming, calibration and export."""

import json
from dataclasses import replace
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
from media_processing.training.face_calibration import (  # noqa: E402
    ALLOWED_LOSS,
    CalibratedFaceNetwork,
    Calibration,
    fit_calibration,
    fit_temperature,
)
from media_processing.training.face_data import FaceDataError, read_ferplus  # noqa: E402
from media_processing.training.face_emotion import main  # noqa: E402
from media_processing.training.face_export import (  # noqa: E402
    WeightsMismatchError,
    export_network,
    read_state,
    write_calibration,
)
from media_processing.training.face_figures import figures_of  # noqa: E402
from media_processing.training.face_network import (  # noqa: E402
    FaceNetwork,
)
from media_processing.training.face_phases import (  # noqa: E402
    FURTHER_RECIPE,
    LEARN,
    RECIPE,
    REFINE,
    Phase,
    fitted,
)
from media_processing.training.face_run import TrainingRun, learning_rate_share  # noqa: E402
from tests.media_processing.training.face_pack import tile, write_pack  # noqa: E402

pytestmark = pytest.mark.training
QUICK = replace(
    LEARN,
    epochs=2,
    last_epoch=2,
    warm_up_epochs=0.5,
    cosine_epochs=2,
    cool_down_from_epoch=1,
    batch=8,
    balance=0.0,
)
BRIEF = (
    replace(QUICK.stretched(1), batch=8),
    replace(REFINE.stretched(1), batch=8, first_epoch=1),
)
CALIBRATION = Calibration(1.7, tuple(np.linspace(-1, 1, 8).tolist()), 0.5)


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


@pytest.mark.parametrize("phase", RECIPE + FURTHER_RECIPE)
def test_the_rate_warms_up_and_cools_down_to_zero(phase: Phase) -> None:
    shares = [learning_rate_share(step / 10, phase) for step in range(phase.epochs * 10 + 1)]
    assert shares[0] == 0.0 and shares[-1] == 0.0
    peak = round(phase.warm_up_epochs * 10)
    assert shares[peak] == max(shares) == 1.0
    assert shares[: peak + 1] == sorted(shares[: peak + 1])
    assert shares[peak:] == sorted(shares[peak:], reverse=True)


def test_a_shorter_recipe_keeps_every_phase_in_its_place() -> None:
    phases = fitted(RECIPE, 100, 6)
    assert [phase.last_epoch for phase in phases] == [4, 1, 1]
    assert [phase.first_epoch for phase in phases] == [0, 4, 5]
    assert {phase.batch for phase in phases} == {100}


def test_one_command_runs_both_phases_and_can_start_after_the_first(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)
    main(pack, tmp_path / "whole", 3, recipe=BRIEF)
    whole = tmp_path / "whole"
    assert [epochs_of(whole / f"phase_{number}") for number in (1, 2)] == [[1], [2]]

    first = whole / "phase_1" / "best.pt"
    main(pack, tmp_path / "second", 3, recipe=BRIEF[1:], start_from=first)
    assert epochs_of(tmp_path / "second" / "phase_1") == [2]
    told = [
        json.loads((tmp_path / name / "face_emotion.json").read_text())["test"]
        for name in ("whole", "second")
    ]
    assert told[0] == pytest.approx(told[1], abs=1e-4)
    told_int8 = json.loads((tmp_path / "whole" / "face_emotion.json").read_text())["int8"]
    form = "int8" if told_int8["shipped"] else "float32"
    shipped, wanted = (whole / f"face_emotion{part}.onnx" for part in ("", f".{form}"))
    assert shipped.read_bytes() == wanted.read_bytes()
    session = onnxruntime.InferenceSession(shipped)
    assert session.run(None, {"crops": np.zeros((1, 1, 48, 48), np.float32)})[0].shape == (1, 8)


def test_the_network_before_teaches_beside_the_raters(tmp_path: Path) -> None:
    train = read_ferplus(write_pack(tmp_path), "train")
    torch.manual_seed(0)
    start = FaceNetwork(8).state_dict()
    taught = {
        share: TrainingRun(
            replace(QUICK, teacher_share=share), 7, tmp_path / str(share), start
        ).targets(train)
        for share in (0.0, 0.4, 1.0)
    }
    np.testing.assert_array_equal(taught[0.0].votes, train.votes)
    np.testing.assert_allclose(
        taught[0.4].votes, 0.6 * train.votes + 0.4 * taught[1.0].votes, atol=1e-6
    )
    np.testing.assert_allclose(taught[0.4].votes.sum(axis=1), 1.0, atol=1e-5)
    assert np.abs(taught[1.0].votes - train.votes).max() > 0.1


def test_without_a_network_before_only_the_raters_teach(tmp_path: Path) -> None:
    train = read_ferplus(write_pack(tmp_path), "train")
    run = TrainingRun(replace(QUICK, teacher_share=0.4), 7, tmp_path / "run")
    assert run.targets(train) is train


def test_foreign_weights_are_refused_by_name(tmp_path: Path) -> None:
    torch.save({"head.weight": torch.zeros(3, 3)}, tmp_path / "foreign.pt")
    with pytest.raises(WeightsMismatchError, match=r"foreign\.pt holds no weights"):
        read_state(tmp_path / "foreign.pt")


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


def test_the_correction_finds_rare_classes_and_keeps_the_accuracy() -> None:
    logits, labels, priors = skewed_answers(seed=0)
    found = fit_calibration(logits, labels, priors)
    before, after = figures_of(logits, labels), figures_of(found(logits), labels)
    assert found.strength > 0
    assert after["mean_class_recall"] > before["mean_class_recall"] + 0.02
    assert after["accuracy"] >= before["accuracy"] - ALLOWED_LOSS
    assert after["calibration_error"] < 0.03


def skewed_answers(seed: int) -> tuple[torch.Tensor, np.ndarray, torch.Tensor]:
    """Answers of a classifier that learnt to favour the frequent classes too much."""
    rng = torch.Generator().manual_seed(seed)
    priors = torch.tensor([0.55, 0.25, 0.1, 0.04, 0.03, 0.01, 0.01, 0.01])
    labels = torch.multinomial(priors, 6000, replacement=True, generator=rng)
    evidence = torch.randn(6000, 8, generator=rng) + 3.0 * torch.eye(8)[labels]
    # 3 · evidence + log prior is Bayes' answer here; this classifier counts the prior twice.
    return 3.0 * evidence + 2.0 * priors.log(), labels.numpy(), priors


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "face.onnx"
    export_network(varied_network(), CALIBRATION, path)
    return path


def test_the_exported_graph_answers_as_the_network(exported: Path) -> None:
    session = onnxruntime.InferenceSession(exported)
    own = CalibratedFaceNetwork(varied_network(), CALIBRATION).eval()
    for count in (1, 5):
        crops = np.random.default_rng(count).uniform(0, 255, (count, 1, 48, 48)).astype(np.float32)
        with torch.inference_mode():
            wanted = own(torch.from_numpy(crops)).numpy()
        found = session.run(None, {"crops": crops})[0]
        np.testing.assert_allclose(found, wanted, atol=2e-6)
        np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-5)


def test_an_exported_graph_can_be_calibrated_again(exported: Path, tmp_path: Path) -> None:
    again = Calibration(0.6, tuple(np.linspace(2, -1, 8).tolist()), 0.2)
    graph = tmp_path / "again.onnx"
    graph.write_bytes(exported.read_bytes())
    write_calibration(graph, again)
    crops = np.random.default_rng(3).uniform(0, 255, (4, 1, 48, 48)).astype(np.float32)
    before, after = (
        torch.from_numpy(onnxruntime.InferenceSession(path).run(None, {"crops": crops})[0])
        for path in (exported, graph)
    )
    wanted = torch.softmax(again(CALIBRATION.undone(before.log())), dim=1)
    torch.testing.assert_close(after, wanted, atol=1e-5, rtol=1e-4)


def test_weights_are_read_back_from_an_exported_graph(exported: Path) -> None:
    state = read_state(exported)
    for name, value in varied_network().state_dict().items():
        assert torch.equal(state[name], value), name


def test_figures_match_a_hand_count() -> None:
    labels, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
    matrix = confusion_matrix(labels, predicted, 3)
    assert matrix.tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert unweighted_average_recall(matrix) == pytest.approx((2 / 3 + 1 / 2) / 2)
    sure = np.array([[0.9, 0.1], [0.9, 0.1]])
    assert expected_calibration_error(sure, np.array([0, 1])) == pytest.approx(0.4)


def varied_network() -> FaceNetwork:
    """A network whose batch norms do something, as after a training."""
    torch.manual_seed(0)
    network = FaceNetwork(8).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
            # Equal tensors become one in an exported graph; those of a trained network differ.
            torch.nn.init.normal_(module.weight, 1.0, 0.1)
            torch.nn.init.normal_(module.bias, 0.0, 0.1)
    return network


def epochs_of(folder: Path) -> list[int]:
    lines = (folder / "epochs.jsonl").read_text().splitlines()
    return [json.loads(line)["epoch"] for line in lines]

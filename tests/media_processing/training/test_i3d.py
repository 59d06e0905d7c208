"""The I3D: its architecture, its export and its tasks."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")

from media_processing.training.gait_export import (  # noqa: E402
    ReadingNetwork,
    export_network,
)
from media_processing.training.gait_network import FEATURES, InflatedInception  # noqa: E402
from media_processing.training.gait_tasks import (  # noqa: E402
    MOTION,
    UNKNOWN,
    batch_targets,
    multi_task_loss,
    right_shares,
    target,
    tasks_of,
)
from media_processing.training.render_walkers import RenderedView  # noqa: E402
from tests.media_processing.training.captured import clip_like  # noqa: E402

pytestmark = pytest.mark.training

HEADS = {"emotion": 5, "known": 2, "arousal": 3}

CLIPS = [
    clip_like("angry", "angry", arousal="high"),
    clip_like("old", "other", arousal="low"),
    clip_like("bowing", "sad", content="bow", locomotion=False),
    clip_like("active", "other", source="bandai2"),
]


def seen(*, yaw_deg: float = 0.0, is_own_manner: bool = True, motion: float = 0.0) -> RenderedView:
    return RenderedView(
        np.zeros((16, 32, 32, 3), np.uint8), yaw_deg, np.full(4, motion, np.float32), is_own_manner
    )


def test_the_trunk_is_the_whole_inception_v1_in_three_dimensions() -> None:
    network = InflatedInception(HEADS)

    trunk = sum(parameter.numel() for parameter in network.trunk.parameters())
    # 12,287,264 is what the published architecture has without its last layer and with batch
    # normalisation's scale and shift.
    assert trunk == 12_287_264
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv3d)]
    assert len(convolutions) == 57


@pytest.mark.parametrize("shape", [(1, 3, 16, 32, 32), (1, 3, 8, 64, 96)])
def test_any_clip_size_fits(shape: tuple[int, ...]) -> None:
    network = InflatedInception(HEADS).eval()
    with torch.no_grad():
        assert network.features(torch.zeros(shape)).shape == (1, FEATURES)
        assert {name: out.shape[1] for name, out in network(torch.zeros(shape)).items()} == HEADS


def test_the_exported_file_answers_as_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = InflatedInception(HEADS).eval()
    path = tmp_path / "gait.onnx"
    export_network(network, path)
    clips = torch.rand(2, 3, 16, 32, 32)
    with torch.no_grad():
        expected = [output.numpy() for output in ReadingNetwork(network)(clips)]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"clips": clips.numpy()})

    assert path.stat().st_size < 30 << 20
    for answer, truth in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer, truth, atol=2e-3)


def test_targets_are_unknown_where_a_clip_says_nothing() -> None:
    tasks = {task.name: task for task in tasks_of(CLIPS)}
    angry, old, bowing, active = CLIPS

    assert target(tasks["emotion"], angry, seen()) == 0
    assert target(tasks["emotion"], old, seen()) == UNKNOWN
    assert target(tasks["known"], old, seen()) == 0
    assert target(tasks["arousal"], angry, seen()) == 2
    assert target(tasks["style_bandai1"], active, seen()) == UNKNOWN
    assert target(tasks["movement"], bowing, seen()) == tasks["movement"].classes.index("gesture")


def test_a_changed_manner_keeps_its_movement_and_loses_its_labels() -> None:
    tasks = {task.name: task for task in tasks_of(CLIPS)}
    changed = seen(is_own_manner=False)

    assert target(tasks["movement"], CLIPS[0], changed) != UNKNOWN
    for name in ("emotion", "known", "arousal", "style_bandai1"):
        assert target(tasks[name], CLIPS[0], changed) == UNKNOWN


@pytest.mark.parametrize(("yaw_deg", "side"), [(10, "0"), (-50, "45"), (268, "90"), (-179, "180")])
def test_left_and_right_are_one_side(yaw_deg: float, side: str) -> None:
    view = next(task for task in tasks_of(CLIPS) if task.name == "view")

    assert view.classes[target(view, CLIPS[0], seen(yaw_deg=yaw_deg))] == side


def test_clips_without_a_target_do_not_move_the_loss() -> None:
    tasks = [task for task in tasks_of(CLIPS) if task.name == "emotion"]
    targets = {"emotion": torch.tensor([1, UNKNOWN])}
    logits = torch.randn(2, 5)
    changed = logits.clone()
    changed[1] += 7 * torch.randn(5)

    first = multi_task_loss({"emotion": logits}, targets, tasks)
    assert torch.equal(first, multi_task_loss({"emotion": changed}, targets, tasks))


def test_what_the_body_does_counts_and_is_told() -> None:
    tasks = tasks_of(CLIPS)
    targets = batch_targets(tasks, CLIPS[:2], [seen(motion=1.0), seen(motion=-1.0)])
    logits = {task.name: torch.zeros(2, len(task.classes)) for task in tasks}
    right, wrong = ({**logits, MOTION: sign * targets[MOTION]} for sign in (1, -1))

    assert multi_task_loss(right, targets, tasks) < multi_task_loss(wrong, targets, tasks)
    assert right_shares(right, targets, tasks)[MOTION] == pytest.approx(1)
    assert right_shares(wrong, targets, tasks)[MOTION] == pytest.approx(-3)

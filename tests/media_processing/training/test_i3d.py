"""The I3D: its architecture, its export, its targets and its sampling."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")

from media_processing.training.gait_export import (  # noqa: E402
    ReadingNetwork,
    export_network,
)
from media_processing.training.gait_i3d import (  # noqa: E402
    DECAY_STEPS,
    TOTAL_STEPS,
    UNKNOWN,
    ClipSampler,
    multi_task_loss,
    rate_factor,
    target,
    tasks_of,
)
from media_processing.training.gait_network import FEATURES, InflatedInception  # noqa: E402
from media_processing.training.render_walkers import MotionClip  # noqa: E402

pytestmark = pytest.mark.training

HEADS = {"emotion": 5, "known": 2, "arousal": 3}


def motion_clip(style: str, emotion: str, source: str = "bandai1", **changes: object) -> MotionClip:
    joints = np.zeros((60, 19, 3), np.float32)
    values = {
        "name": style,
        "source": source,
        "content": "walk",
        "style": style,
        "emotion": emotion,
        "arousal": "mid",
        "locomotion": True,
        "split": "train",
        "rate_hz": 30.0,
        "joints": joints,
    }
    return MotionClip(**{**values, **changes})


CLIPS = [
    motion_clip("angry", "angry", arousal="high"),
    motion_clip("old", "other", arousal="low"),
    motion_clip("bowing", "sad", content="bow", locomotion=False),
    motion_clip("nodding", "other", content="nod", locomotion=False),
    motion_clip("active", "other", source="bandai2"),
    motion_clip("waving", "other", source="bandai2", content="wave", locomotion=False),
]


def test_the_trunk_is_the_whole_inception_v1_in_three_dimensions() -> None:
    network = InflatedInception(HEADS)

    trunk = sum(parameter.numel() for parameter in network.trunk.parameters())
    # 12,287,264 is what the published architecture has without its last layer and with batch
    # normalisation's scale and shift.
    assert trunk == 12_287_264
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv3d)]
    assert len(convolutions) == 57


@pytest.mark.parametrize("shape", [(1, 3, 16, 48, 48), (1, 3, 8, 64, 96)])
def test_any_clip_size_fits(shape: tuple[int, ...]) -> None:
    network = InflatedInception(HEADS).eval()
    with torch.no_grad():
        assert network.features(torch.zeros(shape)).shape == (1, FEATURES)
        assert {name: out.shape[1] for name, out in network(torch.zeros(shape)).items()} == HEADS


def test_the_exported_file_answers_as_the_network(tmp_path: object) -> None:
    torch.manual_seed(0)
    network = InflatedInception(HEADS).eval()
    path = tmp_path / "gait.onnx"
    export_network(network, path)
    clips = torch.rand(2, 3, 16, 48, 48)
    with torch.no_grad():
        expected = [output.numpy() for output in ReadingNetwork(network)(clips)]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answers = session.run(None, {"clips": clips.numpy()})

    assert path.stat().st_size < 30 << 20
    for answer, truth in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer, truth, atol=2e-3)


def test_targets_are_unknown_where_a_clip_says_nothing() -> None:
    tasks = {task.name: task for task in tasks_of(CLIPS)}
    angry, old, active = CLIPS[0], CLIPS[1], CLIPS[4]

    assert target(tasks["emotion"], angry, 0) == 0
    assert target(tasks["emotion"], old, 0) == UNKNOWN
    assert target(tasks["known"], old, 0) == 0
    assert target(tasks["arousal"], angry, 0) == 2
    assert target(tasks["style_bandai1"], active, 0) == UNKNOWN
    assert target(tasks["view"], angry, -50) == tasks["view"].classes.index("315")


def test_clips_without_a_target_do_not_move_the_loss() -> None:
    tasks = [task for task in tasks_of(CLIPS) if task.name == "emotion"]
    targets = {"emotion": torch.tensor([1, UNKNOWN])}
    logits = torch.randn(2, 5)
    changed = logits.clone()
    changed[1] += 7 * torch.randn(5)

    first = multi_task_loss({"emotion": logits}, targets, tasks)
    assert torch.equal(first, multi_task_loss({"emotion": changed}, targets, tasks))


def test_groups_have_their_shares() -> None:
    sampler, rng = ClipSampler(CLIPS), np.random.default_rng(0)
    drawn = [sampler.draw(rng) for _ in range(2000)]

    assert np.mean([clip.emotion != "other" for clip in drawn]) == pytest.approx(0.4, abs=0.04)
    assert np.mean([clip.source == "bandai2" for clip in drawn]) == pytest.approx(0.35, abs=0.04)


def test_the_rate_rises_holds_and_falls_to_nothing() -> None:
    assert rate_factor(0) < 0.05
    assert rate_factor(TOTAL_STEPS - DECAY_STEPS - 1) == 1.0
    assert 0.45 < rate_factor(TOTAL_STEPS - DECAY_STEPS // 2) < 0.55
    assert rate_factor(TOTAL_STEPS) == 0.0

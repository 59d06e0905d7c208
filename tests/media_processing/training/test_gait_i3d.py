"""Training the I3D on tiny made-up clips: what it sees, what it must not see, going on."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from media_processing.training import (  # noqa: E402
    gait_i3d,
    gait_kinematics,
    gait_robustness,
    gait_trunk,
)
from media_processing.training.gait_tasks import MOTION, READING_TASKS  # noqa: E402
from media_processing.training.gait_views import ClipView  # noqa: E402
from media_processing.training.render_walkers import MotionClip  # noqa: E402
from tests.media_processing.training.captured import clip_like, walking_joints  # noqa: E402

pytestmark = pytest.mark.training

EMOTIONS = ("angry", "happy", "neutral", "sad", "proud")
LOOK = (1024,)
LITTLE = {"neutral": (2, 1, 1), "neutral2": (1, 0, 1)}


def made_up_clips() -> list[MotionClip]:
    """Return two contents of five emotions, an arousal for each, and what the trunk may see."""
    walks = [
        clip_like(
            emotion if emotion != "neutral" else "normal",
            emotion,
            content=content,
            arousal=("low", "mid", "high")[row % 3],
            joints=walking_joints(2.5, leg_deg=12 + 4 * row, arm_deg=8 * row),
        )
        for content in ("run", "walk")
        for row, emotion in enumerate(EMOTIONS)
    ]
    short = walking_joints(2.0)
    return [
        *walks,
        *(clip_like("old", "other", content=content, joints=short) for content in ("run", "walk")),
        clip_like("active", "other", source="bandai2", joints=short, arousal="high"),
        clip_like("normal", "neutral", source="bandai2", joints=short),
        clip_like("normal", "neutral", source="bandai2", joints=short, split="test"),
        clip_like("bow", "sad", content="bow", locomotion=False, joints=short),
    ]


CLIPS = made_up_clips()


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gait_trunk, "TOTAL_STEPS", 2)
    monkeypatch.setattr(gait_trunk, "BATCH_CLIPS", 2)
    monkeypatch.setattr(gait_trunk, "CHECKPOINT_STEPS", 2)
    monkeypatch.setattr(gait_trunk, "STANDARDISING_VIEWS", 6)
    monkeypatch.setattr(gait_i3d, "TEST_CAMERAS", gait_i3d.TEST_CAMERAS[:1])
    counts = {group: LITTLE.get(group, (2, 0, 0)) for group in gait_i3d.VIEW_COUNTS}
    monkeypatch.setattr(gait_i3d, "VIEW_COUNTS", counts)


def trained_trunk(out: Path) -> gait_trunk.TrunkTrainer:
    out.mkdir(exist_ok=True)
    trainer = gait_trunk.TrunkTrainer(CLIPS, out, 1)
    trainer.run()
    return trainer


def test_the_trunk_sees_no_walk_of_the_first_set_and_no_test_clip() -> None:
    allowed = gait_trunk.trunk_clips(CLIPS)

    assert {clip.content for clip in allowed if clip.source == "bandai1"} == {"bow"}
    assert {clip.split for clip in allowed} == {"train"}
    assert any(clip.source == "bandai2" and clip.locomotion for clip in allowed)


def test_a_trunk_that_was_cut_off_ends_like_one_that_was_not(tmp_path: Path) -> None:
    whole = trained_trunk(tmp_path / "whole")
    (tmp_path / "cut").mkdir()
    cut = gait_trunk.TrunkTrainer(CLIPS, tmp_path / "cut", 1)
    cut.network.train()
    cut.train_step()
    cut.save()
    resumed = trained_trunk(tmp_path / "cut")

    assert resumed.step == 2
    for name, value in whole.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], value)
    assert MOTION in whole.network.heads


@pytest.mark.parametrize(
    ("clips", "seed", "batch", "told"),
    [
        (CLIPS, 2, 2, "another seed and start;"),
        (CLIPS, 1, 3, "another recipe;"),
        (CLIPS[:-1], 1, 2, "another data"),
    ],
)
def test_a_trunk_that_was_begun_otherwise_is_not_gone_on_with(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clips: Sequence[MotionClip],
    seed: int,
    batch: int,
    told: str,
) -> None:
    gait_trunk.TrunkTrainer(CLIPS, tmp_path, 1).save()
    monkeypatch.setattr(gait_trunk, "BATCH_CLIPS", batch)
    with pytest.raises(ValueError, match=told):
        gait_trunk.TrunkTrainer(clips, tmp_path, seed)


def test_the_rate_rises_holds_and_falls_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gait_trunk, "TOTAL_STEPS", 400)
    decay = gait_trunk.DECAY_STEPS

    assert gait_trunk.rate_factor(0) < 0.05
    assert gait_trunk.rate_factor(400 - decay - 1) == 1.0
    assert gait_trunk.rate_factor(400 - decay // 2) == pytest.approx(0.5, abs=0.02)
    assert gait_trunk.rate_factor(400) == 0.0


def test_groups_have_their_shares() -> None:
    sampler = gait_trunk.ClipSampler(gait_trunk.trunk_clips(CLIPS))
    rng = np.random.default_rng(0)
    drawn = [sampler.draw(rng) for _ in range(800)]
    shares = gait_trunk.GROUP_SHARES

    expected = shares["walks"] / (shares["walks"] + shares["emotional"])
    assert np.mean([clip.locomotion for clip in drawn]) == pytest.approx(expected, abs=0.05)


def test_no_fold_learns_from_what_it_is_measured_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[set[str]] = []
    fitted = gait_i3d.fitted

    def noted(views: Sequence[ClipView]) -> dict[str, gait_i3d.LinearHead]:
        learnt.append({view.clip.name for view in views})
        return fitted(views)

    monkeypatch.setattr(gait_i3d, "fitted", noted)
    readings = gait_i3d.WalkReadings(trained_trunk(tmp_path).network, CLIPS, tmp_path, 1)
    report = readings.report()

    assert (report["emotion"]["n"], report["arousal"]["n"]) == (10, 12)
    assert len(learnt) == 2
    for names, held_out in zip(learnt, ("run", "walk"), strict=True):
        assert not any(name.startswith(f"bandai1_{held_out}_") for name in names)
        assert sum(name.startswith("bandai1_") for name in names) == 6


def test_looks_are_kept_and_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = trained_trunk(tmp_path).network
    first = gait_i3d.WalkReadings(network, CLIPS, tmp_path, 1).views
    monkeypatch.setattr(gait_i3d, "random_view", None)
    again = gait_i3d.WalkReadings(network, CLIPS, tmp_path, 1).views

    assert len(first) == len(again) > 15
    for one, other in zip(first, again, strict=True):
        assert (one.clip.name, one.kind) == (other.clip.name, other.kind)
        np.testing.assert_array_equal(one.content, other.content)
        assert one.content.shape == LOOK


def test_what_ships_answers_as_what_was_learnt(tmp_path: Path) -> None:
    readings = gait_i3d.WalkReadings(trained_trunk(tmp_path).network, CLIPS, tmp_path, 1)
    network = readings.shipped()
    pictures = gait_i3d.test_pictures(CLIPS[0])[:2]
    heads = readings.learnt(None)
    looks = gait_i3d.looks_of(readings.network, pictures)
    with torch.no_grad():
        logits = network(gait_trunk.as_tensor(np.stack(pictures)))

    for task in READING_TASKS:
        shares = logits[task.name].softmax(dim=1).numpy()
        np.testing.assert_allclose(heads[task.name].shares(looks), shares, atol=1e-3)


def test_the_readable_estimator_is_trained_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {group: LITTLE.get(group, (2, 0, 0)) for group in gait_i3d.VIEW_COUNTS}
    monkeypatch.setattr(gait_kinematics, "VIEW_COUNTS", counts)
    monkeypatch.setattr(gait_kinematics, "TEST_CAMERAS", gait_kinematics.TEST_CAMERAS[2:3])
    monkeypatch.setattr(gait_robustness, "CAMERAS", gait_robustness.CAMERAS[:1])
    monkeypatch.setattr(gait_robustness, "CONDITIONS", gait_robustness.CONDITIONS[::5])
    monkeypatch.setattr(gait_kinematics, "read_clips", lambda data: CLIPS)
    gait_kinematics.main(tmp_path, tmp_path, 1)

    report = json.loads((tmp_path / gait_kinematics.REPORT).read_text())
    assert report["emotion"]["n"] == 10
    assert report["emotion"]["uar"] > 0.3  # the made-up emotions differ in stride and arm swing
    short_legs = report["robustness"]["short legs, long trunk"]
    assert sum(short_legs["ordinary"].values()) == 2 and short_legs["n"] == 10
    weights = json.loads((tmp_path / gait_kinematics.FILE).read_text())
    assert set(weights["heads"]) == {"emotion", "known", "arousal"}

"""CASIA-B: reading silhouettes, and a trunk that learnt from them."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

torch = pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.analysis.person_clips import CLIP_FRAMES, PICTURE_PX  # noqa: E402
from media_processing.training import gait_silhouettes  # noqa: E402
from media_processing.training.gait_network import InflatedInception, load_trunk  # noqa: E402
from media_processing.training.layouts.base import LayoutError  # noqa: E402
from media_processing.training.layouts.casia_b import CasiaB, draw_clip  # noqa: E402
from tests.media_processing.training.layouts import folders  # noqa: E402

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def silhouettes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.casia_b(tmp_path_factory.mktemp("silhouettes"), views=["090"])


def test_walks_are_split_by_subject(silhouettes: Path) -> None:
    source = CasiaB(silhouettes)
    subjects = {
        split: {walk.subject for walk in source.split(split)} for split in ("train", "val", "test")
    }
    assert subjects == {"train": {1, 2}, "val": {63}, "test": {75}}
    first = source.split("test")[0]
    assert (first.condition, first.view, len(first.frames())) == ("bg", "090", 50)


def test_a_folder_around_the_subjects_is_found(tmp_path: Path) -> None:
    folders.casia_b(tmp_path / "GaitDatasetB-silh", subjects=[75], views=["090"], frames=1)
    assert len(CasiaB(tmp_path).split("test")) == 3
    with pytest.raises(LayoutError, match="holds no subject of the train part"):
        CasiaB(tmp_path).split("train")


def test_a_clip_holds_the_walker_in_the_middle_and_of_one_size(silhouettes: Path) -> None:
    plain = next(walk for walk in CasiaB(silhouettes).walks if walk.condition == "nm")
    clip = draw_clip(plain, 0.0)
    assert clip.shape == (CLIP_FRAMES, PICTURE_PX, PICTURE_PX, 3)
    np.testing.assert_array_equal(clip[..., 0], clip[..., 2])
    for picture in clip[..., 0]:
        rows, columns = (np.flatnonzero(picture.max(axis=axis) > 60) for axis in (1, 0))
        assert abs(columns.mean() - PICTURE_PX / 2) < 2
        assert abs(len(rows) / PICTURE_PX - 0.9) < 0.08
    # The legs swing: the walker of the clip is not the same in every frame.
    assert np.abs(np.diff(clip[..., 0].astype(int), axis=0)).max() > 100


def test_frames_without_a_walker_give_no_clip(tmp_path: Path) -> None:
    folders.casia_b(tmp_path, subjects=[1], views=["090"], frames=45)
    for path in sorted((tmp_path / "001/nm-01/090").iterdir())[:10]:
        folders.write_picture(path, np.zeros((120, 160), np.uint8))
    walk = next(walk for walk in CasiaB(tmp_path).walks if walk.condition == "nm")
    assert draw_clip(walk, 0.0) is None


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="no GaitDatasetB-silh in it"):
        CasiaB(tmp_path)
    (tmp_path / "001/nm-01/090").mkdir(parents=True)
    with pytest.raises(LayoutError, match="holds no silhouette"):
        CasiaB(tmp_path).walks[0].frames()
    (tmp_path / "001/xx-01/090").mkdir(parents=True)
    with pytest.raises(LayoutError, match="unknown xx; known are nm, bg, cl"):
        _ = CasiaB(tmp_path).walks


def test_one_command_trains_a_trunk_that_goes_on_where_it_stopped(
    silhouettes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gait_silhouettes, "CHECKPOINT_STEPS", 1)
    monkeypatch.setattr(gait_silhouettes, "BATCH_CLIPS", 3)
    train_step = gait_silhouettes.SilhouetteTrainer._train_step

    def stop_at_the_second(trainer: gait_silhouettes.SilhouetteTrainer) -> dict[str, float]:
        if trainer.step == 1:
            raise KeyboardInterrupt
        return train_step(trainer)

    def run(out: Path) -> None:
        source = ("--data", str(silhouettes), "--layout", "casia-b", "--epochs", "1")
        streams = {"stdout": StringIO(), "stderr": StringIO()}
        call_command("train_model", "gait", *source, "--out", str(out), **streams)

    run(tmp_path / "whole")
    with monkeypatch.context() as patched:
        patched.setattr(gait_silhouettes.SilhouetteTrainer, "_train_step", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "cut")
    run(tmp_path / "cut")

    states = [
        torch.load(tmp_path / name / "gait_trunk.pt", weights_only=True)["network"]
        for name in ("whole", "cut")
    ]
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name
    fresh = InflatedInception({"emotion": 5})
    load_trunk(fresh, tmp_path / "whole/gait_trunk.pt")
    for name, value in fresh.trunk.state_dict().items():
        assert torch.equal(value, states[0][f"trunk.{name}"]), name
    report = json.loads((tmp_path / "whole/gait_trunk.json").read_text())
    assert (report["steps"], report["test"]["n"]) == (2, 3)
    assert report["licence"].startswith("Research only")


def test_the_training_on_silhouettes_takes_no_folds(silhouettes: Path, tmp_path: Path) -> None:
    arguments = ("--data", str(silhouettes), "--out", str(tmp_path), "--layout", "casia-b")
    with pytest.raises(CommandError, match="does not take --folds"):
        call_command("train_model", "gait", *arguments, "--folds", "3")


@pytest.mark.parametrize("saved", [b"no weights", {"network": {"trunk.0.0.weight": 1}}, {"a": 1}])
def test_a_file_without_a_trunk_is_refused_by_name(saved: object, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    if isinstance(saved, bytes):
        path.write_bytes(saved)
    else:
        torch.save(saved, path)
    with pytest.raises(ValueError, match=r"other\.pt holds no trunk of the gait network"):
        load_trunk(InflatedInception({"emotion": 5}), path)

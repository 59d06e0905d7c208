"""The commands that measure and train: what they print and what they refuse."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.media_processing.training.face_pack import write_pack


def test_evaluate_model_prints_the_contract_as_json(tmp_path: Path) -> None:
    out = StringIO()
    root = str(write_pack(tmp_path))
    call_command(
        "evaluate_model", "face", "--dataset", "ferplus", "--root", root, "--json", stdout=out
    )
    figures = json.loads(out.getvalue())
    wanted = {"n", "n_failed", "accuracy", "uar", "per_class", "confusion", "labels"}
    assert wanted < set(figures)
    assert 0 <= figures["ece"] <= 1
    assert (figures["ci_unit"], figures["ci_units"]) == ("file", 20)
    for score in ("accuracy", "uar"):
        low, high = figures[f"{score}_ci"]
        assert 0 <= low <= figures[score] <= high <= 1
    assert figures["n"] == 20
    assert len(figures["confusion"]) == 7


def test_evaluate_model_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="known are"):
        call_command("evaluate_model", "face", "--dataset", "no", "--root", str(tmp_path))
    with pytest.raises(CommandError, match="there is no table"):
        call_command("evaluate_model", "credit", "--csv", str(tmp_path / "a"), "--target", "y")


def test_train_model_names_what_can_be_trained(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="It can train: face, voice, gait, speaker, fusion"):
        call_command("train_model", "teapot", "--data", str(tmp_path), "--out", str(tmp_path))


def test_train_model_names_missing_data(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    with pytest.raises(CommandError, match="there is no data directory"):
        call_command("train_model", "face", "--data", absent, "--out", str(tmp_path))
    with pytest.raises(CommandError, match=r"ferplus\.csv is not in"):
        call_command("train_model", "face", "--data", str(tmp_path), "--out", str(tmp_path / "o"))
    with pytest.raises(CommandError, match=r"^german\.data is not in"):
        call_command("train_model", "german", "--data", str(tmp_path), "--out", str(tmp_path / "o"))


def test_train_model_refuses_an_option_that_a_training_does_not_take(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs the training requirements")
    folder = str(tmp_path)
    with pytest.raises(CommandError, match=r"scorecard does not take --folds; beside .* nothing"):
        call_command("train_model", "scorecard", "--data", folder, "--out", folder, "--folds", "3")


def test_train_model_names_the_layouts_that_are_known(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the training requirements")
    folder = str(tmp_path)
    with pytest.raises(CommandError, match=r"no layout 'imagenet' for face; known are"):
        call_command(
            "train_model", "face", "--data", folder, "--out", folder, "--layout", "imagenet"
        )

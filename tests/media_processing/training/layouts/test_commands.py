"""From a folder in a published layout to weights that the product measures, with one command."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.inference.manifest import read_manifest, verified_path
from media_processing.selectors import WEIGHTS_DIR
from tests.media_processing.training.layouts import folders

pytestmark = pytest.mark.training


def train(kind: str, layout: str, data: Path, out: Path) -> str:
    told = StringIO()
    arguments = ("--data", str(data), "--out", str(out), "--layout", layout, "--epochs", "1")
    call_command("train_model", kind, *arguments, stdout=StringIO(), stderr=told)
    return told.getvalue()


def put_in_place(out: Path, weights: Path) -> Path:
    """Return a copy of the weights folder in which the trained file and its entry stand."""
    trained = read_manifest(out)
    kept = (WEIGHTS_DIR / "manifest.toml").read_text(encoding="utf-8").split("[[network]]")[1:]
    kept = [table for table in kept if not any(f'"{name}"' in table for name in trained)]
    shutil.copytree(WEIGHTS_DIR, weights, ignore=shutil.ignore_patterns("*.md", "pictures"))
    for entry in trained.values():
        shutil.copy(entry.path(out), entry.path(weights))
    tables = ["", *kept, (out / "manifest.toml").read_text("utf-8").removeprefix("[[network]]")]
    (weights / "manifest.toml").write_text("[[network]]".join(tables), encoding="utf-8")
    return weights


def measure(kind: str, layout: str, data: Path, weights: Path) -> dict[str, object]:
    out = StringIO()
    source = ("--layout", layout, "--root", str(data), "--weights", str(weights))
    call_command("evaluate_model", kind, *source, "--labels", "native", "--json", stdout=out)
    figures: dict[str, object] = json.loads(out.getvalue())
    return figures


def test_rafdb_trains_a_face_network_that_is_measured_in_place(tmp_path: Path) -> None:
    data = folders.rafdb(tmp_path / "raf", train=22, test=14)
    told = train("face", "raf-db", data, tmp_path / "out")
    assert "RAF-DB is not published for commercial use" in told
    weights = put_in_place(tmp_path / "out", tmp_path / "weights")
    entry = read_manifest(weights)["face_emotion"]
    assert entry.version.endswith("+raf-db")
    assert (entry.commercial, entry.licence) == (
        False,
        "Non-commercial research only; trained on RAF-DB",
    )
    assert verified_path(entry, weights).is_file()
    figures = measure("face", "raf-db", data, weights)
    assert (figures["n"], figures["n_failed"]) == (14, 0)
    assert set(figures["per_class"]) == set(folders.RAF_LABELS)


def test_ravdess_trains_a_voice_network_that_is_measured_in_place(tmp_path: Path) -> None:
    files = {
        folders.ravdess_name(actor, emotion, number): folders.wav(word, seed=10 * actor + number)
        for actor in (1, 2, 15, 19)
        for emotion, word in ((4, "sad"), (5, "angry"))
        for number in (1, 2)
    }
    data = folders.write_files(tmp_path / "ravdess", files)
    told = train("voice", "ravdess", data, tmp_path / "out")
    assert "CC-BY-NC-SA-4.0" in told
    weights = put_in_place(tmp_path / "out", tmp_path / "weights")
    assert read_manifest(weights)["voice_emotion"].trained_on[0].startswith("RAVDESS (Livingstone")
    figures = measure("voice", "ravdess", data, weights)
    assert (figures["n"], figures["n_failed"]) == (4, 0)
    assert figures["labels"][5] == "sad"


def test_a_folder_in_another_layout_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    folders.rafdb(tmp_path / "raf")
    with pytest.raises(CommandError, match="not laid out as CK\\+ is published: there is no cohn"):
        train("face", "ck+", tmp_path / "raf", tmp_path / "out")
    with pytest.raises(CommandError, match="not laid out as AffectNet"):
        measure("face", "affectnet", tmp_path / "raf", WEIGHTS_DIR)
    with pytest.raises(CommandError, match="no sound file of ravdess"):
        measure("voice", "ravdess", tmp_path / "raf", WEIGHTS_DIR)

"""From a folder in a published layout to weights that the product measures, with one command."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.inference.manifest import read_manifest, verified_path
from media_processing.selectors import WEIGHTS_DIR
from media_processing.training.layouts.base import Terms
from media_processing.training.manifest_entries import begun_from
from scoring.models import ModelVersion
from tests.media_processing.training.layouts import folders

pytestmark = pytest.mark.training


def train(kind: str, layout: str, data: Path, out: Path, *options: str) -> str:
    told = StringIO()
    arguments = ("--data", str(data), "--out", str(out), "--layout", layout, "--epochs", "1")
    call_command("train_model", kind, *arguments, *options, stdout=StringIO(), stderr=told)
    return told.getvalue()


def measure(kind: str, layout: str, data: Path, weights: Path) -> dict[str, object]:
    out = StringIO()
    source = ("--layout", layout, "--root", str(data), "--weights", str(weights))
    call_command("evaluate_model", kind, *source, "--labels", "native", "--json", stdout=out)
    figures: dict[str, object] = json.loads(out.getvalue())
    return figures


def told_in_card(out: Path, name: str) -> str:
    """Return the card's sentence with the figures."""
    card = (out / f"{name}.md").read_text(encoding="utf-8")
    return next(line for line in card.splitlines() if "n = " in line)


@pytest.mark.django_db
def test_rafdb_trains_a_face_network_that_can_be_installed_as_it_is(
    tmp_path: Path, settings: object
) -> None:
    settings.OWN_WEIGHTS_DIR = tmp_path / "own_weights"
    data, out = folders.rafdb(tmp_path / "raf", train=22, test=14), tmp_path / "out"
    told = train("face", "raf-db", data, out)
    assert "may not be used commercially. They learnt from RAF-DB" in told
    entry = read_manifest(out)["face_emotion"]
    assert entry.version.endswith("+raf-db.0")
    assert (entry.commercial, entry.licence) == (
        False,
        "Non-commercial research only; trained on RAF-DB",
    )
    assert verified_path(entry, out).is_file()

    figures = measure("face", "raf-db", data, out)
    assert (figures["n"], figures["n_failed"]) == (14, 0)
    assert set(figures["per_class"]) == set(folders.RAF_LABELS)
    assert "n = 14, of which 0 could not be read and count as wrong. Accuracy " in told_in_card(
        out, "face_emotion"
    )
    assert f"{figures['accuracy']:.3f}, mean" in told_in_card(out, "face_emotion")
    kept = json.loads((out / "face_emotion.figures.json").read_text(encoding="utf-8"))
    assert kept["figures"][0]["accuracy"] == figures["accuracy"]

    call_command("install_network", str(out), stdout=StringIO(), stderr=StringIO())
    [version] = ModelVersion.objects.filter(name="face_emotion", is_own=True)
    assert (version.state, version.commercial) == (ModelVersion.State.CANDIDATE, False)


def test_ravdess_trains_a_voice_network_that_is_measured_in_place(tmp_path: Path) -> None:
    files = {
        folders.ravdess_name(actor, emotion, number): folders.wav(word, seed=10 * actor + number)
        for actor in (1, 2, 15, 19)
        for emotion, word in ((4, "sad"), (5, "angry"))
        for number in (1, 2)
    }
    data, out = folders.write_files(tmp_path / "ravdess", files), tmp_path / "out"
    told = train("voice", "ravdess", data, out)
    assert "CC-BY-NC-SA-4.0" in told
    assert read_manifest(out)["voice_emotion"].trained_on[0].startswith("RAVDESS (Livingstone")
    figures = measure("voice", "ravdess", data, out)
    assert (figures["n"], figures["n_failed"]) == (4, 0)
    assert set(figures["per_class"]) == {"sad", "angry"}
    assert f"{figures['accuracy']:.3f}, mean" in told_in_card(out, "voice_emotion")


def test_casia_is_cross_validated_over_its_speakers(tmp_path: Path) -> None:
    files = {
        f"{speaker}/{emotion}/20{number}.wav": folders.wav(emotion, seed=number)
        for speaker in ("liuchanhg", "wangzhe", "ZhaoQuanyin", "ZhaoZuoxiang")
        for emotion in ("angry", "sad")
        for number in (1, 2)
    }
    data, out = folders.write_files(tmp_path / "casia", files), tmp_path / "out"
    train("voice", "casia", data, out, "--folds", "4")
    report = json.loads((out / "folds-casia.json").read_text(encoding="utf-8"))
    assert [fold["n"] for fold in report["per_fold"].values()] == [4, 4, 4, 4]
    # Nothing was exported, so there is nothing to put in place.
    assert not (out / "manifest.toml").exists()
    with pytest.raises(CommandError, match="casia has 4 folds of speakers, not 3"):
        train("voice", "casia", data, out, "--folds", "3")


def test_weights_that_began_from_others_carry_both_terms(tmp_path: Path) -> None:
    terms = Terms("Own data", "Own", commercial=True, cite="own data")
    shipped = read_manifest(WEIGHTS_DIR)["voice_emotion"]
    both = begun_from(terms, shipped.path(WEIGHTS_DIR))
    assert both.licence == f"Own; begun from earlier weights: {shipped.licence}"
    assert both.commercial is shipped.commercial is False
    (tmp_path / "trial.pt").write_bytes(b"weights of nobody knows what")
    unknown = begun_from(terms, tmp_path / "trial.pt")
    assert (unknown.licence, unknown.commercial) == (
        "Own; begun from earlier weights: terms not known",
        False,
    )


def test_a_folder_in_another_layout_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    folders.rafdb(tmp_path / "raf")
    with pytest.raises(CommandError, match="not laid out as CK\\+ is published: there is no cohn"):
        train("face", "ck+", tmp_path / "raf", tmp_path / "out")
    with pytest.raises(CommandError, match="not laid out as AffectNet"):
        measure("face", "affectnet", tmp_path / "raf", WEIGHTS_DIR)
    with pytest.raises(CommandError, match="no sound file of ravdess"):
        measure("voice", "ravdess", tmp_path / "raf", WEIGHTS_DIR)

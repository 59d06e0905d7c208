"""What may stand in the place of a shipped network, and the sentence for what may not."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("onnx")

from media_processing.inference import fitting
from media_processing.inference.fitting import (
    MAX_BYTES,
    UnfitError,
    check_fits,
    places,
)
from media_processing.inference.manifest import NetworkEntry, read_manifest
from media_processing.inference.trial import TrialError
from media_processing.selectors import WEIGHTS_DIR
from tests.media_processing.own_networks import outside, write_own_network

pytestmark = pytest.mark.training
SHIPPED = read_manifest(WEIGHTS_DIR)


def check(entry: NetworkEntry, folder: Path, place: str = "face_emotion") -> None:
    check_fits(entry, folder, SHIPPED[place], WEIGHTS_DIR)


def test_the_places_are_those_of_networks_with_labels() -> None:
    found = places(list(SHIPPED.values()))
    assert {"face_emotion", "voice_emotion", "gait_i3d"} <= set(found)
    assert "silero_vad" not in found and "gait_kinematics" not in found


@pytest.mark.parametrize("name", ["face_emotion", "voice_emotion"])
def test_a_network_of_the_same_shape_fits_with_its_own_classes(tmp_path: Path, name: str) -> None:
    check(write_own_network(tmp_path, name), tmp_path, name)


@pytest.mark.parametrize("name", ["face_emotion", "voice_emotion", "gait_i3d"])
def test_a_shipped_network_fits_in_its_own_place(name: str) -> None:
    check(SHIPPED[name], WEIGHTS_DIR, name)


def test_an_input_of_another_place_is_refused(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path, "voice_emotion")
    with pytest.raises(UnfitError, match=r"Its input is .*; this place gives .*48, 48\]"):
        check(entry, tmp_path)


def test_too_few_answers_are_refused(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path, "gait_i3d")
    with pytest.raises(UnfitError, match="Its answers have the shapes"):
        check(entry, tmp_path, "gait_i3d")


def test_more_classes_than_answers_are_refused(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path)
    with pytest.raises(UnfitError, match="Its answers have the shapes"):
        check(replace(entry, classes=(*entry.classes, "contempt")), tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"file": "../own.onnx"}, "no plain name of an ONNX file"),
        ({"file": "own.pt"}, "no plain name of an ONNX file"),
        ({"version": "one two"}, "is no version"),
        ({"licence": " "}, "names no licence"),
        ({"trained_on": ()}, "does not say what the network was trained on"),
        ({"card": "absent.md"}, "There is no model card"),
        ({"classes": ()}, "names no classes"),
        ({"classes": ("happy",) * 7}, "one of them twice"),
        ({"classes": ("bored", "happy")}, "class 'bored' has no label"),
        ({"sha256": "0" * 64}, "is not the file that the manifest names"),
        ({"file": "absent.onnx"}, "are missing"),
    ],
)
def test_what_the_manifest_says_is_checked(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    entry = write_own_network(tmp_path)
    with pytest.raises(UnfitError, match=told):
        check(replace(entry, **change), tmp_path)


def test_a_file_that_is_no_network_or_too_large_is_refused(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path)
    (tmp_path / "own.onnx").write_bytes(b"no network")
    changed = replace(entry, sha256=hashlib.sha256(b"no network").hexdigest())
    with pytest.raises(UnfitError, match="is not a whole ONNX file"):
        check(changed, tmp_path)
    with (tmp_path / "own.onnx").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UnfitError, match="larger than 30 MiB"):
        check(changed, tmp_path)


def test_a_network_that_lies_in_several_files_is_refused(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path)
    content = outside((tmp_path / "own.onnx").read_bytes())
    (tmp_path / "own.onnx").write_bytes(content)
    changed = replace(entry, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(UnfitError, match=r"own\.onnx keeps weights in another file; export it as"):
        check(changed, tmp_path)


def test_a_network_that_does_not_come_to_an_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(path: Path, shapes: object) -> None:
        raise TrialError("Its trial broke off.")

    monkeypatch.setattr(fitting, "try_network", endless)
    with pytest.raises(UnfitError, match="Its trial broke off"):
        check(write_own_network(tmp_path), tmp_path)

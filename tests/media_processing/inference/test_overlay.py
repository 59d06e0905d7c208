"""The manifest written and read, and a folder in which own networks take their places."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from media_processing.inference.manifest import (
    NetworkEntry,
    WeightsError,
    read_manifest,
    verified_path,
    write_manifest,
)
from media_processing.inference.overlay import Placed, overlay

CONTENT = {"a": b"shipped a", "b": b"shipped b"}


def entry(name: str, folder: Path, content: bytes, version: str = "1.0.0") -> NetworkEntry:
    (folder / f"{name}.onnx").write_bytes(content)
    return NetworkEntry(
        name, version, f"{name}.onnx", hashlib.sha256(content).hexdigest(),
        'Own "data", ünicode', False, ("one", "two"), f"{name}.md", ("happy", "sad"),
    )  # fmt: skip


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    write_manifest([entry(name, folder, content) for name, content in CONTENT.items()], folder)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Placed:
    folder = tmp_path / "own"
    folder.mkdir()
    return Placed(entry("b", folder, b"own b", "bank-1"), folder)


def test_a_manifest_is_read_as_it_was_written(base: Path) -> None:
    entries = read_manifest(base)
    assert list(entries) == ["a", "b"]
    assert entries["a"].licence == 'Own "data", ünicode'
    write_manifest(entries.values(), base)
    assert read_manifest(base) == entries


def test_without_own_networks_it_is_the_release(base: Path, tmp_path: Path) -> None:
    assert overlay(base, [], tmp_path / "overlays") == base
    assert not (tmp_path / "overlays").exists()


def test_an_own_network_takes_its_place_and_the_rest_stays(
    base: Path, own: Placed, tmp_path: Path
) -> None:
    folder = overlay(base, [own], tmp_path / "overlays")
    entries = read_manifest(folder)
    assert verified_path(entries["a"], folder).read_bytes() == b"shipped a"
    assert verified_path(entries["b"], folder).read_bytes() == b"own b"
    assert (entries["b"].version, entries["b"].sha256) == ("bank-1", own.entry.sha256)


def test_the_same_content_is_one_folder_and_other_content_another(
    base: Path, own: Placed, tmp_path: Path
) -> None:
    first = overlay(base, [own], tmp_path / "overlays")
    assert overlay(base, [own], tmp_path / "overlays") == first
    assert list((tmp_path / "overlays").iterdir()) == [first]
    newer = Placed(replace(own.entry, version="bank-2"), own.folder)
    assert overlay(base, [newer], tmp_path / "overlays") != first


def test_a_file_that_changed_afterwards_is_refused(base: Path, own: Placed, tmp_path: Path) -> None:
    folder = overlay(base, [own], tmp_path / "overlays")
    own.path.write_bytes(b"altered")
    with pytest.raises(WeightsError, match="not the file"):
        verified_path(read_manifest(folder)["b"], folder)

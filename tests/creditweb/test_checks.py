"""The checks at the start: weights are whole, and a licence that forbids their use is named."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from creditweb.checks import damage_is_told, weights_are_whole, weights_may_be_used
from media_processing.inference.manifest import read_manifest, write_manifest
from media_processing.selectors import WEIGHTS_DIR


@pytest.fixture
def own(tmp_path: Path, settings: Any) -> Path:
    """A folder as install_network leaves it, with a licence of its own."""
    settings.OWN_WEIGHTS_DIR = tmp_path
    folder = tmp_path / "silero_vad" / ("ab" * 8)
    folder.mkdir(parents=True)
    entry = replace(
        read_manifest(WEIGHTS_DIR)["silero_vad"], licence="Our own NC terms", commercial=False
    )
    (folder / entry.file).write_bytes(entry.path(WEIGHTS_DIR).read_bytes())
    write_manifest([entry], folder)
    return folder


def test_whole_files_give_no_error(own: Path) -> None:
    assert weights_are_whole(None) == []


def test_an_altered_file_of_ones_own_is_an_error(own: Path) -> None:
    (own / "silero_vad.onnx").write_bytes(b"altered")
    (error,) = weights_are_whole(None)
    assert error.id == "creditweb.E001" and "silero_vad.onnx" in error.msg


@pytest.mark.parametrize("text", ["no toml", "[[network]]\nname = 3", "network = 1", "\x00"])
def test_a_manifest_that_cannot_be_read_is_told_and_stops_no_command(
    own: Path, settings: Any, text: str
) -> None:
    (own / "manifest.toml").write_text(text)
    (error,) = weights_are_whole(None)
    assert f"manifest.toml in {own} cannot be read" in error.msg
    (warning,) = damage_is_told(None)
    assert (warning.id, warning.msg) == ("creditweb.W002", error.msg)
    settings.ENVIRONMENT = "production"
    assert "gait_i3d.onnx" in weights_may_be_used(None)[0].msg


def test_every_damage_is_told_and_a_command_runs(own: Path) -> None:
    (own / "silero_vad.onnx").write_bytes(b"altered")
    other = own.parent / "other"
    other.mkdir()
    (other / "manifest.toml").write_text("no toml")
    assert len(damage_is_told(None)) == 2
    told = StringIO()
    call_command("check", "--tag", "security", stderr=told)
    assert told.getvalue().count("creditweb.W002") == 2
    with pytest.raises(SystemCheckError, match=r"creditweb\.E001"):
        call_command("check", "--tag", "security", "--deploy", stderr=StringIO())


def test_production_names_what_may_not_be_used_commercially(own: Path, settings: Any) -> None:
    assert weights_may_be_used(None) == []
    settings.ENVIRONMENT = "production"
    (warning,) = weights_may_be_used(None)
    assert warning.id == "creditweb.W001"
    assert "silero_vad.onnx (Our own NC terms)" in warning.msg
    assert "gait_i3d.onnx (CC-BY-NC-4.0)" in warning.msg

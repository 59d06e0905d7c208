"""The checks at the start: weights are whole, and a licence that forbids their use is named."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from creditweb.checks import weights_are_whole, weights_may_be_used
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


def test_production_names_what_may_not_be_used_commercially(own: Path, settings: Any) -> None:
    assert weights_may_be_used(None) == []
    settings.ENVIRONMENT = "production"
    (warning,) = weights_may_be_used(None)
    assert warning.id == "creditweb.W001"
    assert "silero_vad.onnx (Our own NC terms)" in warning.msg
    assert "gait_i3d.onnx (CC-BY-NC-4.0)" in warning.msg

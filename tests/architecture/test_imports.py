"""Imports point one way, and the web process stays light."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "cv2",
    "librosa",
    "mediapipe",
    "onnxruntime",
    "torch",
    "sklearn",
    "lightgbm",
    "pyarrow",
    "tenseal",
)


def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("module", ["creditweb.asgi", "creditweb.urls"])
def test_the_web_process_loads_no_heavy_library(module: str) -> None:
    code = (
        "import django, sys; django.setup(); "
        f"import {module}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""


def test_librosa_is_loaded_in_one_place() -> None:
    """Whoever imports it elsewhere may compile its loops beside another process, and crash both."""
    found = [
        path
        for folder in ("media_processing", "scoring", "tests", "benchmarks", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"^\s*(import|from) librosa\b", path.read_text(), re.MULTILINE)
    ]
    assert found == [ROOT / "media_processing" / "analysis" / "librosa_once.py"]

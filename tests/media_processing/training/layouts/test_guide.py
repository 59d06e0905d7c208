"""The guide to the data sets names every layout with the licence that its weights carry."""

import importlib
from pathlib import Path

import pytest

from media_processing.training.layouts import LAYOUTS
from media_processing.training.layouts import __name__ as package

GUIDE = Path(__file__).resolve().parents[4] / "docs/guides/datasets.md"
LAYOUT_READERS = [
    (name, layout.reader) for layouts in LAYOUTS.values() for name, layout in layouts.items()
]


@pytest.mark.parametrize(("name", "reader"), LAYOUT_READERS)
def test_the_guide_tells_layout_and_terms(name: str, reader: str) -> None:
    module, class_name = reader.split(":")
    terms = getattr(importlib.import_module(f"{package}.{module}"), class_name).terms
    guide = GUIDE.read_text(encoding="utf-8")
    rows = [line for line in guide.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1
    assert ("commercial use allowed" in rows[0]) == terms.commercial
    assert f"- **`{name}`**" in guide


def test_the_guide_leads_nobody_to_a_download() -> None:
    assert "http" not in GUIDE.read_text(encoding="utf-8")

"""The pictures of a model card."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from media_processing.training.card_pictures import confusion_picture, curve_picture

pytestmark = pytest.mark.training

HISTORY = [{"loss": 2.0, "accuracy": 0.2}, {"loss": 1.0, "accuracy": 0.6}, {"loss": 0.9}]
SERIES = {"log loss": {"loss": "training"}, "share": {"accuracy": "validation"}}


def test_a_curve_is_one_picture_without_letters_or_date_and_the_same_twice(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        curve_picture(HISTORY, SERIES, tmp_path / name, "A training", chosen_epoch=2)
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    ET.fromstring(text)
    assert "<text" not in text and "<dc:date>" not in text
    assert text == (tmp_path / "b.svg").read_text(encoding="utf-8")


def test_a_line_that_the_history_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the history has no recall"):
        curve_picture(HISTORY, {"share": {"recall": "recall"}}, tmp_path / "a.svg", "A training")


def test_a_confusion_marks_every_cell_that_holds_something(tmp_path: Path) -> None:
    confusion_picture([[8, 2], [0, 0]], ("happy", "sad"), tmp_path / "few.svg", "Confusion")
    confusion_picture([[8, 2], [3, 7]], ("happy", "sad"), tmp_path / "all.svg", "Confusion")
    few, more = ((tmp_path / name).read_text().count("<use") for name in ("few.svg", "all.svg"))
    assert 0 < few < more


def test_a_png_is_written_too_and_labels_must_fit(tmp_path: Path) -> None:
    confusion_picture([[1, 0], [0, 1]], ("low", "high"), tmp_path / "new" / "a.png", "Confusion")
    assert (tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="1 labels do not fit"):
        confusion_picture([[1, 0], [0, 1]], ("low",), tmp_path / "a.svg", "Confusion")

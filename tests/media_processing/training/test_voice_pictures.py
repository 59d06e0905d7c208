"""The pictures show what the reports say."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the training requirements")

from media_processing.training.voice_corpora import CLASSES
from media_processing.training.voice_pictures import draw, measured_epochs

pytestmark = pytest.mark.training
REPORT = {
    "base": [
        {"epoch": 0, "loss": 2.0},
        {"epoch": 1, "loss": 1.8, "val_emogator": 0.3, "val_nemo": 0.2},
    ],
    "trial": [{"epoch": 0, "loss": 1.9, "val_ravdess": 0.4, "val_nemo": 0.3}],
}


def test_epochs_are_counted_through_the_phases() -> None:
    rows = measured_epochs(REPORT)
    assert [row["epoch"] for row in rows] == [2, 3]
    assert rows[0]["base_loss"] == 1.8
    assert rows[1]["trial_val_ravdess"] == 0.4


def test_each_picture_is_drawn(tmp_path: Path) -> None:
    confusion = np.eye(len(CLASSES), dtype=int).tolist()
    figures = {"ravdess": {"open": {"confusion": confusion}}}
    folds = {"confusion": [[3, 1], [0, 2]], "classes": ["angry", "sad"]}
    drawn = draw(REPORT, figures, folds, tmp_path)
    assert [path.name for path in drawn] == [
        "voice_emotion_curve.svg",
        "voice_emotion_confusion.svg",
        "voice_emotion_folds.svg",
    ]
    assert all(path.read_text(encoding="utf-8").startswith("<?xml") for path in drawn)

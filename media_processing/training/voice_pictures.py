"""The pictures of the voice network's card: how training went, and what is taken for what.

``python -m media_processing.training.voice_pictures REPORT.json FIGURES.json FOLDS.json``, with
the reports of ``train_model voice``, of ``voice_figures`` and of ``train_model voice --folds 6``.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from media_processing.training.card_pictures import confusion_picture, curve_picture
from media_processing.training.voice_corpora import CLASSES
from media_processing.training.voice_recipe import WEIGHTS_DIR

PICTURES = WEIGHTS_DIR / "pictures"


def measured_epochs(report: Mapping[str, Any]) -> list[dict[str, float]]:
    """Return the epochs of base and trial, counted through, that were measured on validation."""
    rows = []
    for phase, before in (("base", 0), ("trial", len(report["base"]))):
        for row in report[phase]:
            found = {
                f"{phase}_{name}": value for name, value in row.items() if name.startswith("val_")
            }
            if found:
                rows.append(
                    {"epoch": before + row["epoch"] + 1, f"{phase}_loss": row["loss"], **found}
                )
    return rows


def draw(
    report: Mapping[str, Any], figures: Mapping[str, Any], folds: Mapping[str, Any], to: Path
) -> Sequence[Path]:
    """Draw every picture of the card into the folder ``to``; return their paths."""
    curve, confusion, pooled = (
        to / f"voice_emotion_{name}.svg" for name in ("curve", "confusion", "folds")
    )
    curve_picture(
        measured_epochs(report),
        {
            "training loss": {"base_loss": "base", "trial_loss": "trial"},
            "UAR of validation speakers": {
                "base_val_emogator": "base, EmoGator, 7 classes",
                "base_val_nemo": "base, nEMO, 6 classes",
                "trial_val_ravdess": "trial, RAVDESS, 8 classes",
                "trial_val_nemo": "trial, nEMO, 6 classes",
            },
        },
        curve,
        "Voice: base, then trial",
    )
    confusion_picture(
        figures["ravdess"]["open"]["confusion"], CLASSES, confusion, "RAVDESS, test speakers"
    )
    confusion_picture(
        folds["confusion"], folds["classes"], pooled, "RAVDESS, held-out speakers of six folds"
    )
    return curve, confusion, pooled


if __name__ == "__main__":
    draw(*(json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:4]), PICTURES)

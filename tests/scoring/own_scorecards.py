"""A scorecard of one's own: the shipped one with other points, as a training would write it."""

import json
from pathlib import Path
from typing import Any

from scoring.paths import ARTIFACTS_DIR
from scoring.services.estimator_installing import Origin

ORIGIN = Origin("bank-1", "Own loans; internal use", commercial=True, trained_on=("Own loans",))


def write_own_scorecard(folder: Path, shift: float = -0.5, **changes: Any) -> Path:
    """Write ``scorecard.json``, whose odds are ``exp(shift)`` of the shipped ones, and a card."""
    content = json.loads((ARTIFACTS_DIR / "scorecard.json").read_text())
    content["intercept_log_odds"] += shift
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scorecard.json").write_text(json.dumps(content | changes))
    (folder / "card.md").write_text("# Scorecard bank-1\n\nTrained on own loans.\n")
    return folder

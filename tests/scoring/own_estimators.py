"""Estimators of one's own for every place, as a training would write them."""

import json
from pathlib import Path
from typing import Any

from scoring.engine.places import PLACES, Place
from scoring.paths import ARTIFACTS_DIR
from scoring.services.estimator_installing import Origin

ORIGIN = Origin("bank-1", "Own loans; internal use", commercial=True, trained_on=("Own loans",))
SHIPPED = {"business_scorecard": "business_scorecard.json"}


def write_own_scorecard(folder: Path, shift: float = -0.5, **changes: Any) -> Path:
    """Write ``scorecard.json``, whose odds are ``exp(shift)`` of the shipped ones, and a card."""
    return write_own(PLACES["scorecard"], folder, shift, **changes)


def write_own(place: Place, folder: Path, shift: float = -0.5, **changes: Any) -> Path:
    """Write the file of a place and a card: the shipped estimator, a little changed."""
    folder.mkdir(parents=True, exist_ok=True)
    shipped = (ARTIFACTS_DIR / SHIPPED.get(place.name, place.file)).read_bytes()
    if place.file.endswith(".json"):
        content = json.loads(shipped) | {"name": place.trained_as}
        content["intercept_log_odds"] += shift
        (folder / place.file).write_text(json.dumps(content | changes))
    else:
        described = changes.get("inputs") or inputs()
        (folder / place.file).write_bytes(shipped + metadata(described))
    (folder / "card.md").write_text("# bank-1\n\nTrained on own loans.\n")
    return folder


def inputs(first: str = "card_utilisation_percent", **changes: Any) -> list[dict[str, Any]]:
    """Describe four inputs; the last three are the shipped ones."""
    names = (first, "overdue_payments", "debt_to_income_percent", "open_accounts")
    described = [{"name": name, "reads": "value", "levels": None} for name in names]
    described[0] |= changes
    return described


def metadata(described: list[dict[str, Any]]) -> bytes:
    """Return the bytes that add an entry of metadata to a graph: messages merge when appended."""
    return _field(14, _field(1, b"inputs") + _field(2, json.dumps(described).encode()))


def _field(number: int, content: bytes) -> bytes:
    length, size = len(content), b""
    while length >= 0x80:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content

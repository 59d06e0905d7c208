"""The sentence of a stored reason in the language of the page.

A revision keeps code, characteristic, value and points beside its English text, so the sentence can
be said in another language later without touching the row.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext

from scoring.engine.reasons import WORDINGS
from scoring.engine.types import Reason

STORED_LANGUAGE = "en"


def said(reason: Mapping[str, Any] | Reason) -> str:
    """Return a reason in the active language: as stored in English, else from code and value."""
    if isinstance(reason, Reason):
        return _said(reason.text, reason.characteristic, reason.value, reason.points)
    return _said(reason["text"], reason["characteristic"], reason["value"], reason["points"])


def _said(text: str, characteristic: str, value: float | None, points: int) -> str:
    wording = WORDINGS.get(characteristic)
    if get_language() == STORED_LANGUAGE or wording is None:
        return text
    if value is None:  # such a sentence holds no value and is its own message
        return gettext(text)
    template = wording.lost if points < 0 else wording.won
    return gettext(template).format(value=wording.value_format.format(value))

"""The sentence of a stored reason or flag in the language of the page.

A revision keeps code, characteristic, value and points beside its English text, so the sentence can
be said in another language later without touching the row.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext

from scoring.engine.flag_words import values_of
from scoring.engine.flags import Finding, RaisedFlag
from scoring.engine.reasons import WORDINGS
from scoring.engine.types import Reason
from scoring.explanation import ESTIMATOR_NAMES, MODALITY_NAMES
from scoring.models import ReviewFlag
from scoring.models.revision import CreditClass

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


def flag_title(flag: ReviewFlag | RaisedFlag) -> str:
    """Return what a flag is about, in the active language."""
    return gettext(flag.title)


def flag_text(flag: ReviewFlag | Finding) -> str:
    """Return what a rule saw, in the active language; a sentence not known stays as it is."""
    found = values_of(flag.text)
    if get_language() == STORED_LANGUAGE or found is None:
        return flag.text
    sentence, values = found
    return gettext(sentence).format(**{name: _word(value) for name, value in values.items()})


def _word(value: str) -> str:
    """Return a part of the body, an estimator or a class by its name; a figure stays."""
    if value in MODALITY_NAMES:
        return str(MODALITY_NAMES[value])
    if value in CreditClass.values:
        return str(CreditClass(value).label)
    return str(ESTIMATOR_NAMES.get(value, value))

"""Whether an estimator of one's own can serve: it reads what the application form asks for."""

import json
import math
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from scoring.engine.described_inputs import described_inputs, names_of
from scoring.engine.places import Place
from scoring.engine.scorecard import parse_scorecard_bytes


def check_serves(content: bytes, place: Place) -> None:
    """Raise ProblemError where the application form cannot feed what lies in a file."""
    try:
        _check = _check_scorecard if place.decides else _check_challenger
        _check(content, place)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unfit(_("The estimator cannot be read: %(why)s.") % {"why": error}) from error


def _check_scorecard(content: bytes, place: Place) -> None:
    card = parse_scorecard_bytes(content)
    names = [each.name for each in card.characteristics]
    if card.name not in (place.trained_as, place.name) or len(names) != len(set(names)):
        raise unfit(_("The file is not a scorecard with characteristics of its own."))
    _check_names(names, place)
    bins = [each for part in card.characteristics for each in (*part.bins, part.missing)]
    _check_finite([card.intercept_log_odds, *(each.log_odds for each in bins)])


def _check_challenger(content: bytes, place: Place) -> None:
    inputs = described_inputs(place.file, content)
    _check_names(names_of(inputs), place)
    worded = [e["name"] for e in inputs if e["reads"] == "value" and e["levels"] is not None]
    if worded:
        raise unfit(
            _("%(names)s holds words in the table, and the application form gives a number.")
            % {"names": ", ".join(worded)}
        )
    if place.file.endswith(".json"):
        told = json.loads(content)
        if told.get("name") != place.trained_as:
            raise unfit(_("The file is another estimator than the one of this place."))
        _check_finite(_numbers(told))


def _check_names(names: Iterable[str], place: Place) -> None:
    unknown = sorted(set(names) - set(place.reads))
    if not names:
        raise unfit(_("The estimator reads no characteristic."))
    if unknown:
        raise unfit(
            _(
                "The application form does not ask for %(names)s. Say which characteristic of the "
                "form each column is, leave the others out, and train again."
            )
            % {"names": ", ".join(unknown)}
        )


def _numbers(told: Any) -> Iterable[float]:
    """Yield every number of a JSON value."""
    if isinstance(told, float):
        yield told
    elif isinstance(told, dict | list):
        for each in told.values() if isinstance(told, dict) else told:
            yield from _numbers(each)


def _check_finite(values: Iterable[float]) -> None:
    if not all(math.isfinite(value) for value in values):
        raise unfit(_("Some points of the estimator are not finite."))


def unfit(message: str, code: str = "estimator_unfit") -> ProblemError:
    return ProblemError(code, message, status=409)

"""Why the challengers say what they say, as one table for the score page."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from applicants.models import Applicant
from scoring.engine.artifacts import read_manifest
from scoring.engine.places import SHADOW_SUFFIX
from scoring.explanation import Text, characteristics_of, label_of, name_of, written
from scoring.models import ScoreRevision
from scoring.services import estimators


@dataclass(frozen=True, slots=True)
class Line:
    """A characteristic with its value, and what it moved each challenger by, in log-odds."""

    label: Text
    value: str
    cells: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Challengers as columns. Base and lines sum to the total, in log-odds of good.

    ``largest_error`` is the largest standard error, None where every value is exact.
    """

    names: tuple[Text, ...]
    base: tuple[float, ...]
    lines: tuple[Line, ...]
    total: tuple[float, ...]
    largest_error: float | None


def attributions_of(revision: ScoreRevision) -> Table | None:
    """Return the Shapley values of a revision's challengers; None where none were worked out."""
    rows = [each for each in revision.challengers.all() if each.attributions]
    if not rows:
        return None
    stored = [row.attributions for row in rows]
    moved = [{part["characteristic"]: part["log_odds"] for part in s["parts"]} for s in stored]
    base = tuple(each["base_log_odds"] for each in stored)
    errors = [part["standard_error"] for s in stored if not s["is_exact"] for part in s["parts"]]
    return Table(
        names=tuple(name_of(row.estimator) for row in rows),
        base=base,
        lines=_lines(characteristics_of(revision.application, revision.profile), moved),
        total=tuple(start + sum(m.values()) for start, m in zip(base, moved, strict=True)),
        largest_error=max(errors, default=None),
    )


def why_none(revision: ScoreRevision) -> str:
    """Return why a page shows no attributions, in a sentence."""
    shown = [each for each in revision.challengers.all() if not is_shadow(each.estimator)]
    if revision.application.applicant.kind == Applicant.Kind.BUSINESS and not shown:
        return _(
            "No challenger stands beside the business scorecard: none has learned from firms here."
        )
    if not shown:
        return _("The challengers have not run beside this score yet; they do within minutes.")
    in_force = {each.sha256 for each in read_manifest(estimators.in_force()).values()}
    if any(each.sha256 in in_force for each in shown):
        return _("Not worked out yet. Older scores are explained in the background, newest first.")
    return _("Other challengers than those in force gave this score; they are not explained.")


def is_shadow(estimator: str) -> bool:
    return estimator.endswith(SHADOW_SUFFIX)


def _lines(values: Mapping[str, float | None], moved: list[dict[str, float]]) -> tuple[Line, ...]:
    names = dict.fromkeys(name for each in moved for name in each)
    ranked = sorted(names, key=lambda name: -max(abs(each.get(name, 0.0)) for each in moved))
    return tuple(
        Line(
            label_of(name),
            written(name, values.get(name)) or _("not given"),
            tuple(each.get(name, 0.0) for each in moved),
        )
        for name in ranked
    )

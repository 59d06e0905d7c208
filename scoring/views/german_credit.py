"""The page on which one German-credit application is tried; nothing of it is kept."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from applicants.models import Officer
from applicants.permissions import Capability, requires
from scoring.german_forms import GermanForm, worded
from scoring.privacy.german_credit import BY_NAME, GOOD
from scoring.privacy.german_estimator import GermanReason
from scoring.services import german_credit


@dataclass(frozen=True, slots=True)
class PointsRow:
    """One attribute as the page shows it: its label, what was chosen, its points."""

    label: str
    wording: str
    points: int


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Capability.SCORE_BATCHES)
def german_credit_page(request: HttpRequest) -> HttpResponse:
    form = GermanForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        context |= _scored(form, request.user)  # type: ignore[arg-type]  # signed in, by requires
    status = 422 if form.errors else 200
    return render(request, "scoring/german_credit.html", context, status=status)


def _scored(form: GermanForm, officer: Officer) -> dict[str, object]:
    row = form.row()
    scored = german_credit.score([row], officer=officer)
    (result,) = scored.results
    lines = [
        PointsRow(_(BY_NAME[name].label), worded(BY_NAME[name], _value(row[name])), points)
        for name, points in result.contributions.items()
    ]
    return {
        "result": result,
        "is_good": result.class_number == GOOD,
        "percent": 100 * result.probability_of_bad,
        "reasons": [_sentence(reason) for reason in result.reasons],
        "lines": sorted(lines, key=lambda line: line.points),
        "total": result.base_points + sum(result.contributions.values()),
        "estimator": scored.estimator,
    }


def _sentence(reason: GermanReason) -> str:
    """Return a reason in the language of the page."""
    attribute = BY_NAME[reason.characteristic]
    more = ngettext("%(n)s point", "%(n)s points", -reason.points) % {"n": -reason.points}
    return _("%(label)s: %(value)s. People earn %(more)s more here on average.") % {
        "label": _(attribute.label), "value": worded(attribute, reason.value), "more": more,
    }  # fmt: skip


def _value(value: object) -> str | float:
    return value if isinstance(value, str) else float(str(value))

"""The page on which one German-credit application is tried; nothing of it is kept."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from applicants.models import Officer
from applicants.permissions import Capability, requires
from scoring.german_forms import GermanForm
from scoring.privacy.german_credit import BY_NAME, GOOD
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
    return render(request, "scoring/german_credit.html", context)


def _scored(form: GermanForm, officer: Officer) -> dict[str, object]:
    row = form.row()
    scored = german_credit.score([row], officer=officer)
    (result,) = scored.results
    lines = [
        PointsRow(BY_NAME[name].label, BY_NAME[name].wording(_value(row[name])), points)
        for name, points in result.contributions.items()
    ]
    return {
        "result": result,
        "is_good": result.class_number == GOOD,
        "percent": 100 * result.probability_of_bad,
        "lines": sorted(lines, key=lambda line: line.points),
        "total": result.base_points + sum(result.contributions.values()),
        "estimator": scored.estimator,
    }


def _value(value: object) -> str | float:
    return value if isinstance(value, str) else float(str(value))

"""The page on synthetic applicants: drawing rows, and what is known of their use and risk."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, can, requires
from scoring import synthesis_charts
from scoring.downloads import streamed
from scoring.privacy.german_credit import BY_NAME
from scoring.services import synthesis
from scoring.synthesis_forms import WishForm

PREVIEW_ROWS = 8
FIGURES: dict[str, str | Promise] = {
    "tstr_gap": gettext_lazy("Usefulness: TSTR less TRTR"),
    "tvd": gettext_lazy("Marginals: total variation distance"),
    "association_difference": gettext_lazy("Associations: mean difference"),
    "exact_copies": gettext_lazy("Exact copies of real rows"),
    "distance_mia_auc": gettext_lazy("Attack by distance, AUC"),
}
FLAGS: dict[str, str | Promise] = {
    "utility": gettext_lazy("not useful"),
    "likeness": gettext_lazy("not like the data"),
    "privacy": gettext_lazy("gives people away"),
}
WAYS: dict[str, str | Promise] = {
    "as they are": gettext_lazy("as they are"),
    "class weights": gettext_lazy("class weights"),
    "oversampled": gettext_lazy("rows of the rarer class repeated"),
    "synthetic rows": gettext_lazy("synthetic rows of the rarer class"),
}
ESTIMATORS: dict[str, str | Promise] = {
    "logistic": gettext_lazy("Logistic regression"),
    "boosting": gettext_lazy("Gradient boosting"),
}
CONTROLS: dict[str, str | Promise] = {
    "independent marginals": gettext_lazy("columns drawn one by one"),
    "bootstrap": gettext_lazy("real rows drawn again"),
}


@require_safe
@requires(Capability.VIEW_PRIVACY)
def synthetic_applicants(request: HttpRequest) -> HttpResponse:
    """Show the form, the first rows of what was asked for, and the report."""
    may_draw = can(request.user, Capability.DRAW_SYNTHETIC)
    form = WishForm(request.GET if "rows" in request.GET and may_draw else None)
    context: dict[str, Any] = {"form": form, "may_draw": may_draw}
    context["generator"] = synthesis.installed_or_none()
    if context["generator"] and form.is_bound and form.is_valid():
        try:
            context["columns"], context["rows"] = synthesis.preview(form.wish(), PREVIEW_ROWS)
            context["query"] = request.GET.urlencode()
        except ProblemError as problem:
            form.refuse({"bad_percent": problem.message})
    report = synthesis.report()
    if report is not None:
        context |= _report(report)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "scoring/synthesis.html", context, status=status)


@require_safe
@requires(Capability.DRAW_SYNTHETIC)
def synthetic_rows(request: HttpRequest) -> HttpResponse:
    """Send the rows as CSV."""
    form = WishForm(request.GET)
    if not form.is_valid():
        return _back(request)
    try:
        return streamed(synthesis.draw(form.wish(), officer=request.user))
    except ProblemError as problem:
        return _back(request, problem.message)


@require_safe
@requires(Capability.DRAW_SYNTHETIC)
def synthetic_provenance(request: HttpRequest) -> HttpResponse:
    """Send the file that says where the rows come from."""
    form = WishForm(request.GET)
    if not form.is_valid():
        return _back(request)
    try:
        name, content = synthesis.describe(form.wish(), officer=request.user)
    except ProblemError as problem:
        return _back(request, problem.message)
    response = JsonResponse(content, json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _back(request: HttpRequest, why: str = "") -> HttpResponse:
    messages.error(request, why or _("Say how many rows, and a seed, before you download."))
    return redirect("scoring:synthetic_applicants")


def _column(name: str) -> str:
    """Name a column of German credit in words, and one of another table as it names itself."""
    if name == "classification":
        return _("Outcome")
    return _(BY_NAME[name].label) if name in BY_NAME else name


def _report(report: dict[str, Any]) -> dict[str, Any]:
    bars = [{**bar, "name": FIGURES[bar["figure"]]} for bar in report["bars"]]
    limit = next(bar["limit"] for bar in bars if bar["figure"] == "tvd")
    distances = {_column(name): value for name, value in report["tvd_by_column"].items()}
    curve = report.get("privacy_curve") or []
    return {
        "report": report,
        "bars": bars,
        "marginals": sorted(distances.items(), key=lambda each: -each[1]),
        "marginals_figure": synthesis_charts.marginals(distances, limit),
        "controls": [
            {**each, "name": CONTROLS[name], "flags": [FLAGS[flag] for flag in each["flags"]]}
            for name, each in report["controls"].items()
        ],
        "curve": curve,
        "curve_figure": synthesis_charts.privacy_curve(curve) if curve else None,
        "balancing": [
            {
                "estimator": ESTIMATORS.get(name, name),
                "way": WAYS[way],
                **each,
                "difference_points": 100 * each["difference"],
                "error_points": 100 * each["difference_se"],
            }
            for name, ways in report["balancing"].items()
            for way, each in ways.items()
        ],
        "has_shadows": "auc" in (report.get("shadow_attack") or {}),
    }

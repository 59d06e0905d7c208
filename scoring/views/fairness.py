"""Fairness: the report by declared group, and the form on which applicants declare themselves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applicants.models import Applicant
from applicants.permissions import Capability, can, requires
from applicants.selectors import applicants_for
from scoring import monitoring_charts
from scoring.forms import DeclaredGroupForm
from scoring.models import DeclaredGroup, MonitoringAlarm, MonitoringReport
from scoring.monitoring_words import FAVOURED, PARTS
from scoring.services import alarms, declared_groups
from scoring.services.fairness import GAP_LIMIT
from scoring.views.monitoring import alarm_rows, chosen, newest_reports


@require_safe
@requires(Capability.VIEW_FAIRNESS)
def fairness(request: HttpRequest) -> HttpResponse:
    reports = newest_reports(MonitoringReport.Kind.FAIRNESS)
    report = chosen(reports, request.GET.get("month", ""))
    context = {
        "report": report,
        "reports": reports,
        "limits": alarms.thresholds(),
        "gap_limit": GAP_LIMIT,
        "alarms": alarm_rows(MonitoringAlarm.objects.filter(report__kind="fairness")),
        "may_open_risk": can(request.user, Capability.VIEW_POLICY),
        "attributes": _attributes(report.content) if report else [],
    }
    return render(request, "scoring/fairness.html", context)


def _attributes(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": DeclaredGroup.Attribute(name).label,
            "parts": [_part(name, part) for part in parts],
            "figure": monitoring_charts.impact_ratios(_ratios(name, parts)),
            "has_figure": bool(_ratios(name, parts)),
        }
        for name, parts in content["attributes"].items()
    ]


def _part(attribute: str, part: dict[str, Any]) -> dict[str, Any]:
    names = DeclaredGroup.VALUES[attribute]
    groups = [each | {"label": names.get(each["group"], each["group"])} for each in part["groups"]]
    return part | {
        "label": PARTS[part["name"]],
        "favoured": FAVOURED[part["name"]],
        "groups": groups,
        "has_outcomes": any(each["true_positive_gap"] for each in groups),
    }


def _ratios(
    attribute: str, parts: list[dict[str, Any]]
) -> list[tuple[str, float, float, float, str]]:
    """Return the adverse impact ratios as rows of the figure."""
    names = DeclaredGroup.VALUES[attribute]
    return [
        (
            f"{names[group['group']]} · {PARTS[part['name']]}",
            *(ratio[key] for key in ("value", "low", "high")),  # a stored object has no order
            part["name"],
        )
        for part in parts
        for group in part["groups"]
        if (ratio := group["adverse_impact_ratio"])
    ]


@requires(Capability.RECORD_GROUPS)
def declare(request: HttpRequest, pk: str) -> HttpResponse:
    """Record what the applicant declares; what was answered before is not shown again."""
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    form = DeclaredGroupForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid() and _declare(request, applicant, form):
            return redirect("applicant_detail", applicant.pk)
        status = 422
    standing = declared_groups.declared_on(applicant)
    context = {
        "applicant": applicant,
        "form": form,
        "standing": [
            {"name": name, "label": DeclaredGroup.Attribute(name).label, "at": at}
            for name, at in standing.items()
        ],
    }
    return render(request, "scoring/declare_groups.html", context, status=status)


def _declare(request: HttpRequest, applicant: Applicant, form: DeclaredGroupForm) -> bool:
    try:
        recorded = declared_groups.declare(
            applicant, form.answers(), officer=request.user, channel=form.cleaned_data["channel"]
        )
    except ValidationError as error:
        form.refuse(error.message_dict)
        return False
    messages.success(request, _("Kept apart.") if recorded else _("Nothing was answered."))
    return True


@require_POST
@requires(Capability.RECORD_GROUPS)
def declare_take_back(request: HttpRequest, pk: str) -> HttpResponse:
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    asked = request.POST.getlist("attribute")
    if declared_groups.take_back(applicant, asked, officer=request.user):
        messages.success(request, _("The answer is deleted."))
    return redirect("scoring:declare_groups", applicant.pk)

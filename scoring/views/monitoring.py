"""Monitoring: whether scores and the people scored still are what they were, and its alarms."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, can, requires
from scoring import dispatch, monitoring_charts
from scoring.explanation import MODALITY_NAMES, label_of
from scoring.forms import AlarmAnswerForm, ThresholdsForm
from scoring.models import MonitoringAlarm, MonitoringReport, MonitoringSettings
from scoring.models.revision import CreditClass
from scoring.monitoring_words import subject_of
from scoring.services import alarms

SHOWN_MONTHS = 12


@require_safe
@requires(Capability.VIEW_POLICY)
def monitoring(request: HttpRequest) -> HttpResponse:
    kind = MonitoringReport.Kind.STABILITY
    if request.GET.get("of") == MonitoringReport.Kind.BUSINESSES:
        kind = MonitoringReport.Kind.BUSINESSES
    reports = newest_reports(kind)
    report = chosen(reports, request.GET.get("month", ""))
    limits = alarms.thresholds()
    context = {
        "report": report,
        "reports": reports,
        "limits": limits,
        "alarms": alarm_rows(MonitoringAlarm.objects.filter(report__kind=kind)),
        "kind": kind.value,
        "may_answer": can(request.user, Capability.ANSWER_ALARMS),
        "may_edit": can(request.user, Capability.EDIT_POLICY),
    }
    if report is not None:
        context |= _figures(report, reports, limits)
    return render(request, "scoring/monitoring.html", context)


def newest_reports(kind: str) -> list[MonitoringReport]:
    """Return the newest report of each of the last months, oldest first."""
    rows = MonitoringReport.objects.filter(kind=kind).order_by("-month", "-id").distinct("month")
    return list(rows.select_related("thresholds")[:SHOWN_MONTHS])[::-1]


def chosen(reports: list[MonitoringReport], month: str) -> MonitoringReport | None:
    """Return the report of the asked month, else the newest."""
    asked = [each for each in reports if f"{each.month:%Y-%m}" == month]
    return asked[0] if asked else (reports[-1] if reports else None)


def alarm_rows(rows: Any) -> list[dict[str, Any]]:
    """Return open alarms first, then the newest answered ones, with the words of their subject."""
    newest = rows.select_related("answered_by").order_by("-state", "level", "-month", "-id")[:30]
    return [{"alarm": each, "subject": subject_of(each)} for each in newest]


def _figures(
    report: MonitoringReport, reports: list[MonitoringReport], limits: MonitoringSettings
) -> dict[str, Any]:
    content = report.content
    months = [formats.date_format(each.month, _("M Y")) for each in reports]
    reference = content["reference"]
    then = date.fromisoformat(reference["month"]) if reference else None
    now_name = formats.date_format(report.month, _("M Y"))
    then_name = formats.date_format(then, _("M Y")) if then else ""
    index = [each.content["financial"]["psi"] for each in reports]
    calibration = content["calibration"]
    return {
        "content": content,
        "reference_month": then,
        "too_few": content["rows"] < limits.min_rows,
        "characteristics": [
            row | {"label": label_of(row["name"])} for row in content["characteristics"]
        ],
        "classes": _class_rows(content),
        **_expressions(content.get("expressions", [])),  # earlier reports have none
        "months": [
            {"report": each, "name": name, "psi": psi, "classes": _class_rows(each.content)}
            for each, name, psi in zip(reports, months, index, strict=True)
        ],
        "score_figure": monitoring_charts.score_shift(
            content["financial"]["bins"], then_name, now_name
        ),
        "class_figure": monitoring_charts.class_shares(
            months, [each.content["classes"] for each in reports]
        ),
        "has_index": any(psi is not None for psi in index),
        "psi_figure": monitoring_charts.stability(months, index, limits.psi_warn, limits.psi_alarm),
        "calibration": calibration,
        "calibration_figure": (
            monitoring_charts.calibration(calibration["groups"]) if calibration else None
        ),
    }


def _expressions(networks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the networks as columns and the expressions as rows of a table."""
    named = [row | {"name": MODALITY_NAMES[row["modality"]]} for row in networks]
    columns = [row["shares"] for row in named]
    rows = [{"label": each[0]["label"], "shares": each} for each in zip(*columns, strict=True)]
    return {"expressions": named, "expression_rows": rows}


def _class_rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    old = content["reference_classes"] or {}
    return [
        {"name": each.value, "share": content["classes"].get(each, 0), "then": old.get(each)}
        for each in CreditClass
    ]


@require_POST
@requires(Capability.ANSWER_ALARMS)
def monitoring_make(request: HttpRequest) -> HttpResponse:
    """Have the report of this month made now instead of in the night."""
    dispatch.monitor(timezone.localdate())
    messages.success(request, _("The reports are being made; load this page again in a moment."))
    return redirect("scoring:monitoring")


@requires(Capability.VIEW_POLICY)
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an alarm; who may answer alarms does so here, once and with a reason."""
    row = get_object_or_404(MonitoringAlarm.objects.select_related("report", "answered_by"), pk=pk)
    form, status = AlarmAnswerForm(request.POST or None), 200
    if request.method == "POST":
        status = _answer(request, row, form)
        if status == 302:
            messages.success(request, _("The alarm is answered."))
            return redirect("scoring:monitoring")
    context = {
        "alarm": row,
        "subject": subject_of(row),
        "form": form,
        "may_answer": can(request.user, Capability.ANSWER_ALARMS),
    }
    return render(request, "scoring/alarm.html", context, status=status)


def _answer(request: HttpRequest, row: MonitoringAlarm, form: AlarmAnswerForm) -> int:
    if not form.is_valid():
        return 422
    try:
        alarms.acknowledge(row, officer=request.user, reason=form.cleaned_data["reason"])
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return error.status
    return 302


@requires(Capability.EDIT_POLICY)
def thresholds(request: HttpRequest) -> HttpResponse:
    """Show the thresholds in force and their versions; a change is a new version."""
    current = alarms.thresholds()
    given = {name: getattr(current, name) for name in ThresholdsForm.base_fields}
    form = ThresholdsForm(request.POST or None, initial=given | {"reason": ""})
    status = 200
    if request.method == "POST":
        status = _set(request, form)
        if status == 302:
            messages.success(request, _("The thresholds hold from the next report on."))
            return redirect("scoring:monitoring")
    versions = MonitoringSettings.objects.select_related("author")[:20]
    context = {"form": form, "versions": versions}
    return render(request, "scoring/thresholds.html", context, status=status)


def _set(request: HttpRequest, form: ThresholdsForm) -> int:
    if not form.is_valid():
        return 422
    try:
        alarms.set_thresholds(form.save(commit=False), officer=request.user)
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return error.status
    return 302

"""Alarms of monitoring: their thresholds, raising them, and answering them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.engine import drift
from scoring.models import MonitoringAlarm, MonitoringReport, MonitoringSettings
from scoring.services.reasons_given import check_reason

# An alarm is raised once per month, figure and subject; people and firms are two subjects.
OF_BUSINESSES = "businesses/"
LEVELS = {
    drift.Level.WARN: MonitoringAlarm.Level.WARN,
    drift.Level.ALARM: MonitoringAlarm.Level.ALARM,
}
Raised = tuple[str, str, str, float, float]


def thresholds() -> MonitoringSettings:
    """Return the thresholds in force: the newest version."""
    newest = MonitoringSettings.objects.order_by("-version").first()
    if newest is not None:
        return newest
    start, _made = MonitoringSettings.objects.get_or_create(
        version=1, defaults={"reason": "The thresholds that creditweb starts with."}
    )
    return start


@transaction.atomic
def set_thresholds(proposed: MonitoringSettings, *, officer: Officer) -> MonitoringSettings:
    """Store a new version of the thresholds. Raises RefusedError, and ValidationError by field."""
    if not can(officer, Capability.EDIT_POLICY):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    check_reason(proposed.reason)
    before = MonitoringSettings.objects.select_for_update().aggregate(top=Max("version"))["top"]
    proposed.pk, proposed.version, proposed.author = None, (before or 0) + 1, officer
    proposed.created_at = timezone.now()
    proposed.full_clean()
    proposed.save(force_insert=True)
    audit.record("monitoring.thresholds_set", actor=officer, obj=proposed, version=proposed.version)
    return proposed


def raise_alarms(report: MonitoringReport) -> int:
    """Raise what the report's figures ask for; an alarm of the same month stands already."""
    limits, content, raised = report.thresholds, report.content, 0
    prefix = OF_BUSINESSES if report.kind == MonitoringReport.Kind.BUSINESSES else ""
    for figure, subject, level, value, threshold in alarms_of(content, limits):
        _alarm, is_new = MonitoringAlarm.objects.get_or_create(
            month=report.month, figure=figure, subject=f"{prefix}{subject}", level=level,
            defaults={"report": report, "value": value, "threshold": threshold},
        )  # fmt: skip
        raised += is_new
    return raised


def alarms_of(content: Mapping[str, Any], limits: MonitoringSettings) -> list[Raised]:
    """Return (figure, subject, level, value, threshold) of each figure beyond its threshold."""
    if "attributes" in content:
        return _impact_alarms(content, limits)
    return _stability_alarms(content, limits)


def _stability_alarms(content: Mapping[str, Any], limits: MonitoringSettings) -> list[Raised]:
    raised = _calibration_alarms(content["calibration"], limits)
    raised += _expression_alarms(content["expressions"], limits)
    if content["rows"] < limits.min_rows:
        return raised
    figure = MonitoringAlarm.Figure
    found = [
        (figure.SCORE_STABILITY, part, content[part]["level"], content[part]["psi"])
        for part in ("financial", "final")
    ] + [
        (figure.CHARACTERISTIC_STABILITY, each["name"], each["level"], each["index"])
        for each in content["characteristics"]
    ]
    return raised + _beyond(found, limits.psi_warn, limits.psi_alarm)


def _expression_alarms(
    networks: Iterable[Mapping[str, Any]], limits: MonitoringSettings
) -> list[Raised]:
    figure = MonitoringAlarm.Figure.EXPRESSION_SHARES
    found = [
        (figure, f"{each['modality']}:{each['version']}", each["level"], each["index"])
        for each in networks
    ]
    return _beyond(found, limits.psi_warn, limits.psi_alarm)


def _calibration_alarms(
    calibration: Mapping[str, Any] | None, limits: MonitoringSettings
) -> list[Raised]:
    """A shift whose interval leaves out 0 is a warning; beyond the threshold it is an alarm."""
    if calibration is None:
        return []
    found = (MonitoringAlarm.Figure.CALIBRATION, "in_the_large", calibration["level"],
             calibration["in_the_large"])  # fmt: skip
    return _beyond([found], 0.0, limits.calibration_alarm)


def _impact_alarms(content: Mapping[str, Any], limits: MonitoringSettings) -> list[Raised]:
    figure = MonitoringAlarm.Figure.ADVERSE_IMPACT
    found = [
        (figure, f"{part['name']}:{attribute}:{each['group']}", each["level"],
         each["adverse_impact_ratio"]["value"])
        for attribute, parts in content["attributes"].items()
        for part in parts
        for each in part["groups"]
        if each["adverse_impact_ratio"]
    ]  # fmt: skip
    return _beyond(found, limits.impact_warn, limits.impact_alarm)


def _beyond(found: list[tuple[str, str, str, float]], warn: float, alarm: float) -> list[Raised]:
    thresholds = {drift.Level.WARN: warn, drift.Level.ALARM: alarm}
    return [
        (name, subject, LEVELS[drift.Level(level)], value, thresholds[drift.Level(level)])
        for name, subject, level, value in found
        if level != drift.Level.CALM
    ]


@transaction.atomic
def acknowledge(alarm: MonitoringAlarm, *, officer: Officer, reason: str) -> MonitoringAlarm:
    """Answer an open alarm. Raises RefusedError, and ProblemError where it was answered before."""
    if not can(officer, Capability.ANSWER_ALARMS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    check_reason(reason)
    current = MonitoringAlarm.objects.select_for_update().get(pk=alarm.pk)
    if not current.is_open:
        raise ProblemError(
            "answered", _("This alarm was answered already; the page shows by whom."), status=409
        )
    current.state = MonitoringAlarm.State.ACKNOWLEDGED
    current.answered_by, current.answered_at = officer, timezone.now()
    current.reason = reason.strip()
    current.save(update_fields=["state", "answered_by", "answered_at", "reason"])
    audit.record(
        "monitoring.alarm_answered", actor=officer, obj=current, figure=current.figure,
        subject=current.subject, level=current.level,
    )  # fmt: skip
    return current

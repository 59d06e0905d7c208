"""The fairness report: with the proof of value the only reader of declared groups, as counts.

Compared are the newest scores of all applications whose applicant declared the attribute, for the
financial score, the adjustment and the final score apart, and what people decided. Outcomes are
known of decided loans only, so the gaps of true and false positive rates tell of those alone.
"""

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from django.db.models import Count, Max
from django.utils import timezone

from applicants.models import Officer
from applicants.selectors import processable
from scoring import portfolio
from scoring.engine import drift, fairness
from scoring.models import (
    ApplicationDecision,
    DeclaredGroup,
    MonitoringReport,
    MonitoringSettings,
    Policy,
    ScoreRevision,
)
from scoring.services import alarms, monitoring

GAP_LIMIT = 0.05
COLUMNS = (
    "application_id",
    "application__applicant__declared_groups__value",
    "financial_score",
    "adjustment",
    "final_score",
    "probability_of_default",
    "policy_id",
    "application__decision__outcome",
)


def fairness_report(
    month: date | None = None, *, actor: Officer | None = None
) -> MonitoringReport | None:
    """Store the report under a month, by default this one; None where nobody declared anything."""
    limits = alarms.thresholds()
    content = compute(limits)
    if not content["attributes"]:
        return None
    when = (month or timezone.localdate()).replace(day=1)
    return monitoring.store(MonitoringReport.Kind.FAIRNESS, when, content, limits, actor)


def compute(limits: MonitoringSettings) -> dict[str, Any]:
    """Return the report's content: per attribute and part, the figures of each group."""
    attributes = {name: _attribute(name, limits) for name in DeclaredGroup.Attribute.values}
    return {"attributes": {name: parts for name, parts in attributes.items() if parts}}


def _attribute(attribute: str, limits: MonitoringSettings) -> list[dict[str, Any]]:
    rows = ScoreRevision.objects.filter(
        processable("application__applicant"),
        current_of__isnull=False,
        application__applicant__declared_groups__attribute=attribute,
    )
    table = list(rows.order_by("pk").values_list(*COLUMNS))
    if not table:
        return []
    applications, groups, financial, adjustment, final, probability, policies, decisions = zip(
        *table, strict=True
    )
    cut_off = np.array([_cut_off(each) for each in policies], dtype=np.float64)
    known = portfolio.outcome_by_application()
    is_bad = np.array([known.get(each, np.nan) for each in applications], dtype=np.float64)
    parts = [
        _part("financial", financial, cut_off, is_bad, probability),
        _part("adjustment", adjustment, np.zeros_like(cut_off), is_bad),
        _part("final", final, cut_off, is_bad),
    ]
    reports = [fairness.compare(each, groups, min_rows=limits.min_cell_rows) for each in parts]
    reports.append(_decided(groups, final, decisions, limits))
    return [_as_content(each, limits) for each in reports if each.rows]


@cache
def _cut_off(policy_id: int) -> int:
    # A version of the policy never changes.
    return Policy.objects.get(pk=policy_id).parsed.approval_cut_off_points


def _part(
    name: str,
    values: tuple[int, ...],
    threshold: np.ndarray,
    is_bad: np.ndarray,
    probability: Any = None,
) -> fairness.Part:
    points = np.array(values, dtype=np.float64)
    return fairness.Part(
        name=name,
        values=points,
        is_favoured=points >= threshold,
        is_bad=is_bad,
        probability=None if probability is None else np.array(probability, dtype=np.float64),
    )


def _decided(
    groups: tuple[str, ...],
    final: tuple[int, ...],
    decisions: tuple[str | None, ...],
    limits: MonitoringSettings,
) -> fairness.PartReport:
    """Compare what people decided, among the applications that were decided."""
    places = [place for place, outcome in enumerate(decisions) if outcome]
    approved = ApplicationDecision.Outcome.APPROVED
    part = fairness.Part(
        name="decision",
        values=np.array([final[place] for place in places], dtype=np.float64),
        is_favoured=np.array([decisions[place] == approved for place in places], dtype=bool),
    )
    return fairness.compare(
        part, [groups[place] for place in places], min_rows=limits.min_cell_rows
    )


def _as_content(report: fairness.PartReport, limits: MonitoringSettings) -> dict[str, Any]:
    """Return a part with its levels; how small a small group is stays untold."""
    content = report.as_dict()
    for group in content["groups"]:
        ratio = group["adverse_impact_ratio"]
        group["level"] = (
            drift.level_below(ratio["value"], limits.impact_warn, limits.impact_alarm)
            if ratio
            else drift.Level.CALM
        )
        if group["is_too_few"]:
            group["rows"] = None
    if any(group["is_too_few"] for group in content["groups"]):
        content["rows"] = None
    return content


def declarations_state() -> str:
    """Return a word that changes when something is declared or taken back."""
    newest = DeclaredGroup.objects.aggregate(at=Max("declared_at"), rows=Count("pk"))
    return f"{newest['at'].timestamp() if newest['at'] else 0}:{newest['rows']}"


def declared_values(applicants: Collection[object]) -> dict[str, dict[object, str]]:
    """Return, by attribute, what these applicants declared: for the proof of value, as counts."""
    rows = DeclaredGroup.objects.filter(applicant__in=applicants)
    declared: dict[str, dict[object, str]] = {}
    for applicant, attribute, value in rows.values_list("applicant_id", "attribute", "value"):
        declared.setdefault(attribute, {})[applicant] = value
    return declared

"""Stability reports: what changed in a month against the reference, and the alarms that follow."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction

from applicants.models import Officer
from applicants.services import audit
from scoring import portfolio
from scoring.engine import drift
from scoring.engine.artifacts import load_estimators
from scoring.engine.metrics import psi
from scoring.engine.scorecard import Characteristic
from scoring.models import MonitoringReport, MonitoringSettings
from scoring.services import alarms, estimators, expression_shift
from scoring.services import policy as policies


def stability_report(
    month: date, *, actor: Officer | None = None, of_businesses: bool = False
) -> MonitoringReport:
    """Make the report of a month and return it; the standing one where no figure changed."""
    limits = alarms.thresholds()
    reference = reference_month(limits, month, of_businesses=of_businesses)
    content = _content(month, reference, limits, of_businesses)
    kinds = MonitoringReport.Kind
    kind = kinds.BUSINESSES if of_businesses else kinds.STABILITY
    return store(kind, month, content, limits, actor)


def reference_month(
    limits: MonitoringSettings, month: date, *, of_businesses: bool = False
) -> date | None:
    """Return the month to compare with: as chosen, else the earliest before with enough rows."""
    if limits.reference_month is not None:
        return limits.reference_month.replace(day=1)
    months = portfolio.months_scored(of_businesses=of_businesses)
    earlier = (when for when, rows in months if rows >= limits.min_rows)
    return next((when for when in earlier if when < month), None)


def _content(
    month: date, reference: date | None, limits: MonitoringSettings, of_businesses: bool
) -> dict[str, Any]:
    now = portfolio.count_month(month, of_businesses=of_businesses)
    then = portfolio.count_month(reference, of_businesses=of_businesses) if reference else None
    characteristics, sample_rows = _characteristics(month, reference, limits, of_businesses)
    return {
        "rows": now.rows,
        "simulated_rows": now.simulated_rows,
        "sample_rows": sample_rows,
        "reference": {"month": reference.isoformat(), "rows": then.rows} if then else None,
        "estimators": now.estimators,
        "classes": _shares(now.classes),
        "reference_classes": _shares(then.classes) if then else None,
        "financial": _score_shift(now.financial, then.financial if then else None, limits),
        "final": _score_shift(now.final, then.final if then else None, limits),
        "characteristics": characteristics,
        "calibration": _calibration(month, limits, of_businesses),
        # Of all recordings, so they stand in one of the two reports.
        "expressions": [] if of_businesses else expression_shift.shifts(month, limits),
    }


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def _score_shift(
    now: Sequence[tuple[int, int]],
    then: Sequence[tuple[int, int]] | None,
    limits: MonitoringSettings,
) -> dict[str, Any]:
    """Compare two distributions of a score over the tenths of the reference."""
    points, counts = _columns(now)
    mean = float(points @ counts / counts.sum()) if counts.sum() else None
    plain = {"mean": mean, "psi": None, "level": drift.Level.CALM, "bins": []}
    if not then or not now:
        return plain
    old_points, old_counts = _columns(then)
    edges = drift.quantile_edges(np.repeat(old_points, old_counts.astype(int)))
    expected = drift.shares(drift.bin_counts(old_points, edges, old_counts)[:-1])
    actual = drift.shares(drift.bin_counts(points, edges, counts)[:-1])
    index = psi(expected, actual)
    labels = drift.bin_labels([float(edge) for edge in edges])[:-1]
    rows = zip(labels, expected.tolist(), actual.tolist(), strict=True)
    return plain | {
        "psi": index,
        "level": drift.level_above(index, limits.psi_warn, limits.psi_alarm),
        "bins": [{"label": name, "expected": old, "actual": new} for name, old, new in rows],
    }


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.asarray(pairs, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _characteristics(
    month: date, reference: date | None, limits: MonitoringSettings, of_businesses: bool
) -> tuple[list[dict[str, Any]], int]:
    """Compare each characteristic with its reference, over a sample of the month.

    That is the scorecard's own population where its points were trained and no month was chosen;
    expert points have no population, so they are compared with the reference month.
    """
    factor = policies.active().parsed.scale.factor
    known = load_estimators(estimators.in_force())
    card = known.business_scorecard if of_businesses else known.scorecard
    now = _sample(month, of_businesses)
    then = _sample(reference, of_businesses) if reference else {}
    made = []
    for each in card.characteristics if card else ():
        is_trained = each.source.kind == "trained" and limits.reference_month is None
        old = None if is_trained else then.get(each.name)
        by = "scorecard" if is_trained else "month" if old is not None else ""
        shift = drift.characteristic_shift(each, now[each.name], factor, old)
        made.append(_characteristic(each, shift, by, limits))
    return made, next(iter(now.values())).size


def _sample(month: date, of_businesses: bool) -> dict[str, np.ndarray]:
    """Return the characteristics of a sample of a month as columns, NaN where missing."""
    return portfolio.sampled_factors(month, of_businesses=of_businesses).characteristics()


def _characteristic(
    characteristic: Characteristic,
    shift: drift.CharacteristicShift,
    compared_with: str,
    limits: MonitoringSettings,
) -> dict[str, Any]:
    index = shift.index if compared_with else math.nan
    return asdict(shift) | {
        "index": index,
        "points": shift.points if compared_with else math.nan,
        "expected_missing_share": shift.expected_missing_share if compared_with else None,
        "unit": characteristic.unit,
        "compared_with": compared_with,
        "level": drift.level_above(index, limits.psi_warn, limits.psi_alarm),
    }


def _calibration(
    month: date, limits: MonitoringSettings, of_businesses: bool
) -> dict[str, Any] | None:
    """Compare expected and observed defaults; None while too few outcomes are known."""
    known = portfolio.known_outcomes(month, of_businesses=of_businesses)
    if len(known) < limits.min_cell_rows:
        return None
    expected, is_bad = zip(*known, strict=True)
    found = drift.calibration_drift(expected, is_bad)
    low, high = found.interval
    level = drift.Level.CALM
    if low > 0 or high < 0:
        is_far = abs(found.in_the_large) > limits.calibration_alarm
        level = drift.Level.ALARM if is_far else drift.Level.WARN
    return asdict(found) | {"level": level}


def store(
    kind: str,
    month: date,
    content: Mapping[str, Any],
    limits: MonitoringSettings,
    actor: Officer | None,
) -> MonitoringReport:
    """Append a report and raise its alarms; return the standing report where nothing changed.

    A task that runs twice so adds nothing the second time.
    """
    plain = as_plain(content)
    digest = hashlib.sha256(
        json.dumps([limits.version, plain], sort_keys=True).encode()
    ).hexdigest()
    with transaction.atomic():
        last = MonitoringReport.objects.filter(kind=kind, month=month).order_by("-id").first()
        if last is not None and last.content_sha256 == digest:
            return last
        report = MonitoringReport.objects.create(
            kind=kind, month=month, thresholds=limits, content=plain, content_sha256=digest,
            actor=actor,
        )  # fmt: skip
        raised = alarms.raise_alarms(report)
        audit.record(
            "monitoring.reported", actor=actor, obj=report, kind=kind, month=month.isoformat(),
            alarms=raised,
        )  # fmt: skip
    return report


def as_plain(value: Any) -> Any:
    """Return values that JSON and Postgres take: a figure that does not exist becomes null."""
    if isinstance(value, Mapping):
        return {str(key): as_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value

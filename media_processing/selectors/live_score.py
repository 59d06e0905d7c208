"""The running score of a live capture, and what the high-risk rules say while it is recorded."""

from typing import Any

from django.urls import reverse

from applicants.models import Officer
from applicants.permissions import Capability, can
from media_processing.models import CaptureSession, LiveCapture
from scoring.models import ReviewFlag, ScoreRevision
from scoring.selectors import newest_revision, newest_sequence
from scoring.services.running_score import SoFar, so_far
from scoring.wording import flag_text, flag_title

Alerts = list[dict[str, Any]]


def score_state(
    live: LiveCapture, officer: Officer, last: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, Alerts]:
    """Return the score and the alerts; None without a score that the officer may see.

    ``last`` is the state before: while the score is the same revision, nothing is worked out anew.
    """
    session = live.recording.session
    raised = _flags(session, officer)
    if not can(officer, Capability.VIEW_SCORES):
        return None, raised
    sequence = newest_sequence(session.application_id)
    if last and last["score"] and last["score"]["sequence"] == sequence:
        return last["score"], _together(raised, [a for a in last["alerts"] if a["so_far"]])
    revision = newest_revision(officer, session.application)
    if revision is None:
        return None, raised
    said = so_far(revision, session.pk)
    return _score(revision, said), _together(raised, _so_far(said))


def _flags(session: CaptureSession, officer: Officer) -> Alerts:
    """Return the flags of a session that the officer was let into."""
    if not can(officer, Capability.VIEW_FLAGS):
        return []
    flags = ReviewFlag.objects.filter(application=session.application_id, session_id=session.pk)
    return [_raised(flag) for flag in flags]


def _score(revision: ScoreRevision, said: SoFar) -> dict[str, Any]:
    """Return a revision in points; ``low`` and ``high`` are the ends of its band."""
    return {
        "sequence": revision.sequence,
        "financial_score": revision.financial_score,
        "adjustment": revision.adjustment,
        "final_score": revision.final_score,
        "low": said.low,
        "high": said.high,
        "financial_class": revision.financial_class,
        "credit_class": revision.credit_class,
        "is_class_protected": revision.is_class_protected,
        "mode": revision.mode,
        "cap_points": revision.cap_points,
    }


def _raised(flag: ReviewFlag) -> dict[str, Any]:
    return {
        "id": str(flag.pk),
        "rule": flag.rule_id,
        "modality": flag.modality,
        "text": flag_title(flag),
        "seen": flag_text(flag),
        "so_far": False,
        "url": reverse("scoring:flag_detail", args=[flag.pk]),
    }


def _so_far(said: SoFar) -> Alerts:
    """Return what the rules see without having raised a flag; its figures may still change."""
    return [
        {
            "id": f"{each.rule_id}:{each.finding.modality}",
            "rule": each.rule_id,
            "modality": each.finding.modality,
            "text": flag_title(each),
            "seen": flag_text(each.finding),
            "so_far": True,
            "url": "",
        }
        for each in said.raised
    ]


def _together(raised: Alerts, preliminary: Alerts) -> Alerts:
    known = {(alert["rule"], alert["modality"]) for alert in raised}
    return raised + [one for one in preliminary if (one["rule"], one["modality"]) not in known]

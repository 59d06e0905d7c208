"""The score of an application: the whole page, and the panels that other pages join."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from applicants.errors import ProblemError
from applicants.permissions import Capability, requires
from applicants.selectors import applicants_for, applications_for
from scoring import charts, explanation
from scoring.attributions import attributions_of, why_none
from scoring.engine.artifacts import load_estimators
from scoring.models import ReviewFlag, ScoreRevision
from scoring.provenance import provenance_of
from scoring.selectors import (
    current_revision,
    flags_for,
    revisions_for,
    score_history,
    undecided_flags,
)
from scoring.services import estimators
from scoring.services.rescore import factors_of
from scoring.services.review import may_decide_flag
from scoring.views.drawing import band_track, cap_meter


@require_safe
@requires(Capability.VIEW_SCORES)
def application_score(request: HttpRequest, pk: str) -> HttpResponse:
    application = get_object_or_404(applications_for(request.user), pk=pk)
    revision = current_revision(request.user, application)
    if revision is None:
        return render(request, "scoring/score_missing.html", {"application": application})
    revisions = list(score_history(request.user, application))
    context = summary_of(revision) | _explained(revision) | _moved(revisions)
    flags = flags_for(request.user).filter(application=application)
    context |= {"application": application, "flags": _open(flags)}
    return render(request, "scoring/score.html", context)


@require_safe
@requires(Capability.VIEW_SCORES)
def score_panel(request: HttpRequest, pk: str) -> HttpResponse:
    """Show the two numbers, the scale, open flags and the decision of one application."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    revision = current_revision(request.user, application)
    flags = list(undecided_flags(application))
    context: dict[str, Any] = {"application": application, "flags": flags, "score": revision}
    if revision is not None:
        context |= summary_of(revision)
    context["decision"] = getattr(application, "decision", None)
    context["may_review"] = any(may_decide_flag(request.user, flag) for flag in flags)
    return render(request, "scoring/_score_panel.html", context)


@require_safe
@requires(Capability.VIEW_SCORES)
def applicant_scores(request: HttpRequest, pk: str) -> HttpResponse:
    """Show the score history of all applications of an applicant."""
    applicant = get_object_or_404(applicants_for(request.user), pk=pk)
    rows = revisions_for(request.user).filter(application__applicant=applicant)
    revisions = list(rows.order_by("created_at", "sequence"))
    flags = flags_for(request.user).filter(application__applicant=applicant)
    context: dict[str, Any] = {
        "applicant": applicant,
        "revisions": revisions[::-1],
        "open_flags": len(_open(flags)),
    }
    if revisions:
        context["evolution"] = charts.evolution(revisions)
    return render(request, "scoring/_applicant_scores.html", context)


@require_safe
@requires(Capability.VIEW_SCORES)
def score_points(request: HttpRequest, pk: str) -> HttpResponse:
    """Show every bin of the scorecard behind the newest score, its points and their source."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    revision = current_revision(request.user, application)
    if revision is None:
        return render(request, "scoring/score_missing.html", {"application": application})
    try:
        known = load_estimators(estimators.folder_of(revision))
    except ProblemError as error:
        messages.info(request, error.message)
        return redirect("scoring:application_score", application.pk)
    factors = factors_of(application, revision.profile)
    card, scale = known.card_for(factors), revision.policy.parsed.scale
    context = {
        "application": application,
        "estimator": explanation.name_of(card.name),
        "version": card.version,
        "policy": revision.policy,
        "base_points": round(scale.offset + scale.factor * card.intercept_log_odds),
        "is_by_table": revision.estimator == "points_table",
        "characteristics": provenance_of(card, factors.characteristics(), scale),
    }
    return render(request, "scoring/score_points.html", context)


def summary_of(revision: ScoreRevision) -> dict[str, Any]:
    """Return what every page shows of a score: both numbers, the scale, what each would mean."""
    policy = revision.policy.parsed
    cut_off = policy.approval_cut_off_points
    return {
        "score": revision,
        "meter": cap_meter(revision.cap_points, revision.adjustment),
        "track": band_track(policy, revision.financial_score, revision.final_score),
        "with_behaviour": explanation.preview(revision.final_score, cut_off),
        "without_behaviour": explanation.preview(revision.financial_score, cut_off),
    }


def _explained(revision: ScoreRevision) -> dict[str, Any]:
    parts = explanation.parts_of(revision)
    estimates = explanation.estimates_of(revision)
    table = attributions_of(revision)
    return {
        "parts": parts,
        "waterfall": charts.waterfall(parts),
        "gauge": charts.gauge(revision, revision.policy.parsed),
        "estimates": estimates,
        "disagree": explanation.estimators_disagree(estimates),
        "evidence": explanation.evidence_of(revision),
        "attributions": table,
        "why_no_attributions": "" if table else why_none(revision),
        "mapped": explanation.mapped_of(revision),
        "trace": explanation.trace_of(revision),
        "missing": [explanation.label_of(name) for name in revision.missing],
    }


def _moved(revisions: list[ScoreRevision]) -> dict[str, Any]:
    return {"steps": explanation.steps_of(revisions), "evolution": charts.evolution(revisions)}


def _open(flags: Iterable[ReviewFlag]) -> list[ReviewFlag]:
    return [flag for flag in flags if flag.is_undecided]

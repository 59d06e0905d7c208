"""What would change a decision: suggestions, and a page to try out other values."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applicants.errors import ProblemError
from applicants.models import Application
from applicants.permissions import Capability, requires
from applicants.selectors import applications_for
from scoring import what_if
from scoring.engine.counterfactual import Values
from scoring.models import ScoreRevision
from scoring.selectors import current_revision
from scoring.services.rescore import factors_of
from scoring.what_if_form import WhatIfForm

# What a slider reaches at least, so that a value of 0 can be moved too.
LEAST_REACH = {"recent_enquiries": 12, "card_utilisation_percent": 100}
LEAST_MONEY = 1000
STEPS_OF_A_SLIDER = 100


@require_safe
@requires(Capability.VIEW_SCORES)
def score_changes(request: HttpRequest, pk: str) -> HttpResponse:
    """Show what would change the decision; a panel of the score page."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    revision = current_revision(request.user, application)
    context: dict[str, Any] = {"application": application, "score": revision}
    if revision is not None:
        context["advice"] = what_if.advise(revision)
        context["never_suggested"] = what_if.never_suggested(revision)
    return render(request, "scoring/_changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Capability.VIEW_SCORES)
def what_if_page(request: HttpRequest, pk: str) -> HttpResponse:
    """Show present and tried values side by side; a POST scores them, and stores nothing."""
    application = get_object_or_404(applications_for(request.user), pk=pk)
    revision = current_revision(request.user, application)
    if revision is None:
        return render(request, "scoring/score_missing.html", {"application": application})
    present = _present(application, revision)
    given = request.POST if request.method == "POST" else None
    form = WhatIfForm(given, initial=present, kind=application.applicant.kind)
    is_wrong = form.is_bound and not form.is_valid()
    tried = form.values() if form.is_bound and not is_wrong else {}
    try:
        context = _context(revision, form, tried)
    except ProblemError as problem:  # the scorecard of this score is gone
        messages.error(request, problem.message)
        return redirect("scoring:application_score", application.pk)
    is_part = bool(request.htmx)
    template = "scoring/_what_if_result.html" if is_part else "scoring/what_if.html"
    return render(request, template, context, status=422 if is_wrong else 200)


def _context(revision: ScoreRevision, form: WhatIfForm, tried: Values) -> dict[str, Any]:
    now, then = what_if.outcome(revision, {}), what_if.outcome(revision, tried)
    return {
        "application": revision.application,
        "score": revision,
        "form": form,
        "rows": [_row(form[name]) for name in form.fields],
        "now": now,
        "then": then,
        "change": then.score_points - now.score_points,
    }


def _present(application: Application, revision: ScoreRevision) -> dict[str, Any]:
    factors = factors_of(application, revision.profile)
    values = {name: getattr(factors, name) for name in WhatIfForm.base_fields}
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Decimal | int | None) -> Decimal | int | None:
    """Return 39000 for a stored 39000.00, as a person would type it."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value


@dataclass(frozen=True, slots=True)
class Row:
    """A field with its slider; ``most`` is where the slider ends, None without a present value."""

    field: BoundField
    most: int | None
    step: int
    is_money: bool


def _row(field: BoundField) -> Row:
    is_money = field.name in what_if.MONEY
    present = field.initial
    most = LEAST_REACH.get(field.name) or max(2 * int(present or 0), LEAST_MONEY)
    step = max(most // STEPS_OF_A_SLIDER, 1) if is_money else 1
    return Row(field, None if present is None else most, step, is_money)

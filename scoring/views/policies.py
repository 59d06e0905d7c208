"""The versions of the policy: what they change, what they would do, and who puts them in force."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.permissions import Capability, can, requires
from scoring import dispatch
from scoring.engine.policy import PolicyParameters
from scoring.engine.types import CreditClass
from scoring.models import Policy
from scoring.policy_forms import PolicyForm
from scoring.policy_words import changes_between
from scoring.selectors import policies_for
from scoring.services import policy as policies
from scoring.services.policy_preview import PolicyPreview, digest_of, preview


@require_safe
@requires(Capability.VIEW_POLICY)
def policy_list(request: HttpRequest) -> HttpResponse:
    in_force = policies.active()
    versions = list(policies_for(request.user))
    context = {
        "in_force": in_force,
        "was_returned": policies.was_returned(in_force),
        "waiting": [each for each in versions if each.activated_at is None],
        "versions": versions,
        "may_propose": can(request.user, Capability.EDIT_POLICY),
    }
    return render(request, "scoring/policy_list.html", context)


@require_safe
@requires(Capability.VIEW_POLICY)
def policy_detail(request: HttpRequest, version: int) -> HttpResponse:
    """Show what a version changes against the one in force, or against the one before it."""
    policy = get_object_or_404(policies_for(request.user), version=version)
    in_force = policies.active()
    against = in_force if policy.activated_at is None else _before(request.user, policy)
    problem = policies.activation_problem(policy, officer=request.user)
    context = {
        "policy": policy,
        "in_force": in_force,
        "against": against,
        "changes": changes_between(against.parsed, policy.parsed) if against else [],
        "is_waiting": policy.activated_at is None,
        "problem": problem,
        "may_propose": can(request.user, Capability.EDIT_POLICY),
    }
    return render(request, "scoring/policy_detail.html", context)


def _before(officer: Officer, policy: Policy) -> Policy | None:
    earlier = policies_for(officer).filter(activated_at__lt=policy.activated_at)
    return earlier.order_by("-activated_at").first()


@require_safe
@requires(Capability.VIEW_POLICY)
def policy_effect(request: HttpRequest, version: int) -> HttpResponse:
    """Answer the panel with what a version would do to past applications."""
    policy = get_object_or_404(policies_for(request.user), version=version)
    shown = shown_preview(preview(request.user, policy.parsed))
    return render(request, "scoring/_policy_effect.html", shown)


def shown_preview(found: PolicyPreview) -> dict[str, Any]:
    """Return what the panel of an effect shows."""
    table = zip(CreditClass, found.whole.classes, strict=True)
    return {"preview": found, "classes": list(CreditClass), "moves": list(table)}


@requires(Capability.EDIT_POLICY)
def policy_new(request: HttpRequest) -> HttpResponse:
    """Propose a version: the effect is shown first, and only what was shown can be saved."""
    base = _base(request)
    form = PolicyForm(request.POST or None, base=base.parsed)
    context: dict[str, Any] = {"form": form, "base": base}
    if request.method != "POST":
        return render(request, "scoring/policy_form.html", context)
    parsed = _parsed(form)
    if parsed is None:
        return render(request, "scoring/policy_form.html", context, status=422)
    wants_to_save = request.POST.get("action") == "propose"
    was_shown = form.cleaned_data["previewed"] == digest_of(parsed)
    if wants_to_save and was_shown:
        proposed = _propose(form, request.user)
        if proposed is not None:
            return redirect("scoring:policy_detail", proposed.version)
    context |= _preview_context(request.user, parsed)
    context["is_stale"] = wants_to_save and not was_shown
    form.data = form.data.copy()
    form.data["previewed"] = digest_of(parsed)
    return render(
        request, "scoring/policy_form.html", context, status=422 if wants_to_save else 200
    )


def _base(request: HttpRequest) -> Policy:
    """Return the version that a proposal starts from; an earlier one is how one rolls back."""
    asked = request.GET.get("from", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        return get_object_or_404(policies_for(request.user), version=int(asked))
    return policies.active()


def _parsed(form: PolicyForm) -> PolicyParameters | None:
    if not form.is_valid():
        return None
    try:
        return policies.check_parameters(form.parameters())
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return None


def _propose(form: PolicyForm, officer: Officer) -> Policy | None:
    try:
        return policies.propose(
            officer=officer, parameters=form.parameters(), reason=form.cleaned_data["reason"]
        )
    except ProblemError as error:
        form.refuse(error.fields or {"": error.message})
        return None


def _preview_context(officer: Officer, parsed: PolicyParameters) -> dict[str, Any]:
    changes = changes_between(policies.active().parsed, parsed)
    return {"changes": changes, "is_previewed": True, **shown_preview(preview(officer, parsed))}


@require_POST
@requires(Capability.VIEW_POLICY)
def policy_activate(request: HttpRequest, version: int) -> HttpResponse:
    """Put a version in force; the service knows who may be the second person."""
    policy = get_object_or_404(policies_for(request.user), version=version)
    try:
        policies.activate(policy, officer=request.user)
    except ProblemError as error:
        if error.code == "permission_denied":
            raise PermissionDenied from error
        messages.error(request, error.message)
        return redirect("scoring:policy_detail", version)
    dispatch.rescore_open_applications()
    messages.success(
        request, _("Policy %(version)d is in force; open applications are scored anew.")
        % {"version": version},
    )  # fmt: skip
    return redirect("scoring:policy_list")

"""What a policy would have done on loans with an outcome, and whether behaviour adds anything."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from scoring.engine import proof as engine
from scoring.engine.proof import Half
from scoring.models import DeclaredGroup, Policy
from scoring.selectors import policies_for
from scoring.services import policy as policies
from scoring.services import proof
from scoring.services.back_test import policy_back_test

CLOSED_BY = {
    Half.TOO_FEW: _("Too few outcomes of applications with behavioural evidence."),
    Half.ONE_KIND: _("Good and bad outcomes are both needed."),
    Half.NO_GAIN: _("The interval of the gain reaches to 0 or below: no gain is proven."),
    Half.NO_GROUPS: _(
        "Too few declared a group (two of 30 each are needed): that none is harmed is not provable."
    ),
    Half.RATIO_FALLS: _("The adverse impact ratio of a declared group falls by more than 0.02."),
}


@require_safe
@requires(Capability.VIEW_POLICY)
def back_test(request: HttpRequest) -> HttpResponse:
    in_force = policies.active()
    policy = _asked(request, in_force)
    gate = proof.gate()
    context = {
        "policy": policy,
        "in_force": in_force,
        "versions": policies_for(request.user),
        "result": policy_back_test(request.user, policy, in_force),
        "gate": gate,
        "missing": [CLOSED_BY[half] for half in gate.closed_by],
        "groups": [(_group_name(each), each) for each in gate.groups if each.before is not None],
        "needed": engine.MIN_OUTCOMES,
        "needs_proof": proof.needs_proof(),
        "was_returned": policies.was_returned(in_force),
        "most": proof.MAX_CASES,
    }
    return render(request, "scoring/back_test.html", context)


def _asked(request: HttpRequest, in_force: Policy) -> Policy:
    """Return the version asked for; else the newest where it waits, else the one in force."""
    version = request.GET.get("version", "")
    if version.isascii() and version.isdigit() and len(version) < 10:
        return get_object_or_404(policies_for(request.user), version=int(version))
    newest = policies_for(request.user).first()
    return newest if newest is not None and newest.activated_at is None else in_force


def _group_name(ratio: engine.GroupRatio) -> str:
    attribute = DeclaredGroup.Attribute(ratio.attribute)
    return f"{attribute.label}: {DeclaredGroup.VALUES[attribute].get(ratio.group, ratio.group)}"

"""The pages of estimators: which is in force, its card, and how another takes its place."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from applicants.permissions import Capability, can, requires
from scoring import dispatch
from scoring.engine.artifacts import ArtifactError, read_manifest
from scoring.engine.places import PLACES
from scoring.explanation import name_of
from scoring.model_cards import as_html
from scoring.models import EstimatorProposal, ModelVersion, ScoreRevision
from scoring.paths import ARTIFACTS_DIR
from scoring.services import estimator_placing, estimator_shadow, estimators
from scoring.views.steps import reason_in, take_step

VERSIONS = ModelVersion.objects.filter(kind=ModelVersion.Kind.ESTIMATOR)
# What scores or decides; reference figures are no estimator.
SHOWN_ROLES = ("champion", "comparison", "challenger")
ROLE_NAMES = {
    "champion": gettext_lazy("decides"),
    "comparison": gettext_lazy("stands beside"),
    "challenger": gettext_lazy("challenger"),
}


@require_safe
@requires(Capability.VIEW_ESTIMATORS)
def estimator_list(request: HttpRequest) -> HttpResponse:
    return render(request, "scoring/estimator_list.html", {"rows": _rows()})


def _rows() -> list[dict[str, Any]]:
    proposals = {each.version.name: each for each in estimator_placing.open_proposals()}
    rows = []
    for shipped in read_manifest(ARTIFACTS_DIR).values():
        if shipped.role not in SHOWN_ROLES:
            continue
        versions = VERSIONS.filter(name=shipped.name)
        active = versions.filter(state=ModelVersion.State.ACTIVE).first()
        rows.append(
            {
                "name": name_of(shipped.name),
                "role": ROLE_NAMES[shipped.role],
                "in_force": active or shipped,
                "version": active,
                "others": versions.filter(is_own=True).exclude(pk=active.pk if active else None),
                "proposal": proposals.get(shipped.name),
            }
        )
    return rows


@require_safe
@requires(Capability.VIEW_ESTIMATORS)
def estimator_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one version: its card, what it was trained on, and what may be done with it."""
    version = get_object_or_404(VERSIONS, pk=pk)
    proposal = estimator_placing.open_proposals().filter(version__name=version.name).first()
    context: dict[str, Any] = {
        "version": version,
        "name": name_of(version.name),
        "versions": VERSIONS.filter(name=version.name).order_by("-registered_at"),
        "card": _card(version),
        "comparison": estimator_shadow.figures(version) if version.is_own else None,
        "needed": settings.SHADOW_MIN_SCORES,
        "proposal": proposal,
        "place": PLACES.get(version.name),
        "may_place": can(request.user, Capability.PLACE_ESTIMATORS),
        "may_shadow": estimator_placing.can_be_shadowed(version),
        "may_propose": proposal is None and estimator_placing.can_be_proposed(version),
    }
    return render(request, "scoring/estimator.html", context)


def _card(version: ModelVersion) -> SafeString | str:
    try:
        found = estimators.placed(version)
    except ArtifactError:
        return ""
    path = found.folder / found.entry.card
    return as_html(path.read_text(encoding="utf-8")) if path.is_file() else ""


@require_POST
@requires(Capability.PLACE_ESTIMATORS)
def estimator_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Run a version in shadow, stop that, or propose to put it in force."""
    version = get_object_or_404(VERSIONS, pk=pk)

    def shadow() -> str:
        estimator_placing.start_shadow(version, officer=request.user)
        return _("It runs in shadow beside every new score.")

    def stop() -> str:
        estimator_placing.stop_shadow(version, officer=request.user)
        return _("It runs no longer. What was compared stays.")

    def propose() -> str:
        estimator_placing.propose(
            version,
            officer=request.user,
            reason=reason_in(request),
            allow_synthetic="allow_synthetic" in request.POST,
        )
        return _("Proposed. Another person approves or refuses it.")

    take_step(request, {"shadow": shadow, "stop": stop, "propose": propose})
    return redirect("scoring:estimator_version", version.pk)


@require_POST
@requires(Capability.PLACE_ESTIMATORS)
def proposal_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a proposal of somebody else, or refuse one; the author takes it back."""
    proposal = get_object_or_404(EstimatorProposal.objects.select_related("version"), pk=pk)

    def approve() -> str:
        estimator_placing.approve(proposal, officer=request.user)
        return _put_in_force(proposal.version)

    def refuse() -> str:
        estimator_placing.refuse(proposal, officer=request.user)
        return _("The proposal is closed; nothing changed.")

    take_step(request, {"approve": approve, "refuse": refuse})
    return redirect("scoring:estimator_version", proposal.version_id)


def _put_in_force(version: ModelVersion) -> str:
    """Have what follows from a version in force done, and say it."""
    if not PLACES[version.name].decides:
        return _("It is in force: it stands beside every new score.")
    dispatch.rescore_open_applications(ScoreRevision.Cause.MODEL_CHANGED)
    return _("It is in force. Open applications are scored anew.")

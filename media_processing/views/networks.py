"""The pages of networks: which is in force, its card, and how another takes its place."""

import mimetypes
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applicants.permissions import Capability, can, requires
from media_processing.inference.manifest import NetworkEntry, WeightsError
from media_processing.inference.overlay import Placed
from media_processing.models import NetworkProposal
from media_processing.selectors import WEIGHTS_DIR, networks, own_in_force, placed
from media_processing.services import placing
from media_processing.views.network_parts import network_rows, shadow_figures
from scoring.model_cards import as_html
from scoring.models import ModelVersion
from scoring.views.steps import reason_in, take_step

PICTURES = "pictures"
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
PICTURE_NAME = re.compile(r"[a-z0-9_]+\.(svg|png)")
VERSIONS = ModelVersion.objects.filter(kind=ModelVersion.Kind.NETWORK)


@require_safe
@requires(Capability.VIEW_NETWORKS)
def network_list(request: HttpRequest) -> HttpResponse:
    return render(request, "media_processing/network_list.html", {"rows": network_rows()})


@require_safe
@requires(Capability.VIEW_NETWORKS)
def model_card(request: HttpRequest, name: str) -> HttpResponse:
    """Show the network in force: what it learnt from, how good it is and what it cannot do."""
    shipped = _shipped(name)
    version = (
        own_in_force().filter(name=name).first() or VERSIONS.filter(sha256=shipped.sha256).first()
    )
    return _page(request, shipped, version)


@require_safe
@requires(Capability.VIEW_NETWORKS)
def network_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one version of a network, in force or not."""
    version = get_object_or_404(VERSIONS, pk=pk)
    return _page(request, version, version)


def _page(
    request: HttpRequest, network: NetworkEntry | ModelVersion, version: ModelVersion | None
) -> HttpResponse:
    files = _files(version) if version else Placed(_shipped(network.name), WEIGHTS_DIR)
    open_proposals = NetworkProposal.objects.filter(state=NetworkProposal.State.OPEN)
    context: dict[str, Any] = {
        "network": version or network,
        "version": version,
        "versions": VERSIONS.filter(name=network.name).order_by("-registered_at"),
        "classes": files.entry.classes if files else (),
        "card": _card(files),
        "comparison": shadow_figures(version) if version and version.is_own else None,
        "ready": placing.compared_recordings(version) if version else 0,
        "needed": settings.SHADOW_MIN_RECORDINGS,
        "proposal": open_proposals.filter(version__name=network.name)
        .select_related("version", "author")
        .first(),
        "may_place": can(request.user, Capability.PLACE_NETWORKS),
        "may_shadow": version is not None and placing.can_be_shadowed(version),
    }
    context["may_propose"] = (
        version is not None and context["proposal"] is None and placing.can_be_proposed(version)
    )
    return render(request, "media_processing/network.html", context)


@require_safe
@requires(Capability.VIEW_NETWORKS)
def card_picture(request: HttpRequest, name: str, file: str) -> HttpResponse:
    """Send a picture of the card of the network in force."""
    shipped = Placed(_shipped(name), WEIGHTS_DIR)
    version = own_in_force().filter(name=name).first()
    return _picture(_files(version) if version else shipped, file)


@require_safe
@requires(Capability.VIEW_NETWORKS)
def version_picture(request: HttpRequest, pk: int, file: str) -> HttpResponse:
    return _picture(_files(get_object_or_404(VERSIONS, pk=pk)), file)


def _picture(files: Placed | None, file: str) -> HttpResponse:
    """Send a picture; a name that is no plain file of the folder does not exist."""
    if files is None or not PICTURE_NAME.fullmatch(file):
        raise Http404
    path = files.folder / PICTURES / file
    if not file.startswith(f"{files.entry.name}_") or not path.is_file():
        raise Http404
    # An SVG that is opened by itself is a document of this site: it may draw, and nothing else.
    return HttpResponse(
        path.read_bytes(),
        content_type=mimetypes.guess_type(file)[0],
        headers={"Content-Security-Policy": PICTURE_POLICY},
    )


# --- steps ----------------------------------------------------------------------------------------


@require_POST
@requires(Capability.PLACE_NETWORKS)
def network_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Run a version in shadow, stop that, or propose to put it in force."""
    version = get_object_or_404(VERSIONS, pk=pk)

    def shadow() -> str:
        placing.start_shadow(version, officer=request.user)
        return _("It runs in shadow on every new recording.")

    def stop() -> str:
        placing.stop_shadow(version, officer=request.user)
        return _("It runs no longer. What was compared stays.")

    def propose() -> str:
        placing.propose(version, officer=request.user, reason=reason_in(request))
        return _("Proposed. Another person approves or refuses it.")

    take_step(request, {"shadow": shadow, "stop": stop, "propose": propose})
    return redirect("media:network_version", version.pk)


@require_POST
@requires(Capability.PLACE_NETWORKS)
def proposal_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a proposal of somebody else, or refuse one; the author takes it back."""
    proposal = get_object_or_404(NetworkProposal.objects.select_related("version"), pk=pk)

    def approve() -> str:
        placing.approve(proposal, officer=request.user)
        return _("It is in force for every new recording.")

    def refuse() -> str:
        placing.refuse(proposal, officer=request.user)
        return _("The proposal is closed; nothing changed.")

    take_step(request, {"approve": approve, "refuse": refuse})
    return redirect("media:network_version", proposal.version_id)


# --- files ----------------------------------------------------------------------------------------


def _shipped(name: str) -> NetworkEntry:
    for entry in networks():
        if entry.name == name:
            return entry
    raise Http404


def _files(version: ModelVersion) -> Placed | None:
    try:
        return placed(version)
    except WeightsError:
        return None


def _card(files: Placed | None) -> str:
    path: Path | None = files.folder / files.entry.card if files else None
    return as_html(path.read_text(encoding="utf-8")) if path and path.is_file() else ""

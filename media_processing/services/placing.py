"""How an installation's own network comes into force: seen in shadow, then decided by two people.

candidate → shadow → in force → retired. Going back is the same step with an earlier version.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from media_processing.inference.manifest import WeightsError, verified_path
from media_processing.models import NetworkProposal, ShadowRun
from media_processing.selectors import placed
from scoring.models import ModelVersion
from scoring.services.policy import check_reason

State = ModelVersion.State


@transaction.atomic
def start_shadow(version: ModelVersion, *, officer: Officer) -> ModelVersion:
    """Let workers run a candidate beside the network in force; what it says is never scored."""
    _check_right(officer)
    version = _locked(version)
    if not can_be_shadowed(version):
        raise ProblemError(
            "not_a_candidate", _("Only a candidate can be run in shadow."), status=409
        )
    if ModelVersion.objects.filter(name=version.name, state=State.SHADOW).exists():
        raise ProblemError(
            "shadow_taken", _("Another version is in shadow; stop that one first."), status=409
        )
    _check_file(version)
    return _move(version, State.SHADOW, "network.shadow_started", officer)


@transaction.atomic
def stop_shadow(version: ModelVersion, *, officer: Officer) -> ModelVersion:
    """Make it a candidate again; what was compared stays."""
    _check_right(officer)
    version = _locked(version)
    if version.state != State.SHADOW:
        raise ProblemError("not_in_shadow", _("This version is not in shadow."), status=409)
    _close_proposals(version)
    return _move(version, State.CANDIDATE, "network.shadow_stopped", officer)


@transaction.atomic
def propose(version: ModelVersion, *, officer: Officer, reason: str) -> NetworkProposal:
    """Propose to put a version in force. Raises ProblemError where it is not ready for that."""
    _check_right(officer)
    check_reason(reason)
    version = _locked(version)
    _check_ready(version)
    open_ones = NetworkProposal.objects.filter(state=NetworkProposal.State.OPEN)
    if open_ones.filter(version__name=version.name).exists():
        raise ProblemError(
            "already_proposed", _("A version is proposed for this place already."), status=409
        )
    proposal = NetworkProposal.objects.create(
        version=version, author=officer, reason=reason.strip()
    )
    audit.record(
        "network.proposed", actor=officer, obj=version, name=version.name, sha256=version.sha256
    )
    return proposal


def approve(proposal: NetworkProposal, *, officer: Officer) -> ModelVersion:
    """Put the proposed version in force. Another person than the author must do it."""
    _check_right(officer)
    if proposal.author_id == officer.pk:
        audit.record(
            "network.activation_refused", actor=officer, obj=proposal.version, code="four_eyes"
        )
        raise RefusedError("four_eyes", _("Another person than the author must approve."))
    with transaction.atomic():
        version = _locked(proposal.version)
        proposal = _open_proposal(proposal)
        _check_ready(version)
        _decide(proposal, NetworkProposal.State.APPROVED, officer)
        before = ModelVersion.objects.filter(name=version.name, state=State.ACTIVE).first()
        if before is not None:
            before.state = State.RETIRED
            before.save(update_fields=["state"])
        version.activated_at = timezone.now()
        return _move(
            version,
            State.ACTIVE,
            "network.activated",
            officer,
            before=before.sha256 if before else "",
            proposed_by=str(proposal.author_id),
        )


@transaction.atomic
def refuse(proposal: NetworkProposal, *, officer: Officer) -> NetworkProposal:
    """Refuse a proposal, or take back one's own; the version stays as it is."""
    _check_right(officer)
    proposal = _open_proposal(proposal)
    is_own = proposal.author_id == officer.pk
    state = NetworkProposal.State.WITHDRAWN if is_own else NetworkProposal.State.REFUSED
    _decide(proposal, state, officer)
    audit.record(f"network.proposal_{state}", actor=officer, obj=proposal.version)
    return proposal


def can_be_shadowed(version: ModelVersion) -> bool:
    return version.is_own and version.state in {State.CANDIDATE, State.RETIRED}


def can_be_proposed(version: ModelVersion) -> bool:
    """Say whether a version has been long enough in shadow, or was in force before."""
    if version.state == State.SHADOW:
        return compared_recordings(version) >= settings.SHADOW_MIN_RECORDINGS
    was_in_force = version.activated_at is not None or not version.is_own
    return version.state == State.RETIRED and was_in_force and _has_file(version)


def compared_recordings(version: ModelVersion) -> int:
    """Count the recordings compared without a failure since the last one that failed.

    Only what was compared with the network that is in force now counts: how a version differs
    from an earlier one does not say what would change.
    """
    in_force = ModelVersion.objects.filter(name=version.name, state=State.ACTIVE)
    runs = ShadowRun.objects.filter(version=version, beside_sha256__in=in_force.values("sha256"))
    failed = runs.exclude(error="").aggregate(last=Max("pk"))["last"] or 0
    return runs.filter(pk__gt=failed, compared__gt=0).count()


def _check_right(officer: Officer) -> None:
    if not can(officer, Capability.PLACE_NETWORKS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))


def _check_ready(version: ModelVersion) -> None:
    if not can_be_proposed(version):
        raise ProblemError(
            "not_ready",
            _(
                "A version comes into force from the shadow, once it was compared with the "
                "network in force on %(count)d recordings in a row without a failure, or where "
                "it was in force before."
            )
            % {"count": settings.SHADOW_MIN_RECORDINGS},
            status=409,
        )
    _check_file(version)


def _check_file(version: ModelVersion) -> None:
    try:
        found = placed(version)
        verified_path(found.entry, found.folder)
    except WeightsError as error:
        raise ProblemError(
            "weights_unusable", _("Its files are missing or altered; install it again."), status=409
        ) from error


def _has_file(version: ModelVersion) -> bool:
    try:
        return placed(version).path.is_file()
    except WeightsError:
        return False


def _locked(version: ModelVersion) -> ModelVersion:
    """Lock every version of the place, so that two changes come one after the other."""
    rows = ModelVersion.objects.select_for_update().filter(name=version.name).order_by("pk")
    return next(row for row in rows if row.pk == version.pk)


def _open_proposal(proposal: NetworkProposal) -> NetworkProposal:
    proposal = NetworkProposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.state != NetworkProposal.State.OPEN:
        raise ProblemError("proposal_closed", _("This proposal is decided."), status=409)
    return proposal


def _close_proposals(version: ModelVersion) -> None:
    version.proposals.filter(state=NetworkProposal.State.OPEN).update(
        state=NetworkProposal.State.WITHDRAWN, decided_at=timezone.now()
    )


def _decide(proposal: NetworkProposal, state: str, officer: Officer) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, officer, timezone.now()
    proposal.save(update_fields=["state", "decided_by", "decided_at"])


def _move(
    version: ModelVersion, state: str, action: str, officer: Officer, **detail: str
) -> ModelVersion:
    version.state = state
    version.save(update_fields=["state", "activated_at"])
    audit.record(
        action, actor=officer, obj=version, name=version.name, sha256=version.sha256, **detail
    )
    return version

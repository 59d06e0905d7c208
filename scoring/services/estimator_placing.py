"""How an installation's own scorecard comes into force: seen in shadow, decided by two people.

candidate → shadow → in force → retired. Going back is the same step with an earlier version.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.engine.artifacts import ArtifactError, verified_bytes
from scoring.models import EstimatorProposal, ModelVersion
from scoring.services import estimator_shadow, estimators
from scoring.services.policy import check_reason

State = ModelVersion.State


@transaction.atomic
def start_shadow(version: ModelVersion, *, officer: Officer) -> ModelVersion:
    """Let the scoring worker run a candidate beside the scorecard in force; it decides nothing."""
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
    return _move(version, State.SHADOW, "estimator.shadow_started", officer)


@transaction.atomic
def stop_shadow(version: ModelVersion, *, officer: Officer) -> ModelVersion:
    """Make it a candidate again; what was compared stays."""
    _check_right(officer)
    version = _locked(version)
    if version.state != State.SHADOW:
        raise ProblemError("not_in_shadow", _("This version is not in shadow."), status=409)
    version.estimator_proposals.filter(state=EstimatorProposal.State.OPEN).update(
        state=EstimatorProposal.State.WITHDRAWN, decided_at=timezone.now()
    )
    return _move(version, State.CANDIDATE, "estimator.shadow_stopped", officer)


@transaction.atomic
def propose(version: ModelVersion, *, officer: Officer, reason: str) -> EstimatorProposal:
    """Propose to put a version in force. Raises ProblemError where it is not ready for that."""
    _check_right(officer)
    check_reason(reason)
    version = _locked(version)
    _check_ready(version)
    if open_proposals().filter(version__name=version.name).exists():
        raise ProblemError(
            "already_proposed", _("A version is proposed for this place already."), status=409
        )
    proposal = EstimatorProposal.objects.create(
        version=version, author=officer, reason=reason.strip()
    )
    audit.record(
        "estimator.proposed", actor=officer, obj=version, name=version.name, sha256=version.sha256
    )
    return proposal


def approve(proposal: EstimatorProposal, *, officer: Officer) -> ModelVersion:
    """Put the proposed version in force. Another person than the author must do it.

    The caller has every open application scored anew.
    """
    _check_right(officer)
    if proposal.author_id == officer.pk:
        audit.record(
            "estimator.activation_refused", actor=officer, obj=proposal.version, code="four_eyes"
        )
        raise RefusedError("four_eyes", _("Another person than the author must approve."))
    with transaction.atomic():
        version = _locked(proposal.version)
        proposal = _open_proposal(proposal)
        _check_ready(version)
        _decide(proposal, EstimatorProposal.State.APPROVED, officer)
        before = ModelVersion.objects.filter(name=version.name, state=State.ACTIVE).first()
        if before is not None:
            before.state = State.RETIRED
            before.save(update_fields=["state"])
        version.activated_at = timezone.now()
        return _move(
            version,
            State.ACTIVE,
            "estimator.activated",
            officer,
            before=before.sha256 if before else "",
            proposed_by=str(proposal.author_id),
        )


@transaction.atomic
def refuse(proposal: EstimatorProposal, *, officer: Officer) -> EstimatorProposal:
    """Refuse a proposal, or take back one's own; the version stays as it is."""
    _check_right(officer)
    proposal = _open_proposal(proposal)
    is_own = proposal.author_id == officer.pk
    state = EstimatorProposal.State.WITHDRAWN if is_own else EstimatorProposal.State.REFUSED
    _decide(proposal, state, officer)
    audit.record(f"estimator.proposal_{state}", actor=officer, obj=proposal.version)
    return proposal


def open_proposals() -> QuerySet[EstimatorProposal]:
    return EstimatorProposal.objects.filter(state=EstimatorProposal.State.OPEN).select_related(
        "version", "author"
    )


def can_be_shadowed(version: ModelVersion) -> bool:
    return (
        version.is_own
        and version.name in estimators.PLACES
        and version.state in {State.CANDIDATE, State.RETIRED}
    )


def can_be_proposed(version: ModelVersion) -> bool:
    """Say whether a version has been long enough in shadow, or was in force before."""
    if version.name not in estimators.PLACES:
        return False
    if version.state == State.SHADOW:
        return estimator_shadow.compared(version).count() >= settings.SHADOW_MIN_SCORES
    was_in_force = version.activated_at is not None or not version.is_own
    return version.state == State.RETIRED and was_in_force and _has_file(version)


def _check_right(officer: Officer) -> None:
    if not can(officer, Capability.PLACE_ESTIMATORS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))


def _check_ready(version: ModelVersion) -> None:
    if not can_be_proposed(version):
        raise ProblemError(
            "not_ready",
            _(
                "A version comes into force from the shadow, once it was compared on "
                "%(count)d scores, or where it was in force before."
            )
            % {"count": settings.SHADOW_MIN_SCORES},
            status=409,
        )
    _check_file(version)


def _check_file(version: ModelVersion) -> None:
    try:
        found = estimators.placed(version)
        verified_bytes(found.entry, found.folder)
    except ArtifactError as error:
        raise ProblemError(
            "estimator_unusable", _("Its files are missing or altered; register it again."),
            status=409,
        ) from error  # fmt: skip


def _has_file(version: ModelVersion) -> bool:
    try:
        return estimators.placed(version).path.is_file()
    except ArtifactError:
        return False


def _locked(version: ModelVersion) -> ModelVersion:
    """Lock every version of the place, so that two changes come one after the other."""
    rows = ModelVersion.objects.select_for_update().filter(name=version.name).order_by("pk")
    return next(row for row in rows if row.pk == version.pk)


def _open_proposal(proposal: EstimatorProposal) -> EstimatorProposal:
    proposal = EstimatorProposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.state != EstimatorProposal.State.OPEN:
        raise ProblemError("proposal_closed", _("This proposal is decided."), status=409)
    return proposal


def _decide(proposal: EstimatorProposal, state: str, officer: Officer) -> None:
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

"""How a file of one's own comes into force: seen in shadow, then decided by two people.

candidate → shadow → in force → retired. Going back is the same step with an earlier version. What
differs between estimators and networks stands in a subclass of :class:`Placing` for each.
"""

from abc import ABC, abstractmethod
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.models import ModelVersion
from scoring.services.reasons_given import check_reason

State = ModelVersion.State
# A proposal of either kind: version, author, reason, state, decided_by and decided_at.
Proposal = Any


class Placing(ABC):
    """The steps of one kind of file; ``subject`` begins the names of its audit events."""

    subject: str
    capability: Capability
    proposals: type[models.Model]

    @abstractmethod
    def can_be_shadowed(self, version: ModelVersion) -> bool:
        """Say whether a version may run in shadow."""

    @abstractmethod
    def is_compared_enough(self, version: ModelVersion) -> bool:
        """Say whether a version in shadow was seen often enough to be proposed."""

    @abstractmethod
    def not_ready(self) -> str:
        """Return the sentence that says what a version needs before it can be proposed."""

    @abstractmethod
    def check_file(self, version: ModelVersion) -> None:
        """Raise ProblemError where the file of a version is missing or altered."""

    @abstractmethod
    def has_file(self, version: ModelVersion) -> bool:
        """Say whether the file of a version lies where it should."""

    def can_be_proposed(self, version: ModelVersion) -> bool:
        """Say whether a version has been long enough in shadow, or was in force before."""
        if version.state == State.SHADOW:
            return self.is_compared_enough(version)
        was_in_force = version.activated_at is not None or not version.is_own
        return version.state == State.RETIRED and was_in_force and self.has_file(version)

    def open_proposals(self) -> QuerySet[Any]:
        return self.proposals.objects.filter(state="open").select_related("version", "author")

    @transaction.atomic
    def start_shadow(self, version: ModelVersion, *, officer: Officer) -> ModelVersion:
        """Let workers run a candidate beside the version in force; it decides nothing."""
        self._check_right(officer)
        version = _locked(version)
        if not self.can_be_shadowed(version):
            raise ProblemError(
                "not_a_candidate", _("Only a candidate can be run in shadow."), status=409
            )
        if ModelVersion.objects.filter(name=version.name, state=State.SHADOW).exists():
            raise ProblemError(
                "shadow_taken", _("Another version is in shadow; stop that one first."), status=409
            )
        self.check_file(version)
        return _move(version, State.SHADOW, f"{self.subject}.shadow_started", officer)

    @transaction.atomic
    def stop_shadow(self, version: ModelVersion, *, officer: Officer) -> ModelVersion:
        """Make it a candidate again; what was compared stays."""
        self._check_right(officer)
        version = _locked(version)
        if version.state != State.SHADOW:
            raise ProblemError("not_in_shadow", _("This version is not in shadow."), status=409)
        self._of(version).filter(state="open").update(state="withdrawn", decided_at=timezone.now())
        return _move(version, State.CANDIDATE, f"{self.subject}.shadow_stopped", officer)

    @transaction.atomic
    def propose(self, version: ModelVersion, *, officer: Officer, reason: str) -> Proposal:
        """Propose to put a version in force. Raises ProblemError where it is not ready for that."""
        self._check_right(officer)
        check_reason(reason)
        version = _locked(version)
        self._check_ready(version)
        if self.open_proposals().filter(version__name=version.name).exists():
            raise ProblemError(
                "already_proposed", _("A version is proposed for this place already."), status=409
            )
        proposal = self.proposals.objects.create(
            version=version, author=officer, reason=reason.strip()
        )
        audit.record(
            f"{self.subject}.proposed",
            actor=officer,
            obj=version,
            name=version.name,
            sha256=version.sha256,
        )
        return proposal

    def approve(self, proposal: Proposal, *, officer: Officer) -> ModelVersion:
        """Put the proposed version in force. Another person than the author must do it.

        The caller has every open application scored anew.
        """
        self._check_right(officer)
        if proposal.author_id == officer.pk:
            audit.record(
                f"{self.subject}.activation_refused",
                actor=officer,
                obj=proposal.version,
                code="four_eyes",
            )
            raise RefusedError("four_eyes", _("Another person than the author must approve."))
        with transaction.atomic():
            version = _locked(proposal.version)
            proposal = self._open_proposal(proposal)
            self._check_ready(version)
            _decide(proposal, "approved", officer)
            before = ModelVersion.objects.filter(name=version.name, state=State.ACTIVE).first()
            if before is not None:
                before.state = State.RETIRED
                before.save(update_fields=["state"])
            version.activated_at = timezone.now()
            return _move(
                version,
                State.ACTIVE,
                f"{self.subject}.activated",
                officer,
                before=before.sha256 if before else "",
                proposed_by=str(proposal.author_id),
            )

    @transaction.atomic
    def refuse(self, proposal: Proposal, *, officer: Officer) -> Proposal:
        """Refuse a proposal, or take back one's own; the version stays as it is."""
        self._check_right(officer)
        proposal = self._open_proposal(proposal)
        is_own = proposal.author_id == officer.pk
        state = "withdrawn" if is_own else "refused"
        _decide(proposal, state, officer)
        audit.record(f"{self.subject}.proposal_{state}", actor=officer, obj=proposal.version)
        return proposal

    def _of(self, version: ModelVersion) -> QuerySet[Any]:
        return self.proposals.objects.filter(version=version)

    def _check_right(self, officer: Officer) -> None:
        if not can(officer, self.capability):
            raise RefusedError("permission_denied", _("Your role does not allow this."))

    def _check_ready(self, version: ModelVersion) -> None:
        if not self.can_be_proposed(version):
            raise ProblemError("not_ready", self.not_ready(), status=409)
        self.check_file(version)

    def _open_proposal(self, proposal: Proposal) -> Proposal:
        proposal = self.proposals.objects.select_for_update().get(pk=proposal.pk)
        if proposal.state != "open":
            raise ProblemError("proposal_closed", _("This proposal is decided."), status=409)
        return proposal


def _locked(version: ModelVersion) -> ModelVersion:
    """Lock every version of the place, so that two changes come one after the other."""
    rows = ModelVersion.objects.select_for_update().filter(name=version.name).order_by("pk")
    return next(row for row in rows if row.pk == version.pk)


def _decide(proposal: Proposal, state: str, officer: Officer) -> None:
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

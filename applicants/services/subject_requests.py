"""Requests of people about their own data: received, done in time, or refused with a reason."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Applicant, Officer, SubjectRequest
from applicants.models.subject_request import ANSWER_WITHIN
from applicants.permissions import Capability, can
from applicants.services import audit

Kind, State = SubjectRequest.Kind, SubjectRequest.State


def check_right(officer: Officer) -> None:
    """Raise RefusedError for who may not act for people who ask about their data."""
    if not can(officer, Capability.HANDLE_SUBJECT_REQUESTS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))


@transaction.atomic
def receive(
    applicant: Applicant,
    kind: str,
    *,
    officer: Officer,
    note: str = "",
    received_at: datetime | None = None,
) -> SubjectRequest:
    """Record a request; the answer is due thirty days after it was received.

    Raises RefusedError by role, ProblemError for an unknown kind, a day in the future, and for an
    applicant whose data was erased.
    """
    check_right(officer)
    if kind not in Kind.values:
        raise ProblemError("invalid", _("There is no such right."), fields={"kind": kind})
    _check_not_erased(applicant)
    when = received_at or timezone.now()
    if when > timezone.now():
        text = _("The day lies in the future.")
        raise ProblemError("invalid", text, fields={"received_at": text})
    request = SubjectRequest.objects.create(
        applicant=applicant, kind=kind, note=note.strip(), received_at=when,
        due_at=when + ANSWER_WITHIN, recorded_by=officer,
    )  # fmt: skip
    audit.record(
        "subject.requested", actor=officer, obj=applicant, kind=kind, request=str(request.pk)
    )
    return request


def locked_applicant(request: SubjectRequest) -> Applicant:
    """Lock and return whom a request is about, within a transaction.

    Raises ProblemError for an applicant who was erased since the request came in: nothing may be
    written about that person again.
    """
    applicant = Applicant.objects.select_for_update().get(pk=request.applicant_id)
    _check_not_erased(applicant)
    return applicant


def _check_not_erased(applicant: Applicant) -> None:
    if applicant.erased_at is not None:
        text = _("The data of this applicant was erased.")
        raise ProblemError("subject_erased", text, status=409)


@transaction.atomic
def finish(request: SubjectRequest, *, officer: Officer, **result: object) -> SubjectRequest:
    """Close a request as done; ``result`` says by counts and codes what was done."""
    return _close(request, State.DONE, officer, result)


@transaction.atomic
def refuse(request: SubjectRequest, *, officer: Officer, reason: str) -> SubjectRequest:
    """Close a request as refused; the person is told the reason (Art. 12(4) GDPR)."""
    check_right(officer)
    if not reason.strip():
        text = _("Give the reason; the person has a right to know it.")
        raise ProblemError("reason_missing", text, fields={"reason": text})
    request.note = f"{request.note}\n{reason.strip()}".strip()
    return _close(request, State.REFUSED, officer, {})


def _close(
    request: SubjectRequest, state: str, officer: Officer, result: dict[str, object]
) -> SubjectRequest:
    current = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    if not current.is_open:
        raise ProblemError("request_closed", _("This request is closed already."), status=409)
    current.note = request.note
    current.state, current.done_by, current.done_at = state, officer, timezone.now()
    current.result = result
    current.save()
    audit.record(
        f"subject.{state}", actor=officer, obj=current.applicant, kind=current.kind,
        request=str(current.pk), **result,
    )  # fmt: skip
    request.refresh_from_db()
    return current

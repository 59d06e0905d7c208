"""Reads. Every query starts from what the officer may see; other branches do not exist."""

from django.db.models import Q, QuerySet

from applicants.models import (
    Applicant,
    Application,
    AuditEvent,
    Branch,
    Consent,
    Officer,
    SubjectRequest,
)
from applicants.models.applicant import digits
from applicants.models.fields import blind_index
from applicants.permissions import Capability, can


def branches_for(officer: Officer) -> QuerySet[Branch]:
    if officer.branch_id is None:
        return Branch.objects.all()
    return Branch.objects.filter(pk=officer.branch_id)


def processable(path: str = "") -> Q:
    """Return the condition that rows are of nobody who restricted processing or was erased.

    ``path`` leads from the row to its applicant, for example ``application__applicant``.
    """
    prefix = f"{path}__" if path else ""
    return Q(**{f"{prefix}restricted_at__isnull": True, f"{prefix}erased_at__isnull": True})


def readable(officer: Officer, path: str = "") -> Q:
    """Return the condition that an officer may read rows: restricted ones only a data officer.

    ``path`` leads from the row to its applicant.
    """
    return Q() if can(officer, Capability.HANDLE_SUBJECT_REQUESTS) else processable(path)


def applicants_for(officer: Officer) -> QuerySet[Applicant]:
    if not can(officer, Capability.VIEW_APPLICANTS):
        return Applicant.objects.none()
    rows = Applicant.objects.filter(readable(officer), branch__in=branches_for(officer))
    return rows.select_related("branch")


def applications_for(officer: Officer) -> QuerySet[Application]:
    if not can(officer, Capability.VIEW_APPLICANTS):
        return Application.objects.none()
    rows = Application.objects.filter(
        readable(officer, "applicant"), branch__in=branches_for(officer)
    )
    return rows.select_related("applicant", "branch", "assigned_to")


def search_applicants(officer: Officer, query: str) -> QuerySet[Applicant]:
    """Find applicants by full name, family name, phone, e-mail, id, or application number."""
    matches = (
        Q(full_name_index=blind_index("name", query))
        | Q(family_name_index=blind_index("family_name", query))
        | Q(email_index=blind_index("email", query))
        | Q(identity_index=blind_index("identity", query))
        | Q(applications__number__iexact=query.strip())
    )
    if digits(query):
        matches |= Q(phone_index=blind_index("phone", digits(query)))
    return (
        applicants_for(officer).filter(matches).distinct()
        if query.strip()
        else applicants_for(officer).none()
    )


def possible_duplicates(officer: Officer, applicant: Applicant) -> QuerySet[Applicant]:
    """Return others of the branch with the same id, phone or e-mail whom the officer may see."""
    same = Q()
    for name in ("identity_index", "phone_index", "email_index"):
        if value := getattr(applicant, name):
            same |= Q(**{name: value})
    if not same:
        return Applicant.objects.none()
    visible = applicants_for(officer).filter(same, branch=applicant.branch)
    return visible.exclude(pk=applicant.pk)


def standing_consents(applicant: Applicant) -> dict[str, Consent]:
    """Return the consents that stand now, by scope; an objection outweighs those to analysis."""
    rows = applicant.consents.filter(_not_objected(), withdrawn_at__isnull=True)
    return {consent.scope: consent for consent in rows}


def has_consent(applicant: Applicant, scope: str) -> bool:
    rows = applicant.consents.filter(_not_objected(), withdrawn_at__isnull=True)
    return rows.filter(scope=scope).exists()


def _not_objected() -> Q:
    return ~Q(scope__in=Consent.ANALYSES) | Q(applicant__objected_at__isnull=True)


def subjects_for(officer: Officer) -> QuerySet[Applicant]:
    """Return whom an officer may act for: everybody, where people's rights are their work."""
    if not can(officer, Capability.HANDLE_SUBJECT_REQUESTS):
        return Applicant.objects.none()
    return Applicant.objects.select_related("branch")


def subject_requests_for(officer: Officer) -> QuerySet[SubjectRequest]:
    if not can(officer, Capability.HANDLE_SUBJECT_REQUESTS):
        return SubjectRequest.objects.none()
    return SubjectRequest.objects.select_related("applicant", "recorded_by", "done_by")


def audit_for(officer: Officer) -> QuerySet[AuditEvent]:
    if not can(officer, Capability.VIEW_AUDIT):
        return AuditEvent.objects.none()
    return AuditEvent.objects.select_related("actor")


def audit_of(object_type: str, object_ids: list[str]) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(
        object_type=object_type, object_id__in=object_ids
    ).select_related("actor")

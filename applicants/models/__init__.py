"""Officers, applicants, applications, consents, subject requests and the audit trail."""

from applicants.models.applicant import Applicant
from applicants.models.application import Application, FinancialProfile
from applicants.models.audit import AuditEvent
from applicants.models.consent import Consent
from applicants.models.officer import Branch, Officer
from applicants.models.subject_request import SubjectRequest
from applicants.models.token import ApiToken

__all__ = [
    "ApiToken",
    "Applicant",
    "Application",
    "AuditEvent",
    "Branch",
    "Consent",
    "FinancialProfile",
    "Officer",
    "SubjectRequest",
]

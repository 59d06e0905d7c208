"""The audit trail of an applicant in words: what an officer reads as the history of a case."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applicants.models import Applicant, AuditEvent
from applicants.selectors import audit_of
from applicants.services.readings import READING

NEWEST = 40


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of event is told: its sentence, icon and tone."""

    text: str | Promise
    icon: str
    tone: str = ""


WORDS = {
    "applicant.created": Words(_("Applicant registered"), "person-plus", "brand"),
    "applicant.corrected": Words(_("Personal data corrected"), "pencil-square"),
    "applicant.revealed": Words(_("Personal data shown in full"), "eye", "standard"),
    "application.created": Words(_("Application opened"), "file-earmark-text", "brand"),
    "application.profile_revised": Words(_("Financial profile recorded"), "cash-coin"),
    "bureau.received": Words(_("Bureau report received"), "bank", "brand"),
    "bureau.unanswered": Words(_("Bureau asked, without an answer"), "bank", "standard"),
    "application.moved": Words(_("Application moved on"), "arrow-right"),
    "application.assigned": Words(_("Application given to an officer"), "person-check"),
    "application.decided": Words(_("Application decided by a person"), "clipboard-check", "brand"),
    "consent.given": Words(_("Consent given"), "shield-check", "good"),
    "consent.withdrawn": Words(_("Consent withdrawn"), "shield-exclamation", "standard"),
    "declared_group.recorded": Words(_("Self-declaration kept apart"), "people"),
    "declared_group.deleted": Words(_("Self-declaration deleted"), "people"),
    "score.revised": Words(_("Score worked out"), "speedometer2", "brand"),
    "flag.raised": Words(_("Flag raised for review"), "flag", "standard"),
    "flag.lapsed": Words(_("Flag erased with its evidence"), "flag"),
    "flag.decided": Words(_("Flag decided"), "clipboard-check"),
    "session.created": Words(_("Capture session opened"), "camera-video", "behaviour"),
    "subject.requested": Words(_("Request about the own data received"), "person-badge"),
    "subject.done": Words(_("Request about the own data done"), "person-check", "good"),
    "subject.refused": Words(_("Request about the own data refused"), "person-x", "standard"),
    "subject.erased": Words(_("Data of the person erased"), "trash", "standard"),
    "subject.export_asked": Words(_("Copy of all data asked for"), "download"),
    "subject.export_made": Words(_("Copy of all data made"), "download"),
    "subject.export_fetched": Words(_("Copy of all data fetched"), "download", "standard"),
    "recording.uploaded": Words(_("Recording received"), "cloud-arrow-up", "behaviour"),
}
DETAIL_WORDS = {
    "scopes": _("for %s"),
    "version": _("version %s"),
    "after": _("to %s"),
    "fields": _("fields: %s"),
    "outcome": _("outcome: %s"),
    "final_score": _("%s points"),
    "cause": _("cause: %s"),
    "rule": _("rule %s"),
    "source": _("from %s"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history."""

    words: Words
    detail: str
    row: AuditEvent


def events_of(applicant: Applicant) -> list[Event]:
    """Return the newest events of an applicant and of the applications, newest first."""
    applications = [str(pk) for pk in applicant.applications.values_list("pk", flat=True)]
    rows = audit_of(Applicant._meta.label, [str(applicant.pk)]) | audit_of(
        "applicants.Application", applications
    )
    return [_event(row) for row in _told(rows).order_by("-id")[:NEWEST]]


def events_of_application(application_id: object) -> list[Event]:
    """Return the newest events of one application, newest first."""
    rows = audit_of("applicants.Application", [str(application_id)])
    return [_event(row) for row in _told(rows).order_by("-id")[:NEWEST]]


def _told(rows: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    """Leave out who looked at the case, other than in full: the page of access tells that."""
    return rows.exclude(action__in=set(READING) - set(WORDS))


def _event(row: AuditEvent) -> Event:
    name = row.action.replace(".", " ").replace("_", " ").capitalize()
    return Event(WORDS.get(row.action, Words(name, "dash-circle")), _detail(row.detail), row)


def _detail(detail: dict[str, object]) -> str:
    parts = []
    for key, word in DETAIL_WORDS.items():
        if value := detail.get(key):
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            parts.append(str(word) % shown.replace("_", " "))
    return " · ".join(parts)

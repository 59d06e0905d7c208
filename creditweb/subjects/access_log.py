"""Who read the data of people: the audit rows of reading, chosen by person, officer and day."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, time
from itertools import islice

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applicants.forms import StyledForm
from applicants.models import Applicant, Application, AuditEvent, Officer
from applicants.services.readings import READING
from creditweb.subjects.data_map import audit_rows_of
from creditweb.subjects.read_people import PersonRead, people_read

COLUMNS = (
    "at", "officer", "role", "action", "record", "object_type", "object_id", "person", "people",
    "ip",
)  # fmt: skip
ROWS_AT_A_TIME = 2000
# What a spreadsheet would take for a formula gets an apostrophe in front.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ACTION_WORDS = {
    "applicant.viewed": _("Applicant opened"),
    "applicant.revealed": _("Personal data in full"),
    "applicants.read": _("List through the API"),
    "application.viewed": _("Application opened"),
    "score.viewed": _("Score opened"),
    "session.viewed": _("Session opened"),
    "recording.viewed": _("Recording played"),
    "batch.result_fetched": _("Result of a batch"),
    "batch.refused_fetched": _("Refused rows of a batch"),
    "subject.viewed": _("Rights of a person opened"),
    "subject.export_fetched": _("Copy of all data fetched"),
    "admin.viewed": _("Record in the administration"),
    "admin.listed": _("List in the administration"),
    "records.listed": _("List"),
    "flag.viewed": _("Flag opened"),
    "bureau.viewed": _("Reports of a credit bureau"),
    "decision.letter_made": _("Letter to the applicant"),
}


def words_of(event: AuditEvent) -> str:
    """Say what was read; of a list and of the administration, also which kind of record."""
    words = str(ACTION_WORDS.get(event.action, event.action))
    label = event.detail.get("record")
    if not label:
        return words
    return f"{words}: {gettext(str(apps.get_model(label)._meta.verbose_name))}"


def listed_count(event: AuditEvent) -> int:
    """Return how many people a list showed that were not shown before; 0 for one record."""
    return len(event.detail.get("people", ()))


class AccessFilter(StyledForm):
    """All of it optional; what cannot be read is told and not guessed."""

    person = forms.CharField(
        label=_("Person"), required=False, max_length=40,
        help_text=_("Application number or applicant id."),
    )  # fmt: skip
    officer = forms.CharField(
        label=_("Officer"), required=False, max_length=150,
        help_text=_("The name with which the officer signs in."),
    )  # fmt: skip
    action = forms.ChoiceField(
        label=_("What was read"),
        required=False,
        choices=[("", _("Everything")), *ACTION_WORDS.items()],
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_person(self) -> Applicant | None:
        text = self.cleaned_data["person"].strip()
        if not text:
            return None
        application = Application.objects.filter(number__iexact=text).first()
        try:
            found = application.applicant if application else Applicant.objects.get(pk=text)
        except (Applicant.DoesNotExist, ValidationError) as error:
            text = _("There is no such applicant or application.")
            raise forms.ValidationError(text) from error
        return found

    def clean_officer(self) -> Officer | None:
        name = self.cleaned_data["officer"].strip()
        if not name:
            return None
        officer = Officer.objects.filter(username=name).first()
        if officer is None:
            raise forms.ValidationError(_("There is no such user name."))
        return officer


def readings(chosen: dict[str, object]) -> QuerySet[AuditEvent]:
    """Return the audit rows of reading that a filter leaves, the newest first."""
    rows = AuditEvent.objects.filter(action__in=READING)
    person, since, until = chosen.get("person"), chosen.get("since"), chosen.get("until")
    if isinstance(person, Applicant):
        rows = audit_rows_of(person).filter(action__in=READING)
    if chosen.get("officer"):
        rows = rows.filter(actor=chosen["officer"])
    if chosen.get("action"):
        rows = rows.filter(action=chosen["action"])
    if since:
        rows = rows.filter(at__gte=_moment(since, time.min))
    if until:
        rows = rows.filter(at__lte=_moment(until, time.max))
    return rows.select_related("actor").order_by("-id")


def _moment(day: object, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))  # type: ignore[arg-type]


def csv_parts(rows: QuerySet[AuditEvent]) -> Iterator[bytes]:
    """Yield the rows as CSV, a few thousand at a time.

    ``role`` is the role in which it was read. ``person`` is the newest application of who was
    read, ``people`` the keys of all whom a list showed.
    """
    yield _line(COLUMNS)
    left = rows.iterator(ROWS_AT_A_TIME)
    while events := list(islice(left, ROWS_AT_A_TIME)):
        people = people_read(events)
        for event in events:
            yield _line(_cells(event, people.get(event.object_id)))


def _cells(event: AuditEvent, person: PersonRead | None) -> tuple[str, ...]:
    actor, detail = event.actor, event.detail
    role = detail.get("role") or (actor.role if actor else "")
    return (
        event.at.isoformat(), actor.username if actor else "", role, event.action,
        detail.get("record", ""), event.object_type, event.object_id,
        person.number if person else "", " ".join(detail.get("people", ())), event.ip or "",
    )  # fmt: skip


def _line(cells: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{c}" if c.startswith(FORMULA_STARTS) else c for c in cells])
    return out.getvalue().encode()

"""Whose data a reading was of: the person behind the object that an audit row names."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery

from applicants.models import Application, AuditEvent
from creditweb.subjects.data_map import DATA, NAMED_IN_AUDIT


@dataclass(frozen=True, slots=True)
class PersonRead:
    """A person by the number of the newest application, which is no personal data."""

    pk: uuid.UUID
    number: str


def people_read(events: Iterable[AuditEvent]) -> dict[str, PersonRead]:
    """Return the person of each object that the events name, by the object's id.

    Objects that are gone, or that are of nobody, are left out.
    """
    named = list(events)
    found: dict[str, PersonRead] = {}
    for each in DATA:
        if each.model in NAMED_IN_AUDIT:
            ids = {row.object_id for row in named if row.object_type == each.label}
            found |= _people(each.model, each.path, ids) if ids else {}
    return found


def _people(model: type, path: str, ids: set[str]) -> dict[str, PersonRead]:
    newest = Application.objects.filter(applicant=OuterRef("of_person")).order_by("-created_at")
    rows = model._default_manager.filter(pk__in=ids).order_by()
    rows = rows.annotate(of_person=F(path)).annotate(
        newest_number=Subquery(newest.values("number")[:1])
    )
    return {
        str(pk): PersonRead(person, number or str(person)[:8])
        for pk, person, number in rows.values_list("pk", "of_person", "newest_number")
    }

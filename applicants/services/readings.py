"""Who read the data of people: of one record, or of those that a list showed.

What was read again within a quarter of an hour is one reading.
"""

from collections.abc import Iterable
from operator import attrgetter

from django.core.cache import cache
from django.db import models

from applicants.models import Officer
from applicants.services import audit

AGAIN_S = 900
LISTED = "records.listed"
# What a list in the administration showed.
ADMIN_LISTED = "admin.listed"
# The events whose ``detail`` names in ``people`` who was shown.
LISTINGS = (LISTED, ADMIN_LISTED)
READING = (
    "applicant.viewed", "applicant.revealed", "applicants.read", "application.viewed",
    "score.viewed", "flag.viewed", "bureau.viewed", "session.viewed", "recording.viewed",
    "decision.letter_made", "batch.result_fetched", "batch.refused_fetched", "subject.viewed",
    "subject.export_fetched", "admin.viewed", *LISTINGS,
)  # fmt: skip


def record_reading(action: str, *, actor: Officer, obj: models.Model, **detail: object) -> None:
    """Append that somebody read ``obj``, of which the key alone is needed."""
    key = _key(action, actor, obj.pk, *detail.values())
    if cache.get(key) is None:
        audit.record(action, actor=actor, obj=obj, role=actor.role, **detail)
        # Afterwards: a reading that could not be recorded must not count as one.
        cache.set(key, 1, AGAIN_S)


def record_listing(
    rows: Iterable[models.Model], path: str, *, actor: Officer, action: str = LISTED
) -> None:
    """Append whose records, all of one class, a list showed; ``path`` leads from row to person.

    ``path`` is in Django's lookup syntax and ends in the key of the applicant. Who was listed to
    the same officer before is left out.
    """
    shown = list(rows)
    if not shown:
        return
    label = shown[0]._meta.label
    keys = {_key(action, actor, label, person): person for person in _people(shown, path)}
    known = cache.get_many(keys)
    people = {key: person for key, person in keys.items() if key not in known}
    if people:
        named = list(people.values())
        audit.record(action, actor=actor, role=actor.role, record=label, people=named)
        cache.set_many(dict.fromkeys(people, 1), AGAIN_S)


def _people(rows: Iterable[models.Model], path: str) -> list[str]:
    follow = attrgetter(path.replace("__", "."))
    return list(dict.fromkeys(str(follow(row)) for row in rows))


def _key(action: str, actor: Officer, *what: object) -> str:
    return ":".join(str(each) for each in ("reading", action, actor.pk, *what))

"""Erasing a person: what no law needs is deleted, the rest can be traced to nobody.

The rows of the other apps go first, by their own services; see ``creditweb.subjects.erasure``.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from applicants.models import Applicant, Application, FinancialProfile

ALIAS_BYTES = 8


@contextmanager
def road() -> Iterator[None]:
    """Open the road on which append-only rows of an erased applicant may go (ADR 18).

    The triggers look for ``erased_at`` themselves: the road alone lets nothing pass.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL creditweb.erasure = 'on'")
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL creditweb.erasure = 'off'")


def delete_rows(rows: models.QuerySet) -> int:  # type: ignore[type-arg]  # of any model
    """Delete rows in one statement, whatever points at them; the database checks that at the end.

    Django would refuse by PROTECT, which guards against every deletion but this one.
    """
    return rows.order_by()._raw_delete(rows.db) or 0  # None for a query that can find nothing


def mark(applicant: Applicant) -> None:
    """Empty the personal data; from here on the applicant counts as erased."""
    for name in ("given_name", "family_name", "date_of_birth", "national_id", "name",
                 "registration_number", "email", "phone", "founded"):  # fmt: skip
        setattr(applicant, name, None)
    applicant.country, applicant.erased_at = "", timezone.now()
    applicant.save()


def kept_applications(applicant: Applicant) -> list[Application]:
    """Return the decided applications whose record the law needs for some time yet."""
    since = timezone.now() - timedelta(days=settings.RETENTION_DAYS["decisions"])
    decided = (Application.State.APPROVED, Application.State.DECLINED)
    return list(applicant.applications.filter(state__in=decided, decided_at__gte=since))


def erase(applicant: Applicant, kept: Iterable[Application]) -> dict[str, int]:
    """Delete applications that are not ``kept``; give those that are a number nobody knows.

    Consents stay, as the proof that processing was allowed; who they are of is no longer known.
    """
    kept_ids = [application.pk for application in kept]
    gone = applicant.applications.exclude(pk__in=kept_ids)
    profiles = FinancialProfile.objects.filter(application__in=gone)
    counts = {"profiles": delete_rows(profiles), "applications": delete_rows(gone)}
    for application in applicant.applications.all():
        application.number = f"E-{secrets.token_hex(ALIAS_BYTES)}"
        application.save(update_fields=["number"])
    applicant.subject_requests.update(note=None)
    return counts

"""Erasing behavioural evidence: the rows go, revisions keep their totals and a tombstone."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from applicants.models import Applicant
from applicants.services import audit
from scoring.models import Evidence, ScoreRevision

KEEP_WITHDRAWN = timedelta(hours=1)


@transaction.atomic
def erase_evidence(applicant: Applicant) -> int:
    """Delete all evidence of an applicant and empty the detail of the revisions that used it."""
    return _erase(list(Evidence.objects.filter(application__applicant=applicant)))


@transaction.atomic
def erase_withdrawn() -> int:
    """Delete evidence whose consent was withdrawn an hour ago or more."""
    before = timezone.now() - KEEP_WITHDRAWN
    return _erase(list(Evidence.objects.filter(withdrawn_at__lt=before)))


def _erase(rows: list[Evidence]) -> int:
    if not rows:
        return 0
    ids = {str(row.pk) for row in rows}
    applications = {row.application_id for row in rows}
    revisions = ScoreRevision.objects.filter(application__in=applications, erased_at__isnull=True)
    touched = [each.pk for each in revisions if ids & set(each.evidence_ids)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL creditweb.erasure = 'on'")
    ScoreRevision.objects.filter(pk__in=touched).update(
        behaviour={}, mapped_total={}, evidence_ids=[], erased_at=timezone.now()
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL creditweb.erasure = 'off'")
    count, _ = Evidence.objects.filter(pk__in=[row.pk for row in rows]).delete()
    audit.record("evidence.erased", rows=count, revisions=len(touched))
    return count

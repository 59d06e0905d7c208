"""Erasing behavioural evidence: the rows go, revisions keep their totals and a tombstone."""

from collections.abc import Collection
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from applicants.models import Applicant, Application
from applicants.services import audit
from applicants.services.erasure import delete_rows
from scoring.models import (
    ApplicationDecision,
    BureauEnquiry,
    BureauRecord,
    ChallengerScore,
    CurrentScore,
    DeclaredGroup,
    Evidence,
    LoanOutcome,
    ReviewDecision,
    ReviewFlag,
    ScoreRevision,
)
from scoring.services import flag_erasure

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
    flags = flag_erasure.erase_flags_of(rows)
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
    audit.record("evidence.erased", rows=count, revisions=len(touched), flags=flags)
    return count


# In this order nothing points at a row that is gone, as far as that is possible.
WITH_APPLICATION = (
    CurrentScore, ApplicationDecision, LoanOutcome, BureauRecord, ReviewFlag, ScoreRevision,
)  # fmt: skip


def erase_scores(applicant: Applicant, kept: Collection[Application]) -> dict[str, int]:
    """Delete what was scored and declared; of the ``kept`` keep score and decision.

    The caller has marked the applicant as erased and opened the road. What people wrote as their
    reason is emptied: it may name somebody. The reasons of the score itself are codes and figures.
    """
    kept_ids = [application.pk for application in kept]
    counts = {"evidence": erase_evidence(applicant)}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL creditweb.erasure = 'on'")  # erase_evidence closed the road
    gone = applicant.applications.exclude(pk__in=kept_ids)
    reviewed = ReviewDecision.objects.filter(flag__application__applicant=applicant)
    counts["reviews"] = delete_rows(reviewed.filter(flag__application__in=gone))
    challengers = ChallengerScore.objects.filter(revision__application__in=gone)
    counts["challengers"] = delete_rows(challengers)
    asked = BureauEnquiry.objects.filter(application__applicant=applicant)
    counts["enquiries"] = delete_rows(asked)
    for model in WITH_APPLICATION:
        rows = model._default_manager.filter(application__in=gone)
        counts[model._meta.model_name or ""] = delete_rows(rows)
    counts["declarations"] = delete_rows(DeclaredGroup.objects.filter(applicant=applicant))
    reports = BureauRecord.objects.filter(application__in=kept_ids)
    counts["bureaurecord"] += delete_rows(reports)
    reviewed.update(reason="")
    ApplicationDecision.objects.filter(application__in=kept_ids).update(reason="")
    flag_erasure.erase_flags_on(kept)
    ReviewFlag.objects.filter(application__in=kept_ids).update(session_id=None, assigned_to=None)
    return counts

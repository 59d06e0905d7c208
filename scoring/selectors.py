"""Reads. Every query for a page or the API starts from what the officer may see."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, F, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from applicants.models import Application, Officer
from applicants.permissions import Capability, can
from applicants.selectors import applications_for, branches_for, readable
from scoring.models import (
    BatchJob,
    CurrentScore,
    Evidence,
    LoanOutcome,
    Policy,
    ReviewFlag,
    ScoreRevision,
)
from scoring.models.outcome import LoanOutcomeQuerySet


def current_evidence(application: Application) -> Sequence[Evidence]:
    """Return the newest evidence per recording and modality, without what was withdrawn."""
    newest = Window(
        RowNumber(),
        partition_by=[F("recording_id"), F("modality")],
        order_by=F("sequence").desc(),
    )
    rows = Evidence.objects.filter(application=application).annotate(place=newest)
    return [row for row in rows.filter(place=1) if row.withdrawn_at is None]


def revisions_for(officer: Officer) -> QuerySet[ScoreRevision]:
    if not can(officer, Capability.VIEW_SCORES):
        return ScoreRevision.objects.none()
    return ScoreRevision.objects.filter(
        readable(officer, "application__applicant"), application__branch__in=branches_for(officer)
    ).select_related("application", "policy", "actor")


def score_history(officer: Officer, application: Application) -> QuerySet[ScoreRevision]:
    """Return the revisions of an application, oldest first."""
    return revisions_for(officer).filter(application=application).order_by("sequence")


def current_revision(officer: Officer, application: Application) -> ScoreRevision | None:
    """Return the newest revision with its challengers, or None where there is no score yet."""
    rows = revisions_for(officer).filter(application=application)
    return rows.prefetch_related("challengers").order_by("-sequence").first()


def newest_sequence(application_id: UUID) -> int:
    """Return the number of the newest revision, 0 without one: whether a score moved, cheaply."""
    current = CurrentScore.objects.filter(application=application_id)
    return current.values_list("revision__sequence", flat=True).first() or 0


def newest_revision(officer: Officer, application: Application) -> ScoreRevision | None:
    """Return the newest revision alone, in one query, for pages that look again and again."""
    current = CurrentScore.objects.filter(
        revision__in=revisions_for(officer).filter(application=application)
    ).select_related("revision__policy", "revision__profile", "revision__application__applicant")
    found = current.first()
    return found.revision if found else None


def flags_for(officer: Officer) -> QuerySet[ReviewFlag]:
    if not can(officer, Capability.VIEW_FLAGS):
        return ReviewFlag.objects.none()
    return (
        ReviewFlag.objects.filter(
            readable(officer, "application__applicant"),
            application__branch__in=branches_for(officer),
        )
        .select_related("application__applicant", "application__branch", "revision", "assigned_to")
        .prefetch_related("decisions__officer")
    )


def review_queue(officer: Officer) -> QuerySet[ReviewFlag]:
    """Return the flags that wait for a decision, most urgent first."""
    return flags_for(officer).filter(state__in=ReviewFlag.UNDECIDED_STATES)


def undecided_flags(application: Application) -> QuerySet[ReviewFlag]:
    return application.flags.filter(state__in=ReviewFlag.UNDECIDED_STATES)


def outcomes_for(officer: Officer) -> LoanOutcomeQuerySet:
    """Return every observation and correction of the officer's branches, newest first."""
    rows = LoanOutcome.objects.select_related("application", "recorded_by").filter(
        readable(officer, "application__applicant")
    )
    if not can(officer, Capability.VIEW_POLICY):
        return rows.none()
    if officer.branch_id is None:
        return rows
    return rows.filter(application__branch=officer.branch_id)


def policies_for(officer: Officer) -> QuerySet[Policy]:
    if not can(officer, Capability.VIEW_POLICY):
        return Policy.objects.none()
    return Policy.objects.select_related("author", "approved_by")


def first_hands(application: Application) -> set[int]:
    """Return the officers who worked on a case: they may not review it.

    These are the creator, the officer in charge, whoever took consent, and whoever gave or handed
    in what was scored.
    """
    people = {application.created_by_id, application.assigned_to_id}
    people |= set(application.profiles.values_list("created_by_id", flat=True))
    consents = application.applicant.consents
    people |= set(consents.values_list("given_to_id", flat=True))
    people |= set(application.evidence.values_list("handed_in_by_id", flat=True))
    people |= set(
        application.score_revisions.filter(~Q(actor=None)).values_list("actor_id", flat=True)
    )
    return {person for person in people if person is not None}


def work_items(officer: Officer) -> QuerySet[Application]:
    """Return the applications of a work list, each with its score, open flags and their due time.

    Who may not see scores or flags gets none of them.
    """
    rows = applications_for(officer)
    if not can(officer, Capability.VIEW_SCORES):
        return rows
    undecided = Q(flags__state__in=ReviewFlag.UNDECIDED_STATES)
    return rows.select_related("current_score__revision").annotate(
        open_flags=Count("flags", filter=undecided), due_at=Min("flags__due_at", filter=undecided)
    )


def batches_for(officer: Officer) -> QuerySet[BatchJob]:
    """Return the batches of the officer's branch; who belongs to no branch sees every batch."""
    if not can(officer, Capability.SCORE_BATCHES):
        return BatchJob.objects.none()
    rows = BatchJob.objects.select_related("created_by", "policy")
    return rows if officer.branch_id is None else rows.filter(branch=officer.branch_id)

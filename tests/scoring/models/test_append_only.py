"""The database itself refuses to change what was scored and decided."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from applicants.models import Application, Officer
from scoring.models import ApplicationDecision, ReviewDecision, ReviewFlag, ScoreRevision

pytestmark = pytest.mark.django_db


def test_a_revision_cannot_be_changed(scored: Application) -> None:
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        ScoreRevision.objects.filter(application=scored).update(final_score=850)
    assert scored.score_revisions.get().final_score != 850


def test_a_revision_cannot_be_deleted(scored: Application) -> None:
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        ScoreRevision.objects.filter(application=scored)._raw_delete("default")
    assert scored.score_revisions.count() == 1


def test_an_erasure_may_empty_the_detail_and_nothing_else(scored: Application) -> None:
    rows = ScoreRevision.objects.filter(application=scored)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL creditweb.erasure = 'on'")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        rows.update(behaviour={}, strengths=[], erased_at=timezone.now())
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        rows.update(behaviour={})
    assert rows.update(behaviour={}, evidence_ids=[], erased_at=timezone.now()) == 1


def test_the_parts_of_a_score_must_sum(scored: Application) -> None:
    revision = scored.score_revisions.get()
    revision.pk, revision.sequence = None, 2
    revision.adjustment += 1
    with pytest.raises(DatabaseError, match="final_score_is_the_sum"), transaction.atomic():
        revision.save()


def test_decisions_cannot_be_changed(flag: ReviewFlag, senior: Officer) -> None:
    decision = ReviewDecision.objects.create(
        flag=flag, officer=senior, outcome="dismiss", reason="A poster behind the applicant."
    )
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        ReviewDecision.objects.filter(pk=decision.pk).update(outcome="uphold")
    closing = ApplicationDecision.objects.create(
        application=flag.application,
        revision=flag.revision,
        officer=senior,
        outcome="declined",
        reason="Debts exceed what the income carries.",
    )
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        ApplicationDecision.objects.filter(pk=closing.pk)._raw_delete("default")

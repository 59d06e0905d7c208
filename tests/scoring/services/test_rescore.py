from datetime import UTC, datetime, timedelta

import pytest

from applicants.errors import ProblemError
from applicants.models import Application, AuditEvent, Officer
from applicants.services import applications
from scoring.models import CurrentScore, ScoreRevision
from scoring.services import evidence
from scoring.services.rescore import replay, rescore
from tests.factories import ApplicationFactory
from tests.scoring.conftest import HandOverOf

pytestmark = pytest.mark.django_db
Cause = ScoreRevision.Cause


def test_the_first_score_explains_itself(application: Application, officer: Officer) -> None:
    revision = rescore(application, Cause.APPLICATION_CREATED, actor=officer)
    points = sum(each["points"] for each in revision.contributions)
    assert revision.sequence == 1
    assert revision.base_points + points == revision.financial_score
    assert revision.financial_score + revision.adjustment == revision.final_score
    assert revision.adjustment == 0
    assert revision.estimator == "scorecard"
    assert revision.comparison["estimator"] == "points_table"
    assert [each["name"] for each in revision.models_used] == ["scorecard"]
    assert revision.profile == application.profile()


def test_it_becomes_the_current_score_and_leaves_an_audit_row(application: Application) -> None:
    revision = rescore(application, Cause.APPLICATION_CREATED)
    current = CurrentScore.objects.get(application=application)
    assert (current.revision, current.final_score) == (revision, revision.final_score)
    event = AuditEvent.objects.get(action="score.revised")
    assert event.object_id == str(application.pk)
    assert event.detail["final_score"] == revision.final_score


def test_nothing_new_appends_nothing(scored: Application) -> None:
    again = rescore(scored, Cause.PROFILE_CHANGED)
    assert again.sequence == 1
    assert scored.score_revisions.count() == 1


def test_a_score_that_is_asked_for_is_appended(scored: Application, officer: Officer) -> None:
    assert rescore(scored, Cause.REQUESTED, actor=officer).sequence == 2


def test_a_better_profile_moves_the_score(scored: Application, officer: Officer) -> None:
    before, was_current = scored.score_revisions.get(), CurrentScore.objects.get()
    factors = {**scored.profile().factors(), "overdue_payments": 4}
    applications.revise_profile(scored, officer=officer, **factors)
    after = rescore(scored, Cause.PROFILE_CHANGED, actor=officer)
    assert after.sequence == 2
    assert after.final_score < before.final_score
    current = CurrentScore.objects.get()
    assert (current.revision, current.final_score) == (after, after.final_score)
    assert current.credit_class == after.credit_class
    assert current.updated_at > was_current.updated_at
    assert after.reasons[0]["code"] == "overdue_payments"
    assert after.reasons[0]["value"] == 4.0


def test_without_a_profile_there_is_nothing_to_score(officer: Officer) -> None:
    bare = ApplicationFactory(branch=officer.branch, created_by=officer, profile=None)
    with pytest.raises(ProblemError) as refused:
        rescore(bare, Cause.APPLICATION_CREATED)
    assert refused.value.code == "profile_missing"
    assert bare.score_revisions.count() == 0


def test_a_stored_revision_can_be_replayed_to_the_bit(
    scored: Application, hand_over: HandOverOf
) -> None:
    stored = evidence.accept(scored, hand_over("happy"), hand_over("sad", modality="voice"))
    again = replay(ScoreRevision.objects.get(pk=stored.pk))
    assert again.final_score_points == stored.final_score
    assert again.adjustment.raw_points.hex() == stored.behaviour["raw_points"].hex()


def test_age_alone_appends_only_where_it_moves_the_score(
    scored: Application, hand_over: HandOverOf
) -> None:
    first = evidence.accept(scored, hand_over("happy"))
    now = datetime.now(UTC)
    same = rescore(scored, Cause.EVIDENCE_AGED, at=now + timedelta(days=1))
    assert same == first
    later = rescore(scored, Cause.EVIDENCE_AGED, at=now + timedelta(days=400))
    assert later.sequence == first.sequence + 1
    assert 0 <= later.adjustment < first.adjustment


def test_the_history_of_a_demo_can_be_dated_and_is_marked(application: Application) -> None:
    at = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    revision = rescore(application, Cause.APPLICATION_CREATED, at=at, simulated=True)
    assert (revision.created_at, revision.as_of, revision.simulated) == (at, at.date(), True)

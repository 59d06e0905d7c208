from typing import Any

import pytest
from django.utils import timezone

from applicants.models import Application, Officer
from applicants.services import consents
from scoring import dispatch, tasks
from scoring.models import ChallengerScore, ReviewFlag, ScoreRevision
from scoring.services import evidence
from scoring.services import policy as policies
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory, FinancialProfileFactory
from tests.scoring.conftest import HandOverOf

pytestmark = pytest.mark.django_db


def test_the_challengers_stand_beside_a_revision_once(scored: Application) -> None:
    revision = scored.score_revisions.get()
    tasks.run_challengers(revision.pk)
    tasks.run_challengers(revision.pk)
    names = revision.challengers.values_list("estimator", flat=True)
    assert list(names) == ["boosting", "ebm", "neural"]
    assert scored.score_revisions.get().final_score == revision.final_score


def test_estimators_that_disagree_open_a_review(scored: Application) -> None:
    revision = scored.score_revisions.get()
    ChallengerScore.objects.create(
        revision=revision, estimator="boosting", version="1", sha256="b", probability_of_default=0.6
    )
    tasks.run_challengers(revision.pk)
    flag = ReviewFlag.objects.get()
    assert flag.rule_id == "estimators_disagree"
    assert "boosting one of 60.0 %" in flag.text


def test_expert_points_are_no_disagreement(officer: Officer) -> None:
    doubted = ApplicationFactory(branch=officer.branch, created_by=officer, profile=None)
    FinancialProfileFactory(
        application=doubted,
        credit_history_years=0,
        employment_years=0,
        income_stable=False,
        total_assets=0,
        recent_enquiries=12,
    )
    revision = rescore(doubted, ScoreRevision.Cause.APPLICATION_CREATED)
    tasks.run_challengers(revision.pk)
    assert revision.challengers.count() == 3
    assert ReviewFlag.objects.count() == 0


def test_catching_up_serves_only_scores_that_have_no_challengers(scored: Application) -> None:
    tasks.catch_up()
    assert ChallengerScore.objects.count() == 3
    tasks.catch_up()
    assert ChallengerScore.objects.count() == 3


def test_catching_up_lets_go_what_lost_its_consent(
    scored: Application, hand_over: HandOverOf, officer: Officer
) -> None:
    evidence.accept(scored, hand_over("happy"))
    consents.withdraw(scored.applicant, ["face"], officer=officer)
    tasks.catch_up()
    assert scored.score_revisions.last().adjustment == 0


def test_scoring_all_open_applications_leaves_the_others_alone(
    scored: Application, officer: Officer
) -> None:
    unscored = ApplicationFactory(branch=officer.branch, created_by=officer)
    closed = ApplicationFactory(branch=officer.branch, created_by=officer, state="approved")
    tasks.rescore_open_applications("requested")
    assert scored.score_revisions.count() == 2
    assert unscored.score_revisions.count() == 0
    assert closed.score_revisions.count() == 0


def test_ageing_appends_nothing_on_the_same_day(scored: Application, hand_over: HandOverOf) -> None:
    evidence.accept(scored, hand_over("happy", observed_at=timezone.now()))
    tasks.rescore_portfolio()
    assert scored.score_revisions.count() == 2


def test_work_is_queued_only_once_the_rows_are_committed(
    scored: Application, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    queued: list[object] = []
    monkeypatch.setattr(tasks.run_challengers, "delay", queued.append)
    monkeypatch.setattr(tasks.rescore_open_applications, "delay", queued.append)
    revision = scored.score_revisions.get()
    with django_capture_on_commit_callbacks(execute=True):
        dispatch.run_challengers(revision)
        dispatch.rescore_open_applications()
        assert queued == []
    assert queued == [revision.pk, "policy_changed"]


def test_catching_up_applies_a_policy_whose_message_was_lost(
    scored: Application, admin: Officer
) -> None:
    policy = policies.stop_behaviour(officer=admin, reason="A complaint is looked into.")
    tasks.catch_up()
    tasks.catch_up()
    newest = scored.score_revisions.order_by("-sequence").first()
    assert (newest.sequence, newest.cause, newest.policy) == (2, "policy_changed", policy)

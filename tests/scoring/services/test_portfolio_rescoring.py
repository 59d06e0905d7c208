"""The nightly run: bounded, resumable, and silent where nothing moves."""

import random
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import Applicant, Application, Officer
from applicants.services import applications
from scoring import tasks
from scoring.models import PortfolioRun, ScoreRevision
from scoring.services import evidence, portfolio_rescoring
from scoring.services.rescore import replay, rescore
from tests.factories import ApplicantFactory, ApplicationFactory, FinancialProfileFactory
from tests.scoring.conftest import HandOverOf

pytestmark = pytest.mark.django_db
Cause = ScoreRevision.Cause


def scored_ones(officer: Officer, count: int, **fields: Any) -> list[Application]:
    made = [
        ApplicationFactory(branch=officer.branch, created_by=officer, **fields)
        for __ in range(count)
    ]
    for application in made:
        rescore(application, Cause.APPLICATION_CREATED)
    return made


def test_where_nothing_moves_nothing_is_appended(officer: Officer) -> None:
    scored_ones(officer, 3)
    run = portfolio_rescoring.work(portfolio_rescoring.start())
    assert (run.is_finished, run.total, run.done, run.appended) == (True, 3, 3, 0)
    assert ScoreRevision.objects.count() == 3


def test_news_that_waited_is_scored_with_running_loans_and_without_ended_ones(
    officer: Officer,
) -> None:
    open_one, running, ended, declined = scored_ones(officer, 4)
    approved = Application.objects.filter(pk__in=[running.pk, ended.pk])
    approved.update(state="approved", decided_at=timezone.now())
    Application.objects.filter(pk=ended.pk).update(
        decided_at=timezone.now() - timedelta(days=365 * 5)
    )
    Application.objects.filter(pk=declined.pk).update(state="declined")
    for each in (open_one, running, ended, declined):
        FinancialProfileFactory(application=each, version=2, overdue_payments=4)
    run = portfolio_rescoring.work(portfolio_rescoring.start())
    assert run.appended == 2
    moved = ScoreRevision.objects.filter(sequence=2)
    assert {each.application_id for each in moved} == {open_one.pk, running.pk}


def test_a_run_that_was_cut_off_goes_on_behind_its_last_application(
    officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_rescoring, "CHUNK_ROWS", 2)
    made = scored_ones(officer, 5)
    run = portfolio_rescoring.work(portfolio_rescoring.start(), chunks=1)
    assert (run.done, run.is_finished, run.percent) == (2, False, 40)
    assert portfolio_rescoring.start() == run
    assert portfolio_rescoring.claim_abandoned() is None
    PortfolioRun.objects.update(touched_at=timezone.now() - timedelta(minutes=6))
    for each in made:
        FinancialProfileFactory(application=each, version=2, overdue_payments=4)
    tasks.continue_portfolio()
    run.refresh_from_db()
    assert (run.done, run.is_finished) == (5, True)
    assert run.appended == 3  # the first two were done before the news came


def test_one_run_at_a_time(officer: Officer) -> None:
    portfolio_rescoring.start()
    with pytest.raises(IntegrityError), transaction.atomic():
        PortfolioRun.objects.create()


def test_the_cause_is_what_changed(
    scored: Application, hand_over: HandOverOf, senior: Officer
) -> None:
    revision = scored.score_revisions.get()
    assert portfolio_rescoring.cause_of_change(revision) == Cause.EVIDENCE_AGED
    revision.models_used = [{**revision.models_used[0], "sha256": "0" * 64}]
    assert portfolio_rescoring.cause_of_change(revision) == Cause.MODEL_CHANGED
    revision.policy_id += 1
    assert portfolio_rescoring.cause_of_change(revision) == Cause.POLICY_CHANGED


def test_older_evidence_weighs_less_at_night(scored: Application, hand_over: HandOverOf) -> None:
    long_ago = timezone.now() - timedelta(days=300)
    evidence.accept(scored, hand_over("happy", observed_at=long_ago, simulated=True))
    before = rescore(scored, Cause.REQUESTED, at=long_ago + timedelta(days=1))
    assert before.computed_adjustment > 1
    tasks.rescore_portfolio()
    after = scored.score_revisions.last()
    assert after.cause == Cause.EVIDENCE_AGED
    assert 0 <= after.computed_adjustment < before.computed_adjustment


def test_random_histories_replay_to_the_same_bits(officer: Officer, hand_over: HandOverOf) -> None:
    """Same inputs and versions, same bits: people and firms, gaps, evidence, revised finances."""
    draw = random.Random(20261126)
    of_firms = {"kind": Applicant.Kind.BUSINESS, "name": "Harbour Bakery"}
    for number in range(12):
        of_kind = {} if number % 3 else of_firms
        applicant = ApplicantFactory(branch=officer.branch, created_by=officer, **of_kind)
        application = ApplicationFactory(
            applicant=applicant, branch=officer.branch, created_by=officer
        )
        rescore(application, Cause.APPLICATION_CREATED)
        for __ in range(draw.randint(1, 3)):
            applications.revise_profile(application, officer=officer, **finances(draw, applicant))
            rescore(application, Cause.PROFILE_CHANGED)
    assert ScoreRevision.objects.count() > 20
    for revision in ScoreRevision.objects.all():
        again = replay(revision)
        assert again.final_score_points == revision.final_score
        assert again.financial.probability_of_default == revision.probability_of_default
        assert [asdict(each) for each in again.financial.contributions] == revision.contributions
        assert [asdict(each) for each in again.reasons] == revision.reasons
        assert {**asdict(again.interval), "missing": list(again.interval.missing)} == (
            revision.uncertainty
        )


def finances(draw: random.Random, applicant: Applicant) -> dict[str, Any]:
    """Draw finances, each factor missing in a third of the cases."""
    drawn: dict[str, Any] = {
        "annual_income": Decimal(draw.randint(0, 900_000)) / 7,
        "monthly_debt_payments": Decimal(draw.randint(0, 4_000)),
        "overdue_payments": draw.randint(0, 6),
        "card_utilisation_percent": Decimal(draw.randint(0, 10_000)) / 100,
        "open_accounts": draw.randint(0, 20),
        "total_assets": Decimal(draw.randint(0, 90_000)),
        "total_liabilities": Decimal(draw.randint(0, 90_000)),
    }
    drawn["annual_income"] = drawn["annual_income"].quantize(Decimal("0.01"))
    if applicant.kind == Applicant.Kind.BUSINESS:
        drawn |= {"employees": draw.randint(0, 90), "real_estate_backed": draw.random() < 0.5}
    return {name: value for name, value in drawn.items() if draw.random() < 0.67}


def test_the_page_shows_how_far_a_run_came(
    client_of: Any, analyst: Officer, officer: Officer
) -> None:
    client: Client = client_of(analyst)
    url = reverse("scoring:portfolio_runs")
    assert b"No run yet" in client.get(url).content
    scored_ones(officer, 1)
    portfolio_rescoring.work(portfolio_rescoring.start())
    assert b"done" in client.get(url).content

"""The gate on stored rows, what it refuses, and how it takes back what it no longer allows."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applicants.errors import RefusedError
from applicants.models import Application, AuditEvent, Officer
from scoring import tasks
from scoring.engine import proof as engine
from scoring.engine.proof import Half
from scoring.models import CurrentScore, DeclaredGroup, LoanOutcome, Policy, ScoreRevision
from scoring.services import policy as policies
from scoring.services import proof
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory

pytestmark = pytest.mark.django_db
REASON = "The proof is there since October."
CASES = 40


@pytest.fixture(autouse=True)
def small_proof(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for 40 outcomes and groups of 5: the rows of a thousand add nothing to these tests."""
    settings.JURISDICTION = "us"
    monkeypatch.setattr(engine, "MIN_OUTCOMES", CASES)
    monkeypatch.setattr(engine, "MIN_GROUP_ROWS", 5)


def seen(revision: ScoreRevision, application: Application, **changes: Any) -> ScoreRevision:
    """Store a revision like another, of another application, with evidence in shadow."""
    values = {
        field.attname: getattr(revision, field.attname)
        for field in ScoreRevision._meta.concrete_fields
        if not field.primary_key
    }
    values |= {
        "application_id": application.pk, "profile_id": application.profile().pk,
        "mode": "shadow", "cap_points": 10, "behaviour": {"used": [{"signal": 0.1}]},
    }  # fmt: skip
    made = ScoreRevision.objects.create(**values | changes)
    CurrentScore.objects.create(
        application=application, revision=made, final_score=made.final_score,
        credit_class=made.credit_class,
    )  # fmt: skip
    return made


@pytest.fixture
def book(application: Application, officer: Officer) -> list[ScoreRevision]:
    """Loans at the same financial score; the adjustment knows which ones went bad."""
    first = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    revisions = []
    for place in range(CASES):
        loan = ApplicationFactory(branch=officer.branch, created_by=officer)
        is_bad = place % 4 == 0
        revision = seen(first, loan, computed_adjustment=-2 if is_bad else 3)
        LoanOutcome.objects.create(
            application=loan, observed_on=date(2026, 11, 10), is_bad=is_bad, source="file",
            recorded_by=officer,
        )  # fmt: skip
        DeclaredGroup.objects.create(
            applicant=loan.applicant, attribute="sex", value=["female", "male"][place // 2 % 2],
            text_version="1", channel="on_screen", recorded_by=officer,
        )  # fmt: skip
        revisions.append(revision)
    return revisions


def turn_around(book: list[ScoreRevision], officer: Officer) -> None:
    """Correct every outcome to its opposite: the adjustment is now wrong about all."""
    for outcome in list(LoanOutcome.objects.standing()):
        LoanOutcome.objects.create(
            application=outcome.application, observed_on=outcome.observed_on, corrects=outcome,
            is_bad=not outcome.is_bad, source="file", recorded_by=officer,
        )  # fmt: skip


def advisory(admin: Officer, senior: Officer) -> Policy:
    parameters = {**policies.active().parameters, "mode": "advisory"}
    return policies.propose(officer=admin, parameters=parameters, reason=REASON)


def test_an_adjustment_that_knew_is_proven(book: list[ScoreRevision]) -> None:
    gate = proof.measure()
    assert (gate.is_open, gate.outcomes, gate.bad) == (True, CASES, CASES // 4)
    assert (gate.gain.without, gate.gain.with_behaviour) == (0.5, 1.0)
    assert {each.group: (each.before, each.after) for each in gate.groups} == {
        "female": (1.0, 1.0), "male": (1.0, 1.0),
    }  # fmt: skip


def test_what_does_not_count_is_not_counted(
    book: list[ScoreRevision], application: Application, officer: Officer, settings: Any
) -> None:
    """Neither simulated scores, nor scores without evidence, nor outcomes that are open."""
    others = [
        {"simulated": True},
        {"behaviour": {"used": []}, "computed_adjustment": 0},
        {"is_bad": None},
    ]
    for changes in others:
        loan = ApplicationFactory(branch=officer.branch, created_by=officer)
        is_bad = changes.pop("is_bad", True)
        seen(book[0], loan, **changes)
        LoanOutcome.objects.create(
            application=loan, observed_on=date(2026, 11, 10), is_bad=is_bad, source="file",
            recorded_by=officer,
        )  # fmt: skip
    assert proof.measure().outcomes == CASES


def test_the_adjustment_is_applied_at_the_worth_of_a_point(book: list[ScoreRevision]) -> None:
    cases = proof._cases(ScoreRevision.objects.filter(pk=book[1].pk))
    odds = [math.log((1 - risk[0]) / risk[0]) for risk in (cases.risk, cases.risk_with)]
    assert odds[1] - odds[0] == pytest.approx(3 * math.log(2) / 50)


def test_advisory_is_refused_until_it_is_proven_and_the_reason_is_told(
    admin: Officer, senior: Officer, application: Application
) -> None:
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    proposed = advisory(admin, senior)
    with pytest.raises(RefusedError, match="has not proven its value") as refused:
        policies.activate(proposed, officer=senior)
    assert refused.value.code == "proof_missing"
    event = AuditEvent.objects.get(action="policy.activation_refused")
    assert event.detail["code"] == "proof_missing"
    assert policies.active().parsed.mode == "shadow"


def test_a_proof_that_opens_and_closes_again_puts_behaviour_back_in_shadow(
    book: list[ScoreRevision], admin: Officer, senior: Officer, officer: Officer,
    client_of: Callable[[Officer], Client],
) -> None:  # fmt: skip
    policies.activate(advisory(admin, senior), officer=senior)
    tasks.check_proof()
    assert policies.active().parsed.mode == "advisory", "a proof that holds changes nothing"
    turn_around(book, officer)
    tasks.check_proof()
    returned = policies.active()
    assert (returned.parsed.mode, returned.author, returned.approved_by) == ("shadow", None, None)
    event = AuditEvent.objects.get(action="policy.behaviour_returned")
    assert event.detail["closed_by"] == [Half.NO_GAIN]
    for name in ("scoring:policy_list", "scoring:back_test"):
        page = client_of(senior).get(reverse(name)).content.decode()
        assert "The behavioural part was put back in shadow" in page
    tasks.check_proof()
    assert policies.active() == returned
    with pytest.raises(RefusedError, match="has not proven its value"):
        policies.activate(advisory(admin, senior), officer=senior)


def test_without_declared_groups_the_gate_stays_closed(book: list[ScoreRevision]) -> None:
    DeclaredGroup.objects.all().delete()
    assert proof.measure().closed_by == (Half.NO_GROUPS,)


def test_a_group_that_loses_closes_the_gate(
    book: list[ScoreRevision], officer: Officer, settings: Any
) -> None:
    """Everybody lies just below the cut-off, and only one group is lifted over it."""
    cut_off = policies.active().parsed.approval_cut_off_points
    for place in range(20):
        loan = ApplicationFactory(branch=officer.branch, created_by=officer)
        value = "female" if place % 2 else "male"
        points = cut_off - 2
        seen(
            book[0], loan, computed_adjustment=5 if value == "male" else 0,
            financial_score=points, final_score=points, adjustment=0,
        )  # fmt: skip
        DeclaredGroup.objects.create(
            applicant=loan.applicant, attribute="sex", value=value, text_version="1",
            channel="on_screen", recorded_by=officer,
        )  # fmt: skip
    gate = proof.measure()
    assert gate.closed_by == (Half.RATIO_FALLS,)
    assert next(each for each in gate.groups if each.group == "female").fall > 0.02


def test_the_demo_needs_no_proof(
    settings: Any, admin: Officer, senior: Officer, application: Application
) -> None:
    settings.JURISDICTION = "demo"
    assert policies.active().parsed.mode == "advisory"
    assert policies.return_to_shadow() is None
    assert Half.NO_GROUPS not in proof.measure().closed_by


def test_a_back_test_tries_a_version_on_what_is_known(
    book: list[ScoreRevision], analyst: Officer, client_of: Callable[[Officer], Client]
) -> None:
    parameters = {**policies.active().parameters, "approval_cut_off_points": 850}
    strict = policies.propose(officer=analyst, parameters=parameters, reason=REASON)
    client = client_of(analyst)
    page = client.get(reverse("scoring:back_test"), {"version": strict.version})
    found = page.context["result"]
    assert (found.version.loans, found.version.approved, found.known) == (CASES, 0, CASES)
    assert (found.defaults_avoided, found.good_refused) == (CASES // 4, CASES - CASES // 4)
    assert found.in_force.default_rate == pytest.approx(0.25)
    assert "proven" in page.content.decode()
    assert client.get(reverse("scoring:back_test"), {"version": "99"}).status_code == 404
    assert client.get(reverse("scoring:back_test"), {"version": "٣"}).status_code == 200


def test_the_back_test_page_answers_without_any_outcome(
    analyst: Officer, client_of: Callable[[Officer], Client]
) -> None:
    page = client_of(analyst).get(reverse("scoring:back_test")).content.decode()
    assert "No loan with an outcome yet" in page
    assert "Too few outcomes" in page

"""The demo: every state, months of history, all of it marked as simulated."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from applicants.models import Applicant, Application, AuditEvent, Officer
from applicants.services import audit
from creditweb.demo import loans, seeding
from creditweb.demo.people import CASES
from creditweb.demo_logins import DEMO_LOGINS, DEMO_PASSWORD
from media_processing.models import CaptureSession
from scoring import portfolio
from scoring.engine.proof import Half
from scoring.models import (
    ApplicationDecision,
    Evidence,
    LoanOutcome,
    MonitoringAlarm,
    MonitoringReport,
    Policy,
    ReviewFlag,
    ScoreRevision,
)
from scoring.services import proof

LOANS = 40


@pytest.fixture
def demo(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo with a shorter book of loans: the whole one takes a while."""
    monkeypatch.setattr(loans, "LOANS", LOANS)
    call_command("seed_demo", stdout=StringIO())


def test_the_demo_shows_every_state_and_every_role(demo: None) -> None:
    assert Applicant.objects.count() == len(CASES) + LOANS
    assert set(Application.objects.values_list("state", flat=True)) == set(Application.State)
    assert set(Officer.objects.values_list("role", flat=True)) == set(Officer.Role)
    assert Applicant.objects.filter(kind=Applicant.Kind.BUSINESS).exists()
    for username in DEMO_LOGINS:
        assert Officer.objects.get(username=username).check_password(DEMO_PASSWORD)


def test_history_is_marked_reaches_back_months_and_is_decided_by_the_right_people(
    demo: None,
) -> None:
    for rows in (ScoreRevision, Evidence, CaptureSession, ReviewFlag):
        assert rows.objects.exists()
        assert not rows.objects.filter(simulated=False).exists(), rows
    times = ScoreRevision.objects.order_by("created_at").values_list("created_at", flat=True)
    assert (times.last() - times.first()).days > 300
    assert ReviewFlag.objects.filter(state="open").exists()
    assert not ApplicationDecision.objects.filter(simulated=False).exists()
    for decision in ApplicationDecision.objects.select_related("application", "officer"):
        if decision.application.flags.exists():
            assert decision.officer != decision.application.created_by
    assert audit.first_broken_event() is None


def test_each_month_has_its_report_and_months_of_few_raise_no_alarm(demo: None) -> None:
    reports = MonitoringReport.objects.filter(kind="stability")
    assert reports.count() == len(portfolio.months_scored()) > 10
    assert all(each.content["simulated_rows"] == each.content["rows"] for each in reports)
    assert not MonitoringAlarm.objects.exists()


def test_loans_have_outcomes_that_prove_nothing_and_a_policy_waits(demo: None) -> None:
    rows = LoanOutcome.objects.select_related("application")
    assert {True, False} <= set(rows.values_list("is_bad", flat=True))
    assert all(row.simulated and row.application.state == "approved" for row in rows)
    assert all(row.observed_on > row.application.decided_at.date() for row in rows)
    assert ApplicationDecision.objects.filter(is_override=True, outcome="approved").exists()
    assert ApplicationDecision.objects.filter(is_override=True, outcome="declined").exists()
    gate = proof.measure()
    assert not gate.is_open
    assert Half.TOO_FEW in gate.closed_by
    waiting = Policy.objects.get(activated_at__isnull=True)
    assert not waiting.is_active
    assert waiting.author.username == "analyst"


def test_a_filled_demo_is_left_alone(demo: None) -> None:
    before = AuditEvent.objects.count()
    call_command("seed_demo", "--once")
    assert AuditEvent.objects.count() == before
    with pytest.raises(CommandError, match="empty database"):
        call_command("seed_demo")


def test_accounts_come_first_and_a_cut_off_book_goes_on(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loans, "LOANS", 4)
    monkeypatch.setattr(seeding, "CASES", CASES[:2])
    call_command("seed_demo", "--once", "--accounts")
    assert Officer.objects.get(username="officer").check_password(DEMO_PASSWORD)
    assert not Applicant.objects.exists()
    seed_loan = loans.seed_loan
    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(loans, "seed_loan", lambda number, *rest: _cut_off(seed_loan, number, rest))
        call_command("seed_demo", "--once", stdout=StringIO())
    assert Applicant.objects.count() == 2 + 2
    call_command("seed_demo", "--once", stdout=StringIO())
    assert Applicant.objects.count() == 2 + 4
    assert Policy.objects.filter(author__username="analyst").count() == 1
    # As after an erasure: a whole book is not filled up again.
    Applicant.objects.filter(pk=Applicant.objects.first().pk).update(simulated=False)
    call_command("seed_demo", "--once", stdout=StringIO())
    assert Applicant.objects.count() == 2 + 4


def _cut_off(seed_loan: Callable[..., None], number: int, rest: tuple[object, ...]) -> None:
    """Stop as Ctrl-C would, in the middle of the third loan."""
    seed_loan(number, *rest)
    if number == 2:
        raise KeyboardInterrupt


def test_each_case_is_a_transaction_of_its_own(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long one would keep the lock of the audit trail, and requests would wait for it."""
    monkeypatch.setattr(loans, "LOANS", 2)
    outside, inside = len(connection.atomic_blocks), []
    monkeypatch.setattr(seeding, "_record", lambda *_: inside.append(len(connection.atomic_blocks)))
    monkeypatch.setattr(loans, "propose_once", lambda _analyst: None)
    call_command("seed_demo", stdout=StringIO())
    assert inside == [outside + 1] * (len(CASES) + 2)


def test_officers_of_a_bank_get_no_demo(officer: Officer) -> None:
    call_command("seed_demo", "--once")
    assert not Applicant.objects.exists()
    assert Officer.objects.get() == officer


def test_production_takes_no_demo_data(db: None, settings) -> None:  # type: ignore[no-untyped-def]
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="production"):
        call_command("seed_demo")
    assert not Officer.objects.exists()

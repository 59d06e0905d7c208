"""The page of overrides: counts by month, branch and direction, and its notes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from applicants.models import Officer
from scoring import overrides as reads
from scoring.models import ApplicationDecision, ScoreRevision
from scoring.services.rescore import rescore
from scoring.views.overrides import _a_year_ago
from tests.factories import ApplicationFactory, OfficerFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
URL = "scoring:overrides"


def decide(
    officer: Officer, outcome: str, *, is_override: bool, times: int = 1, **changes: Any
) -> None:
    for _ in range(times):
        application = ApplicationFactory(branch=officer.branch, created_by=officer)
        revision = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
        ApplicationDecision.objects.create(
            application=application, revision=revision, officer=officer, outcome=outcome,
            reason="The employer guarantees the loan.", is_override=is_override, **changes,
        )  # fmt: skip


def test_overrides_are_counted_by_month_branch_and_direction(
    officer: Officer, other_branch_officer: Officer, analyst: Officer, client_of: ClientOf
) -> None:
    decide(officer, "approved", is_override=True)
    decide(officer, "approved", is_override=False)
    decide(officer, "declined", is_override=True)
    decide(other_branch_officer, "declined", is_override=False)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    decide(officer, "declined", is_override=True, created_at=long_ago)
    context = client_of(analyst).get(reverse(URL)).context
    month = date_format(timezone.localdate(), "M Y")
    assert context["months"] == [reads.OverrideCounts(month, 4, 1, 1)]
    assert context["branches"] == [
        reads.OverrideCounts("Harbour", 3, 1, 1),
        reads.OverrideCounts("Hill", 1, 0, 0),
    ]
    assert (context["everywhere"].rate, context["notes"]) == (0.5, [])
    assert [row.outcome for row in context["page"]] == ["declined", "approved"]


def test_a_senior_officer_sees_the_own_branch_only(
    senior: Officer, other_branch_officer: Officer, client_of: ClientOf
) -> None:
    decide(other_branch_officer, "approved", is_override=True)
    page = client_of(senior).get(reverse(URL))
    assert "No decision yet" in page.content.decode()


@pytest.mark.parametrize(
    ("is_override", "words"),
    [(False, "Harbour: no override in 2 decisions"), (True, "every one of 2 decisions")],
)
def test_no_override_and_nothing_else_are_both_noted(
    is_override: bool, words: str, officer: Officer, analyst: Officer, client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    decide(officer, "approved", is_override=is_override, times=2)
    assert client_of(analyst).get(reverse(URL)).context["notes"] == []
    monkeypatch.setattr(reads, "MIN_DECISIONS_FOR_A_NOTE", 2)
    assert words in client_of(analyst).get(reverse(URL)).content.decode()


def test_no_officer_is_named(officer: Officer, analyst: Officer, client_of: ClientOf) -> None:
    named = OfficerFactory(branch=officer.branch, first_name="Quirina", last_name="Zandvoort")
    decide(named, "approved", is_override=True)
    page = client_of(analyst).get(reverse(URL)).content.decode()
    assert "The employer guarantees the loan." in page
    assert "Zandvoort" not in page
    assert named.username not in page


@pytest.mark.parametrize(
    ("today", "since"), [((2026, 11, 26), (2025, 12)), ((2026, 12, 1), (2026, 1))]
)
def test_twelve_months_are_shown(today: tuple[int, int, int], since: tuple[int, int]) -> None:
    start = _a_year_ago(datetime(*today).date())
    assert (start.year, start.month, start.day) == (*since, 1)

"""Suggestions on the score page and the page that tries out other values."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, AuditEvent, FinancialProfile, Officer
from scoring import what_if
from scoring.models import ScoreRevision
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory, FinancialProfileFactory

pytestmark = pytest.mark.django_db

ClientOf = Callable[[Officer], Client]
HTMX = {"HX-Request": "true"}


def scored(officer: Officer, **finances: object) -> Application:
    application = ApplicationFactory(branch=officer.branch, created_by=officer, profile=None)
    FinancialProfileFactory(application=application, **finances)
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    return application


@pytest.fixture
def declined(officer: Officer) -> Application:
    """Far below the cut-off, for its cards alone."""
    return scored(officer, card_utilisation_percent=92, overdue_payments=1, recent_enquiries=4)


def changes_of(client: Client, application: Application) -> str:
    return client.get(reverse("scoring:score_changes", args=[application.pk])).content.decode()


def test_suggestions_reach_the_cut_off_and_name_their_score(declined: Application) -> None:
    revision = declined.score_revisions.get()
    advice = what_if.advise(revision)
    cut_off = revision.policy.parsed.approval_cut_off_points
    assert revision.financial_score < cut_off and str(cut_off) in advice.goal
    assert advice.suggestions
    for suggestion in advice.suggestions:
        assert suggestion.score_points >= cut_off
        assert suggestion.change_points == suggestion.score_points - revision.financial_score


def test_the_panel_writes_each_suggestion_and_what_is_never_suggested(
    declined: Application, officer: Officer, client_of: ClientOf
) -> None:
    page = changes_of(client_of(officer), declined)
    suggestion = what_if.advise(declined.score_revisions.get()).suggestions[0]
    assert suggestion.sentences[0] in page
    assert "of the limits" in page and "Only time makes a credit history longer." in page


def test_where_nothing_helps_the_panel_says_so(officer: Officer, client_of: ClientOf) -> None:
    application = scored(officer, overdue_payments=9, card_utilisation_percent=5)
    assert "No change that a person can make" in changes_of(client_of(officer), application)


def test_the_best_class_needs_no_suggestion(officer: Officer, client_of: ClientOf) -> None:
    application = scored(officer, card_utilisation_percent=5)
    assert "there is nothing to suggest" in changes_of(client_of(officer), application)


def test_a_score_of_other_estimators_gets_no_suggestion(declined: Application) -> None:
    revision = declined.score_revisions.get()
    revision.financial_score += 1
    assert what_if.advise(revision).is_outdated


def try_out(client: Client, application: Application, **values: object) -> tuple[int, str]:
    given = {"amount": application.amount, "card_utilisation_percent": "92", **values}
    address = reverse("scoring:what_if", args=[application.pk])
    answer = client.post(address, given, headers=HTMX)
    return answer.status_code, answer.content.decode()


def test_trying_a_value_shows_both_scores_and_stores_nothing(
    declined: Application, officer: Officer, client_of: ClientOf
) -> None:
    client = client_of(officer)
    rows = (ScoreRevision, FinancialProfile)
    before = [record.objects.count() for record in rows]
    audited = list(AuditEvent.objects.values_list("pk", flat=True))
    status, page = try_out(client, declined, card_utilisation_percent="10")
    now = declined.score_revisions.get().financial_score
    then = what_if.outcome(declined.score_revisions.get(), {"card_utilisation_percent": 10})
    assert status == 200 and then.score_points > now
    assert str(now) in page and str(then.score_points) in page
    assert "Card balances use only 10 % of the limits." in page
    assert [record.objects.count() for record in rows] == before
    told = AuditEvent.objects.exclude(pk__in=audited)
    assert [row.action for row in told] == ["score.viewed"], "that it was looked at, nothing else"


def test_a_value_that_cannot_be_is_refused_by_name(
    declined: Application, officer: Officer, client_of: ClientOf
) -> None:
    status, page = try_out(client_of(officer), declined, card_utilisation_percent="140")
    assert status == 422 and "Card utilisation" in page and "less than or equal to 100" in page


def test_a_field_left_empty_stays_as_the_application_has_it(
    declined: Application, officer: Officer, client_of: ClientOf
) -> None:
    _status, page = try_out(client_of(officer), declined, card_utilisation_percent="")
    assert f">{declined.score_revisions.get().financial_score} <" in page


def test_without_scripts_a_post_gives_the_whole_page(
    declined: Application, officer: Officer, client_of: ClientOf
) -> None:
    address = reverse("scoring:what_if", args=[declined.pk])
    page = client_of(officer).post(address, {"amount": "5000"}).content.decode()
    assert "<html" in page and 'value="5000"' in page

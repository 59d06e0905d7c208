"""The letter to a declined applicant, and the same suggestions through the API."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.errors import ProblemError
from applicants.models import Application, AuditEvent, Officer
from scoring.decision_letter import FORBIDDEN, language_of, letter_of
from scoring.models import ApplicationDecision, ScoreRevision
from scoring.services.rescore import rescore
from tests.factories import ApplicationFactory, FinancialProfileFactory, give_consents

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
ApiOf = Callable[[Officer], APIClient]


def scored(officer: Officer, **finances: object) -> Application:
    application = ApplicationFactory(branch=officer.branch, created_by=officer, profile=None)
    FinancialProfileFactory(application=application, **finances)
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    return application


def decline(application: Application, officer: Officer, **changes: object) -> Application:
    ApplicationDecision.objects.create(
        application=application, revision=application.score_revisions.get(), officer=officer,
        outcome="declined", **({"reason": "Below the cut-off."} | changes),
    )  # fmt: skip
    return application


@pytest.fixture
def weak(officer: Officer) -> Application:
    return scored(officer, card_utilisation_percent=92, overdue_payments=1, recent_enquiries=4)


def article(client: Client, application: Application, **query: str) -> str:
    page = client.get(reverse("scoring:decision_letter", args=[application.pk]), query)
    found = re.search(r"<article.*?</article>", page.content.decode(), re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", " ", found[0])


def test_it_names_the_reasons_of_the_score_and_what_would_change_it(
    weak: Application, officer: Officer, client_of: ClientOf
) -> None:
    decline(weak, officer)
    revision = weak.score_revisions.get()
    letter = letter_of(weak, "en")
    assert letter.reasons == tuple(reason["text"] for reason in revision.reasons)
    assert 1 <= len(letter.reasons) <= 4
    assert all(each.score_points >= letter.cut_off for each in letter.suggestions)
    told = article(client_of(officer), weak)
    assert "Card balances use 92 % of the limits" in told
    assert f"{revision.financial_score}" in told and "300 to 850" in told
    assert "another person looks at the decision again" in told
    event = AuditEvent.objects.get(action="decision.letter_made")
    assert (event.actor, event.detail["language"]) == (officer, "en")
    assert event.detail["sha256"] == letter.sha256


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_it_holds_nothing_that_can_never_be_a_reason(
    weak: Application, officer: Officer, client_of: ClientOf, language: str
) -> None:
    told = article(client_of(officer), decline(weak, officer), letter=language)
    assert not FORBIDDEN.search(told)


def test_it_is_in_the_language_of_the_applicant(
    weak: Application, officer: Officer, client_of: ClientOf
) -> None:
    decline(weak, officer)
    assert language_of(weak) == "en"
    give_consents(weak.applicant)
    weak.applicant.consents.update(language="zh-Hans")
    told = article(client_of(officer), weak)
    assert "关于您申请的决定" in told
    left = re.sub(rf"{weak.applicant}|{weak.number}|{weak.branch}|{weak.currency}", "", told)
    assert not re.findall(r"[A-Za-z]{4,}", left)


def test_against_the_score_the_reason_is_that_of_the_person(officer: Officer) -> None:
    strong = scored(officer, card_utilisation_percent=5)
    reason = "The income could not be confirmed by the employer."
    decline(strong, officer, reason=reason, is_override=True)
    letter = letter_of(strong, "en")
    assert (letter.reasons, letter.suggestions) == ((reason,), ())
    other = scored(officer, card_utilisation_percent=5)
    decline(other, officer, reason="Her voice trembled.", is_override=True)
    with pytest.raises(ProblemError) as refused:
        letter_of(other, "en")
    assert refused.value.code == "forbidden_reason"


def test_without_a_decision_there_is_no_letter(
    weak: Application, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:decision_letter", args=[weak.pk])
    answer = client_of(officer).get(url, follow=True)
    assert "once the application is declined" in answer.content.decode()
    assert not AuditEvent.objects.filter(action="decision.letter_made").exists()


def test_the_api_gives_suggestions_that_were_scored_again(
    weak: Application, officer: Officer, other_branch_officer: Officer, api_of: ApiOf
) -> None:
    url = reverse("api_counterfactuals", args=[weak.pk])
    told = api_of(officer).get(url).json()
    assert told["financial_score"] == weak.score_revisions.get().financial_score
    assert told["suggestions"]
    for each in told["suggestions"]:
        assert each["financial_score"] >= told["cut_off_points"]
        gained = each["financial_score"] - told["financial_score"]
        assert each["change_points"] == gained > 0
        assert all(change["before"] != change["after"] for change in each["changes"])
    assert api_of(other_branch_officer).get(url).status_code == 404


def test_the_api_says_that_there_is_no_score(officer: Officer, api_of: ApiOf) -> None:
    empty = ApplicationFactory(branch=officer.branch, created_by=officer, profile=None)
    answer = api_of(officer).get(reverse("api_counterfactuals", args=[empty.pk]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "score_missing")

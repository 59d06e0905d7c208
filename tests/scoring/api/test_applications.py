from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Application, Officer
from scoring.models import ScoreRevision
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]

FINANCIALS = {
    "annual_income": 48000,
    "monthly_debt_payments": 600,
    "employment_years": 5,
    "credit_history_years": 7,
    "overdue_payments": 1,
    "card_utilisation_percent": 62.5,
    "total_assets": 60000,
    "total_liabilities": 20000,
    "open_accounts": 4,
    "recent_enquiries": 1,
}


@pytest.fixture
def body(officer: Officer) -> dict[str, Any]:
    applicant = ApplicantFactory(branch=officer.branch, created_by=officer)
    return {
        "applicant": str(applicant.pk),
        "amount": 12000,
        "currency": "EUR",
        "term_months": 36,
        "purpose": "car",
        "financials": dict(FINANCIALS),
    }


def post(client: APIClient, body: dict[str, Any]) -> Any:
    return client.post(reverse("api_applications"), body, format="json")


def test_a_new_application_answers_with_its_explained_score(
    api_of: ApiOf, officer: Officer, body: dict[str, Any]
) -> None:
    response = post(api_of(officer), body)
    assert response.status_code == 201
    application = Application.objects.get(pk=response.data["id"])
    score = response.data["score"]
    points = sum(each["points"] for each in score["contributions"])
    assert score["base_points"] + points == score["financial_score"]
    assert score["financial_score"] + score["adjustment"] == score["final_score"]
    assert score["credit_class"] in {"good", "standard", "poor"}
    assert score["reasons"][0]["characteristic"] == "overdue_payments"
    assert set(score["reasons"][0]) == {"code", "text", "characteristic", "value", "points"}
    assert application.profile().income_stable is True


def test_the_answer_is_what_is_read_afterwards(
    api_of: ApiOf, officer: Officer, body: dict[str, Any]
) -> None:
    client = api_of(officer)
    given = post(client, body).json()
    read = client.get(reverse("api_application", args=[given["id"]])).json()
    assert given == read


def test_opening_an_application_asks_the_database_little(
    api_of: ApiOf, officer: Officer, body: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    client = api_of(officer)
    post(client, body)  # the first request of an installation makes its policy
    with django_assert_max_num_queries(21):
        assert post(client, body).status_code == 201


def test_missing_factors_are_allowed_and_named(
    api_of: ApiOf, officer: Officer, body: dict[str, Any]
) -> None:
    body["financials"] = {"overdue_payments": 0}
    response = post(api_of(officer), body)
    assert response.status_code == 201
    assert "card_utilisation_percent" in response.data["score"]["missing"]
    assert "overdue_payments" not in response.data["score"]["missing"]


def test_no_financials_at_all_are_scored_as_missing(
    api_of: ApiOf, officer: Officer, body: dict[str, Any]
) -> None:
    del body["financials"]
    assert post(api_of(officer), body).status_code == 201


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("annual_income", -1),
        ("card_utilisation_percent", 101),
        ("overdue_payments", -2),
        ("overdue_payments", "many"),
        ("total_assets", "1e99"),
        ("income", 5),
        ("income_stable", "perhaps"),
    ],
)
def test_a_wrong_factor_is_refused_by_name(
    api_of: ApiOf, officer: Officer, body: dict[str, Any], name: str, value: object
) -> None:
    body["financials"][name] = value
    response = post(api_of(officer), body)
    assert response.status_code == 400
    assert response.data["error"]["code"] == "invalid"
    assert f"financials.{name}" in response.data["error"]["fields"]
    assert Application.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "value"), [("amount", 0), ("term_months", 0), ("purpose", "x"), ("currency", "ZZZ")]
)
def test_a_wrong_loan_is_refused_by_name(
    api_of: ApiOf, officer: Officer, body: dict[str, Any], name: str, value: object
) -> None:
    response = post(api_of(officer), {**body, name: value})
    assert response.status_code == 400
    assert name in response.data["error"]["fields"]
    assert Application.objects.count() == 0


def test_the_currency_does_not_move_the_score(
    api_of: ApiOf, officer: Officer, body: dict[str, Any]
) -> None:
    euros = post(api_of(officer), body).data["score"]
    body["amount"] *= 150
    for name in ("annual_income", "monthly_debt_payments", "total_assets", "total_liabilities"):
        body["financials"][name] *= 150
    yen = post(api_of(officer), {**body, "currency": "JPY"}).data["score"]
    assert yen["final_score"] == euros["final_score"]
    assert yen["contributions"] == euros["contributions"]


def test_new_finances_append_a_revision(
    api_of: ApiOf, officer: Officer, body: dict[str, Any]
) -> None:
    client = api_of(officer)
    created = post(client, body).data
    url = reverse("api_application_financials", args=[created["id"]])
    response = client.post(url, {**FINANCIALS, "overdue_payments": 5}, format="json")
    assert response.status_code == 201
    assert (response.data["sequence"], response.data["cause"]) == (2, "profile_changed")
    assert response.data["final_score"] < created["score"]["final_score"]


def test_the_list_and_the_detail_show_the_current_score(
    api_of: ApiOf, officer: Officer, scored: Application
) -> None:
    client = api_of(officer)
    listed = client.get(reverse("api_applications")).data
    detail = client.get(reverse("api_application", args=[scored.pk])).data
    assert listed["count"] == 1
    assert listed["results"][0] == detail
    assert detail["score"]["sequence"] == 1
    assert detail["financials"]["annual_income"] == 48000


def test_the_revisions_come_oldest_first_in_pages(
    api_of: ApiOf, officer: Officer, scored: Application
) -> None:
    data = api_of(officer).get(reverse("api_scores", args=[scored.pk])).data
    assert (data["count"], data["next"], data["previous"]) == (1, None, None)
    assert {
        "sequence",
        "created_at",
        "cause",
        "financial_score",
        "adjustment",
        "final_score",
        "credit_class",
        "probability_of_default",
        "reasons",
        "contributions",
        "models",
        "policy",
    } <= set(data["results"][0])


READS = ["api_application", "api_scores"]


@pytest.mark.parametrize("name", READS)
def test_a_stranger_sees_nothing(scored: Application, name: str) -> None:
    response = APIClient().get(reverse(name, args=[scored.pk]))
    assert response.status_code == 401
    assert response.data["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("name", READS)
def test_another_branch_does_not_exist(
    api_of: ApiOf, other_branch_officer: Officer, scored: Application, name: str
) -> None:
    response = api_of(other_branch_officer).get(reverse(name, args=[scored.pk]))
    assert response.status_code == 404


@pytest.mark.parametrize("name", READS)
def test_a_role_without_scores_is_refused(
    api_of: ApiOf, data_officer: Officer, scored: Application, name: str
) -> None:
    assert api_of(data_officer).get(reverse(name, args=[scored.pk])).status_code == 403


@pytest.mark.parametrize("name", READS)
def test_the_auditor_reads_every_branch(
    api_of: ApiOf, auditor: Officer, scored: Application, name: str
) -> None:
    assert api_of(auditor).get(reverse(name, args=[scored.pk])).status_code == 200


def test_who_may_not_open_an_application_opens_none(
    api_of: ApiOf, auditor: Officer, other_branch_officer: Officer, body: dict[str, Any]
) -> None:
    assert post(APIClient(), body).status_code == 401
    assert post(api_of(auditor), body).status_code == 403
    assert post(api_of(other_branch_officer), body).status_code == 404
    assert Application.objects.count() == 0


def test_who_may_not_revise_finances_revises_none(
    api_of: ApiOf, auditor: Officer, other_branch_officer: Officer, scored: Application
) -> None:
    url = reverse("api_application_financials", args=[scored.pk])
    assert APIClient().post(url, FINANCIALS, format="json").status_code == 401
    assert api_of(auditor).post(url, FINANCIALS, format="json").status_code == 403
    assert api_of(other_branch_officer).post(url, FINANCIALS, format="json").status_code == 404
    assert ScoreRevision.objects.count() == 1

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Application, AuditEvent, Officer
from scoring.batches.columns import COLUMNS
from scoring.engine.places import PLACES
from scoring.models import ApplicationDecision, BatchJob, ModelVersion, ScoreRevision
from scoring.services import policy as policies
from scoring.services.estimator_installing import install
from scoring.services.rescore import rescore
from tests.scoring.own_estimators import ORIGIN, write_own_scorecard

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]
URL = "/api/v1/scores/"
PERSON: dict[str, Any] = {
    "annual_income": 48000, "monthly_debt_payments": 600, "employment_years": 5.5,
    "income_stable": True, "credit_history_years": 7, "overdue_payments": 2,
    "card_utilisation_percent": 85.5, "total_assets": 60000, "total_liabilities": 20000,
    "open_accounts": 4, "recent_enquiries": 1, "amount": 12000, "term_months": 36,
}  # fmt: skip


def send(client: APIClient, **changes: Any) -> Any:
    return client.post(URL, PERSON | changes, format="json")


def test_it_is_the_financial_score_of_an_application(
    api_of: ApiOf, analyst: Officer, application: Application
) -> None:
    profile = application.profile()
    assert profile is not None
    revision = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    factors = {"amount": application.amount, "term_months": application.term_months}
    factors |= {name: value for name, value in profile.factors().items() if value is not None}
    row = {name: float(value) if isinstance(value, Decimal) else value
           for name, value in factors.items()}  # fmt: skip
    data = api_of(analyst).post(URL, row, format="json").json()
    for name in ("financial_score", "base_points", "contributions", "missing", "estimator", "band",
                 "probability_of_default", "reasons"):  # fmt: skip
        assert data[name] == getattr(revision, name), name
    assert data["credit_class"] == revision.financial_class
    assert data["policy"] == {"version": revision.policy.version, "profile": "demo"}
    assert {each["sha256"] for each in revision.models_used} <= {
        each["sha256"] for each in data["models"]
    }


def test_base_points_and_contributions_are_the_score(api_of: ApiOf, senior: Officer) -> None:
    data = send(api_of(senior), reference="=R-17").json()
    points = [each["points"] for each in data["contributions"]]
    assert data["base_points"] + sum(points) == data["financial_score"]
    assert data["reference"] == "=R-17"
    assert set(data["reasons"][0]) == {"code", "text", "characteristic", "value", "points"}
    first = data["reasons"][0]
    assert first["value"] in {2.0, 85.5}
    assert first["points"] < 0


def test_a_firm_is_scored_by_the_scorecard_of_firms(api_of: ApiOf, analyst: Officer) -> None:
    firm = {"kind": "business", "employees": 12, "jobs_created": 2, "real_estate_backed": True}
    data = api_of(analyst).post(URL, firm, format="json").json()
    assert data["estimator"] == "business_scorecard"
    as_a_file_says_it = {**firm, "is_business": "yes"}
    del as_a_file_says_it["kind"]
    assert api_of(analyst).post(URL, as_a_file_says_it, format="json").json() == data


def test_reasons_are_said_in_the_language_that_is_asked_for(
    api_of: ApiOf, analyst: Officer
) -> None:
    english = send(api_of(analyst)).json()["reasons"]
    answer = api_of(analyst).post(
        URL, PERSON, format="json", headers={"accept-language": "zh-hans"}
    )
    chinese = answer.json()["reasons"]
    assert [each["code"] for each in chinese] == [each["code"] for each in english]
    assert chinese[0]["text"] != english[0]["text"]


def test_wrong_values_are_refused_by_name(api_of: ApiOf, analyst: Officer) -> None:
    answer = send(api_of(analyst), annual_income=-5, overdue_payments="two", anual_income=1)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert set(error["fields"]) == {"annual_income", "overdue_payments", "anual_income"}
    assert not AuditEvent.objects.filter(action="row.scored").exists()


@pytest.mark.parametrize("body", [[], [PERSON], "text", 7, {}])
def test_what_is_no_row_is_refused(api_of: ApiOf, analyst: Officer, body: object) -> None:
    answer = api_of(analyst).post(URL, body, format="json")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_only_who_may_send_batches_is_answered(
    api_of: ApiOf, officer: Officer, senior: Officer, analyst: Officer, admin: Officer
) -> None:
    assert send(APIClient()).status_code == 401
    for refused in (officer, admin):
        assert send(api_of(refused)).status_code == 403
    for allowed in (senior, analyst):
        assert send(api_of(allowed)).status_code == 200


def test_it_leaves_one_line_without_a_word_about_the_person(
    api_of: ApiOf, analyst: Officer
) -> None:
    data = send(api_of(analyst), reference="Mira Sample").json()
    (event,) = AuditEvent.objects.filter(actor=analyst)
    assert event.action == "row.scored"
    assert event.detail == {
        "policy": data["policy"]["version"],
        "models": [each["sha256"] for each in data["models"]],
    }
    for kept in (Application, ScoreRevision, ApplicationDecision, BatchJob):
        assert not kept.objects.exists()


def test_it_asks_the_database_for_policy_and_estimators_and_leaves_its_line(
    api_of: ApiOf, analyst: Officer, django_assert_num_queries: Any
) -> None:
    client = api_of(analyst)
    send(client)  # the first request of an installation makes its policy
    with django_assert_num_queries(4):
        send(client)


def test_the_next_row_follows_a_policy_put_in_force(
    api_of: ApiOf, analyst: Officer, senior: Officer
) -> None:
    """The SQL is kept between requests, never what it found."""
    client = api_of(analyst)
    first = send(client).json()["policy"]["version"]
    parameters = {**policies.active().parameters, "approval_cut_off_points": 580}
    proposed = policies.propose(officer=analyst, parameters=parameters, reason="Quarterly review.")
    policies.activate(proposed, officer=senior)
    assert send(client).json()["policy"]["version"] == proposed.version == first + 1


def test_the_next_row_follows_a_scorecard_put_in_force(
    api_of: ApiOf, analyst: Officer, tmp_path: Path, settings: Any
) -> None:
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    client, shipped = api_of(analyst), {"scorecard"}
    before = {each["name"]: each["sha256"] for each in send(client).json()["models"]}
    version = install(
        write_own_scorecard(tmp_path / "given"), ORIGIN, PLACES["scorecard"], officer=analyst
    )
    ModelVersion.objects.filter(name__in=shipped).exclude(pk=version.pk).update(state="retired")
    ModelVersion.objects.filter(pk=version.pk).update(state=ModelVersion.State.ACTIVE)
    after = {each["name"]: each["sha256"] for each in send(client).json()["models"]}
    assert after["scorecard"] == version.sha256 != before["scorecard"]


def test_the_schema_names_every_column_and_what_is_answered() -> None:
    schema = Client().get(reverse("api_schema"), headers={"accept": "application/json"}).json()
    operation = schema["paths"][URL]["post"]
    shapes = schema["components"]["schemas"]
    asked = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    answered = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert set(shapes[asked.split("/")[-1]]["properties"]) == {*COLUMNS, "kind"}
    assert {"financial_score", "reasons", "policy"} <= set(
        shapes[answered.split("/")[-1]]["properties"]
    )

"""The pages and the API of outcomes."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Application, Officer
from scoring.models import LoanOutcome
from scoring.views import outcomes as views
from tests.scoring.services.test_outcomes import decided, table

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def loan(application: Application) -> Application:
    return decided(application)


def upload(client: Client, content: bytes) -> object:
    file = SimpleUploadedFile("outcomes.csv", content, content_type="text/csv")
    return client.post(reverse("scoring:outcome_list"), {"table": file})


def test_an_outcome_is_recorded_on_its_page(
    loan: Application, senior: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:outcome_new", args=[loan.pk])
    given = {"outcome": "bad", "observed_on": "2026-11-10", "days_past_due": "95"}
    assert client_of(senior).post(url, given).status_code == 302
    outcome = LoanOutcome.objects.get()
    assert (outcome.is_bad, outcome.days_past_due, outcome.source) == (True, 95, "page")
    given = {"outcome": "good", "observed_on": "2026-11-08", "replaces": "on"}
    client_of(senior).post(url, given)
    assert LoanOutcome.objects.standing().get().observed_on == date(2026, 11, 8)
    assert "corrected" in client_of(senior).get(url).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"observed_on": "2026-11-01"}, "observed_on"),
        ({"observed_on": "10.11."}, "observed_on"),
        ({"days_past_due": "99999"}, "days_past_due"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(
    changes: dict[str, str], field: str, loan: Application, senior: Officer, client_of: ClientOf
) -> None:
    given = {"outcome": "bad", "observed_on": "2026-11-10"} | changes
    response = client_of(senior).post(reverse("scoring:outcome_new", args=[loan.pk]), given)
    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_a_table_is_imported_with_a_report(
    loan: Application, analyst: Officer, client_of: ClientOf
) -> None:
    response = upload(
        client_of(analyst), table(f"{loan.number},2026-11-10,good,0", "x,2026-11-10,good,")
    )
    assert response.status_code == 200
    assert (response.context["report"].kept, response.context["counts"]["good"]) == (1, 1)
    page = response.content.decode()
    assert "There is no such application." in page


def test_a_table_that_is_too_long_or_none_is_refused_at_the_field(
    analyst: Officer, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "IMPORT_ROWS", 1)
    for content in (b"", b"a,b", table("a,2026-11-10,good,", "b,2026-11-10,good,")):
        response = upload(client_of(analyst), content)
        assert response.status_code == 422
        assert "table" in response.context["form"].errors


def test_an_auditor_reads_and_imports_nothing(
    loan: Application, auditor: Officer, client_of: ClientOf
) -> None:
    assert client_of(auditor).get(reverse("scoring:outcome_list")).status_code == 200
    assert upload(client_of(auditor), table(f"{loan.number},2026-11-10,good,")).status_code == 403
    assert not LoanOutcome.objects.exists()


def test_the_api_takes_an_outcome(
    loan: Application, analyst: Officer, senior: Officer, api_of: Callable[[Officer], APIClient]
) -> None:
    url = reverse("api_outcomes")
    given = {"application": str(loan.pk), "observed_on": "2026-11-10", "outcome": "bad"}
    answer = api_of(analyst).post(url, given, format="json")
    assert answer.status_code == 201
    assert (answer.json()["outcome"], answer.json()["source"]) == ("bad", "api")
    wrong = api_of(analyst).post(url, given | {"outcome": "lost"}, format="json")
    assert (wrong.status_code, list(wrong.json()["error"]["fields"])) == (400, ["outcome"])
    early = api_of(analyst).post(url, given | {"observed_on": "2026-11-01"}, format="json")
    assert list(early.json()["error"]["fields"]) == ["observed_on"]
    assert api_of(senior).get(url).json()["count"] == 1

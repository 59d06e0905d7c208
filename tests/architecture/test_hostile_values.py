"""Hostile values in the bodies of the API: an answer that says what is wrong, always."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from scoring.services import policy as policies
from tests.architecture.hostile import HOSTILE, bearer, without_failures
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def test_applicants(failing_is_answered: ClientOf, officer: Officer) -> None:
    body = {
        "kind": "person", "given_name": "Mira", "family_name": "Sample",
        "date_of_birth": "1984-03-09", "national_id": "", "name": "", "founded": None,
        "registration_number": "", "email": "", "phone": "", "country": "DE",
    }  # fmt: skip
    client = failing_is_answered(officer)
    assert without_failures(client, reverse("api_applicants"), body, officer) == []


def test_consents(failing_is_answered: ClientOf, officer: Officer) -> None:
    applicant = ApplicantFactory(branch=officer.branch, created_by=officer)
    body = {"applicant": str(applicant.pk), "scopes": ["recording"], "language": "en"}
    client = failing_is_answered(officer)
    assert without_failures(client, reverse("api_consents"), body, officer) == []


def test_applications_and_sessions(
    failing_is_answered: ClientOf, officer: Officer, application: Application
) -> None:
    client = failing_is_answered(officer)
    body = {
        "applicant": str(application.applicant_id), "amount": 1, "currency": "EUR",
        "term_months": 12, "purpose": "car", "financials": {},
    }  # fmt: skip
    assert without_failures(client, reverse("api_applications"), body, officer) == []
    body = {"application": str(application.pk)}
    assert without_failures(client, reverse("api_sessions"), body, officer) == []


def test_financials(
    failing_is_answered: ClientOf, officer: Officer, application: Application
) -> None:
    names = ("annual_income", "employment_years", "income_stable", "open_accounts")
    url = reverse("api_application_financials", args=[application.pk])
    client = failing_is_answered(officer)
    assert without_failures(client, url, dict.fromkeys(names), officer) == []


def test_one_row(failing_is_answered: ClientOf, analyst: Officer) -> None:
    names = ("reference", "kind", "is_business", "annual_income", "open_accounts", "term_months")
    client, url = failing_is_answered(analyst), reverse("api_row_score")
    assert without_failures(client, url, dict.fromkeys(names), analyst) == []
    for value in HOSTILE:
        whole = client.post(url, value, content_type="application/json", headers=bearer(analyst))
        assert whole.status_code in {400, 422}, value[:40]


def test_rows_of_german_credit_and_of_tokens(
    failing_is_answered: ClientOf, analyst: Officer
) -> None:
    client, headers = failing_is_answered(analyst), bearer(analyst)
    urls = [reverse("scoring:predict_credit_risk"), reverse("api_german_credit")]
    bodies = [(url, "[%s]") for url in urls]
    bodies += [
        (reverse("api_token_predict"), form)
        for form in ('{"tenant": "demo", "rows": [%s]}', '{"tenant": %s, "rows": []}')
    ]
    for url, form in bodies:
        for value in HOSTILE:
            for row in (value, f'{{"purpose": {value}, "duration": {value}, "more": {value}}}'):
                content = form % row
                answer = client.post(url, content, content_type="application/json", headers=headers)
                assert 400 <= answer.status_code < 500, (url, value[:40], answer.status_code)


def test_policies(failing_is_answered: ClientOf, admin: Officer) -> None:
    client = failing_is_answered(admin)
    url, parameters = reverse("api_policies"), policies.active().parameters
    reason = "Because a test asks for it."
    assert without_failures(client, url, {"parameters": {}, "reason": reason}, admin) == []
    headers, failures = bearer(admin), []
    for name in parameters:
        rest = {key: each for key, each in parameters.items() if key != name}
        for value in (*HOSTILE, '[{"name": "\\u0000", "from_points": 300}]', '{"face": 1e400}'):
            inner = json.dumps(rest)[:-1] + f', "{name}": {value}}}'
            text = f'{{"reason": "{reason}", "parameters": {inner}}}'
            response = client.post(url, text, content_type="application/json", headers=headers)
            if response.status_code >= 500:
                failures.append(f"{name}={value[:40]}")
    assert failures == []

"""Hostile values typed into forms, addresses and headers: an answer, never a failure of ours."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from applicants.services import subject_requests
from media_processing.services.sessions import open_session
from scoring.services.rescore import rescore
from tests.architecture.hostile import TYPED
from tests.factories import give_consents

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def test_queries(failing_is_answered: ClientOf, officer: Officer) -> None:
    client, failures = failing_is_answered(officer), []
    pages = {
        "applicant_list": ("q", "page"),
        "applicant_new": ("kind",),
        "scoring:work_list": ("tab", "state", "class", "sort", "size", "page"),
        "scoring:review_queue": ("tab", "page"),
        "media:question_list_new": ("copy",),
        "api_flags": ("state", "page", "page_size"),
        "api_applicants": ("page", "page_size"),
    }
    for page, names in pages.items():
        for name in names:
            for value in ("\0", "²", "9" * 5000, "-1", "'\"<", "😀", "%00"):
                response = client.get(reverse(page), {name: value})
                if response.status_code >= 500:
                    failures.append(f"{page} {name}={value[:20]!r}")
    assert failures == []


def test_rights_of_people(
    failing_is_answered: ClientOf, data_officer: Officer, application: Application
) -> None:
    """Each field of the pages of the data officer."""
    person = application.applicant
    wrong = subject_requests.receive(person, "rectify", officer=data_officer)
    copy = subject_requests.receive(person, "export", officer=data_officer)
    pages = {
        reverse("subjects:subject", args=[person.pk]): {
            "kind": "", "received_on": "2026-01-05", "note": "x"},
        reverse("subjects:correct", args=[wrong.pk]): {
            "personal-given_name": "Mira", "personal-date_of_birth": "1984-03-09",
            "finances-annual_income": "1", "finances-employment_years": "1"},
        reverse("subjects:download", args=[copy.pk]): {"password": "wrong"},
    }  # fmt: skip
    client, failures = failing_is_answered(data_officer), []
    for url, body in pages.items():
        for name in body:
            for value in TYPED:
                if client.post(url, {**body, name: value}).status_code >= 500:
                    failures.append(f"{url} {name}={value[:20]!r}")
    for page, names in {
        "subjects:requests": ("find", "tab", "page"),
        "subjects:access": ("person", "officer", "action", "since", "until", "page"),
        "subjects:access_csv": ("person", "officer", "since"),
    }.items():
        for name in names:
            for value in TYPED:
                if client.get(reverse(page), {name: value[:3000]}).status_code >= 500:
                    failures.append(f"{page} {name}={value[:20]!r}")
    assert failures == []


def test_forms(failing_is_answered: ClientOf, officer: Officer, application: Application) -> None:
    """Each field of each form, typed into by somebody who means harm."""
    give_consents(application.applicant)
    rescore(application, "application_created")
    session = open_session(application, officer=officer)
    applicant = application.applicant_id
    loan = {"amount": "1", "currency": "EUR", "term_months": "12", "purpose": "car"}
    money = {"annual_income": "1", "employment_years": "1", "open_accounts": "1",
             "card_utilisation_percent": "1"}  # fmt: skip
    person = {"given_name": "Mira", "family_name": "Sample", "date_of_birth": "1984-03-09",
              "national_id": "1", "email": "m@example.org", "phone": "1",
              "country": "DE"}  # fmt: skip
    pages = {
        reverse("applicant_new"): person,
        reverse("applicant_edit", args=[applicant]): person,
        reverse("applicant_new") + "?kind=business": {"name": "Mill", "founded": "2001-01-01"},
        reverse("consent", args=[applicant]): {
            "scopes": "face", "channel": "signed", "language": "en"},
        reverse("media:withdraw_consent", args=[applicant]): {"scopes": "gait"},
        reverse("scoring:application_new", args=[applicant]): loan | money,
        reverse("scoring:profile_revise", args=[application.pk]): money,
        reverse("scoring:application_decide", args=[application.pk]): {
            "outcome": "", "reason": "Income and history are in order."},
        reverse("media:question_list_new"): {
            "name": "Car loans", "purpose": "consumer", "language": "en", "mode": "interview",
            "questions": "Which car is it?"},
        reverse("media:live_start", args=[session.pk]): {
            "kind": "interview", "chosen": "own", "own": "Which car is it?"},
        reverse("login"): {"username": "officer", "password": "wrong", "next": "/"},
    }  # fmt: skip
    client, failures = failing_is_answered(officer), []
    for url, body in pages.items():
        for name in body:
            for value in TYPED:
                status = client.post(url, {**body, name: value}).status_code
                if status >= 500:
                    failures.append(f"{url} {name}={value[:20]!r}")
    assert failures == []


@pytest.mark.parametrize("name", ["X-Request-ID", "X-Correlation-ID", "X-Forwarded-For"])
def test_a_header_of_a_client_cannot_stop_the_audit_trail(
    failing_is_answered: ClientOf, officer: Officer, application: Application, name: str
) -> None:
    client = failing_is_answered(officer)
    url = reverse("applicant_reveal", args=[application.applicant_id])
    for value in ("x" * 500, "999.1.1.1", "é", "::1%eth0"):
        assert client.post(url, headers={name: value}).status_code == 200

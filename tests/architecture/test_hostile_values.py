"""Hostile values at every way in: an answer that says what is wrong, never a failure of ours."""

import base64
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from applicants.services import subject_requests, tokens
from media_processing.services.live import capture, chunks
from media_processing.services.sessions import open_session
from scoring.services import policy as policies
from scoring.services.rescore import rescore
from tests.conftest import LOGIN_BACKEND
from tests.factories import PASSWORD, ApplicantFactory, give_consents

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]

# As JSON text, since some of them no serialiser would write.
HOSTILE = (
    "null",
    "-1",
    "1e400",
    "NaN",
    "9" * 400,
    '"a\\u0000b"',
    '"\\ud800"',
    '"' + "x" * 20_000 + '"',
    '"<script>alert(1)</script>"',
    '"=1+1"',
    "{}",
    "[[1]]",
    '{"\\u0000": 1}',
)


@pytest.fixture
def failing_is_answered(client_of: ClientOf) -> Callable[[Officer], Client]:
    """A client that answers 500 where the product fails, as the server would."""

    def signed_in(officer: Officer) -> Client:
        client = client_of(officer)
        client.raise_request_exception = False
        return client

    return signed_in


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def bearer(officer: Officer) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.issue(officer)}"}


def without_failures(client: Client, url: str, body: dict[str, Any], officer: Officer) -> list[str]:
    """Put each hostile value in place of each field; return what was answered with 500."""
    headers, failures = bearer(officer), []
    for name in body:
        for value in HOSTILE:
            rest = {key: each for key, each in body.items() if key != name}
            text = json.dumps(rest)[:-1] + (", " if rest else "") + f'"{name}": {value}}}'
            response = client.post(url, text, content_type="application/json", headers=headers)
            if response.status_code >= 500:
                failures.append(f"{url} {name}={value[:40]}")
    return failures


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


@pytest.mark.parametrize("name", ["X-Request-ID", "X-Correlation-ID", "X-Forwarded-For"])
def test_a_header_of_a_client_cannot_stop_the_audit_trail(
    failing_is_answered: ClientOf, officer: Officer, application: Application, name: str
) -> None:
    client = failing_is_answered(officer)
    url = reverse("applicant_reveal", args=[application.applicant_id])
    for value in ("x" * 500, "999.1.1.1", "é", "::1%eth0"):
        assert client.post(url, headers={name: value}).status_code == 200


def test_resumable_uploads(
    failing_is_answered: ClientOf, officer: Officer, application: Application
) -> None:
    give_consents(application.applicant)
    session, failures = open_session(application, officer=officer), []
    client, url = failing_is_answered(officer), reverse("media:uploads")
    lengths = ("", "-1", "²", "9" * 5000, "9" * 30, "0", "1e9", "٣")
    names = ("YQBi", "A" * 4000, "", "!!", "/w==")
    for length in lengths:
        for name in names:
            metadata = (
                f"session {_base64(str(session.pk))},kind {_base64('interview')},filename {name}"
            )
            headers = {"Tus-Resumable": "1.0.0", "Upload-Length": length,
                       "Upload-Metadata": metadata}  # fmt: skip
            response = client.post(url, headers=headers | bearer(officer))
            if response.status_code >= 500:
                failures.append(f"{length[:20]} {name[:20]}")
    assert failures == []


def test_live_recordings(
    failing_is_answered: ClientOf, officer: Officer, application: Application
) -> None:
    give_consents(application.applicant)
    session = open_session(application, officer=officer)
    live = capture.open_capture(officer, session, kind="interview", questions=["Why?"])
    chunks.begin_take(live, media_type="", client="tab")
    client = failing_is_answered(officer)
    mark = {"id": str(uuid.uuid4()), "question": 1, "take": 1, "t_ms": 5, "kind": "start"}
    opened = {"session": str(session.pk), "kind": "interview", "questions": ["Why?"]}
    take = {"media_type": "", "client": "tab", "take_over": True}
    bodies = {reverse("api_live_list"): opened, reverse("api_live_takes", args=[live.pk]): take,
              reverse("api_live_marks", args=[live.pk]): mark}  # fmt: skip
    for url, body in bodies.items():
        assert without_failures(client, url, body, officer) == []
    url, headers = reverse("api_live_subject", args=[live.pk]), bearer(officer)
    for value in HOSTILE:
        for name in ("face", "voice", "more"):
            body = f'{{"{name}": {value}}}'
            answer = client.put(url, body, content_type="application/json", headers=headers)
            assert answer.status_code < 500, (name, value[:40])
    piece = reverse("api_live_chunk", args=[live.pk, 1, 0])
    for value in ("", "-1", "²", "9" * 5000, "9" * 30, "1e9", "NaN", "٣"):
        answer = client.put(f"{piece}?t_end_ms={value}", b"\x1aE\xdf\xa3webm", headers=headers)
        assert answer.status_code < 500, value[:20]
        query = {"since": value}
        assert client.get(reverse("api_live", args=[live.pk]), query).status_code < 500
    assert client.put(piece, b"", headers=headers | {"Upload-Checksum": "é"}).status_code < 500


TYPED = (
    "\0", "x" * 20_000, "9" * 400, "9" * 5000, "1e400", "-1e400", "NaN", "Infinity", "-1", "²",
    "0001-01-01", "9999-12-31", "<script>alert(1)</script>", "=1+1", "٣",
)  # fmt: skip


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


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(officer: Officer, target: str) -> None:
    body = {"username": officer.username, "password": PASSWORD, "next": target}
    answer = Client().post(reverse("login"), body)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert "evil" not in answer["Location"]


def test_a_token_of_another_branch_reaches_nothing(
    other_branch_officer: Officer, application: Application, officer: Officer
) -> None:
    """Every identifier that a body or a header can carry, not only those in addresses."""
    session = open_session(application, officer=officer)
    client = Client(headers=bearer(other_branch_officer))
    bodies = {
        "api_sessions": {"application": str(application.pk)},
        "api_consents": {"applicant": str(application.applicant_id), "scopes": ["recording"]},
        "api_applications": {
            "applicant": str(application.applicant_id), "amount": 1, "currency": "EUR",
            "term_months": 12, "purpose": "car"},
    }  # fmt: skip
    for name, body in bodies.items():
        answer = client.post(reverse(name), body, content_type="application/json")
        assert answer.status_code == 404, name
    recording = {"session": str(session.pk), "kind": "voice", "file": io.BytesIO(b"RIFF")}
    assert client.post(reverse("api_recordings"), recording).status_code == 404
    metadata = f"session {_base64(str(session.pk))},kind {_base64('voice')}"
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": metadata}
    assert client.post(reverse("media:uploads"), headers=headers).status_code == 404


def test_a_cookie_alone_sends_no_piece(officer: Officer) -> None:
    """Another site can make a browser send the cookie, but not the CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend=LOGIN_BACKEND)
    url = reverse("media:upload", args=[uuid.uuid4()])
    content_type = "application/offset+octet-stream"
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    answer = client.patch(url, b"x", content_type=content_type, headers=headers)
    assert answer.status_code == 403

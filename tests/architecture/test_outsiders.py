"""Who is led elsewhere, or has a cookie or a token of another branch alone, reaches nothing."""

import io
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from media_processing.services.sessions import open_session
from tests.architecture.hostile import as_base64, bearer
from tests.conftest import LOGIN_BACKEND
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


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
    metadata = f"session {as_base64(str(session.pk))},kind {as_base64('voice')}"
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

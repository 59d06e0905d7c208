"""What a request leaves behind in the log and in the audit trail."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from applicants.models import Application, AuditEvent, Officer
from creditweb.middleware import RequestLog

ClientOf = Callable[[Officer], Client]


def test_the_log_does_not_hold_what_somebody_searched_for() -> None:
    request = RequestFactory().get("/applicants/", {"q": "Mira Sample"})
    assert RequestLog.format_request(request) == "GET /applicants/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seen", "kept"), [("192.0.2.7", "192.0.2.7"), ("", None), ("unix:", None)]
)
def test_nobody_chooses_the_address_in_the_audit_trail(
    client_of: ClientOf, officer: Officer, application: Application, seen: str, kept: str | None
) -> None:
    url = reverse("applicant_reveal", args=[application.applicant_id])
    client = client_of(officer)
    client.post(url, headers={"X-Forwarded-For": "198.51.100.9"}, REMOTE_ADDR=seen)
    assert AuditEvent.objects.get(action="applicant.revealed").ip == kept


@pytest.mark.django_db
def test_a_nul_in_the_address_is_refused(client_of: ClientOf, officer: Officer) -> None:
    assert client_of(officer).get("/applicants/?q=%00").status_code == 400

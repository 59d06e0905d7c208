"""The API of applicants and consents, as anonymous, wrong role, wrong branch and right role."""

import pytest
from django.test import Client

from applicants.models import Applicant, AuditEvent, Consent, Officer
from applicants.services import tokens
from applicants.services.readings import LISTED
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db

PERSON = {
    "kind": "person",
    "given_name": "Ada",
    "family_name": "Byron",
    "date_of_birth": "1985-12-10",
    "country": "GB",
}


def _bearer(officer: Officer) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(officer)}"}


def _post(officer: Officer | None, path: str, body: dict[str, object]):  # type: ignore[no-untyped-def]
    headers = _bearer(officer) if officer else {}
    return Client().post(path, body, content_type="application/json", headers=headers)


def test_an_officer_creates_an_applicant(officer: Officer) -> None:
    response = _post(officer, "/api/v1/applicants/", PERSON)
    assert response.status_code == 201
    applicant = Applicant.objects.get(pk=response.json()["id"])
    assert (applicant.branch, applicant.display_name) == (officer.branch, "Ada Byron")


def test_an_officer_creates_a_business(officer: Officer) -> None:
    response = _post(officer, "/api/v1/applicants/", {"kind": "business", "name": "Mill Ltd"})
    assert response.status_code == 201


def test_errors_have_one_shape_and_name_the_field(officer: Officer) -> None:
    response = _post(officer, "/api/v1/applicants/", PERSON | {"date_of_birth": "2090-01-01"})
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "invalid"
    assert error["fields"] == {"date_of_birth": "The date lies in the future."}
    assert not Applicant.objects.exists()


@pytest.mark.parametrize("path", ["/api/v1/applicants/", "/api/v1/consents/"])
def test_a_stranger_is_asked_for_a_token(db: None, path: str) -> None:
    response = _post(None, path, {})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"


def test_a_wrong_token_is_refused(db: None) -> None:
    response = Client().get("/api/v1/applicants/", headers={"Authorization": "Bearer cw_nothing"})
    assert response.status_code == 401


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_a_reader_creates_nothing(request: pytest.FixtureRequest, role: str) -> None:
    response = _post(request.getfixturevalue(role), "/api/v1/applicants/", PERSON)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"
    assert not Applicant.objects.exists()


def test_another_branch_is_not_found(officer: Officer, other_branch_officer: Officer) -> None:
    applicant = ApplicantFactory(branch=officer.branch, created_by=officer)
    path = f"/api/v1/applicants/{applicant.pk}/"
    assert Client().get(path, headers=_bearer(other_branch_officer)).status_code == 404
    assert Client().get(path, headers=_bearer(officer)).status_code == 200
    body = {"applicant": str(applicant.pk), "scopes": ["recording"]}
    assert _post(other_branch_officer, "/api/v1/consents/", body).status_code == 404
    assert not Consent.objects.exists()


def test_consent_is_recorded(officer: Officer) -> None:
    applicant = ApplicantFactory(branch=officer.branch, created_by=officer)
    body = {"applicant": str(applicant.pk), "scopes": ["recording", "face"]}
    response = _post(officer, "/api/v1/consents/", body)
    assert response.status_code == 201
    assert {row["scope"] for row in response.json()} == {"recording", "face"}


def test_lists_are_paged(officer: Officer) -> None:
    ApplicantFactory(branch=officer.branch, created_by=officer)
    response = Client().get("/api/v1/applicants/", headers=_bearer(officer))
    assert set(response.json()) == {"count", "next", "previous", "results"}
    assert response.json()["count"] == 1


def test_reading_personal_data_leaves_an_audit_row(officer: Officer) -> None:
    applicant = ApplicantFactory(branch=officer.branch, created_by=officer)
    client = Client(headers=_bearer(officer))
    assert client.get("/api/v1/applicants/").status_code == 200
    assert client.get(f"/api/v1/applicants/{applicant.pk}/").status_code == 200
    listed = AuditEvent.objects.get(action=LISTED)
    assert listed.actor == officer
    assert (listed.detail["record"], listed.detail["people"]) == (
        "applicants.Applicant",
        [str(applicant.pk)],
    )
    assert AuditEvent.objects.get(action="applicant.revealed").object_id == str(applicant.pk)


def test_head_asks_for_the_right_of_get(officer: Officer, admin: Officer) -> None:
    assert Client(headers=_bearer(officer)).head("/api/v1/applicants/").status_code == 200
    assert Client(headers=_bearer(admin)).head("/api/v1/applicants/").status_code == 403


@pytest.mark.parametrize("country", ["1!", "D", "<>"])
def test_a_country_is_two_letters(officer: Officer, country: str) -> None:
    response = _post(officer, "/api/v1/applicants/", PERSON | {"country": country})
    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["country"]

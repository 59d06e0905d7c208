"""Sessions, recordings, jobs and observations through the API, with a token as curl sends it."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from applicants.models import Application, Officer
from applicants.services import tokens
from media_processing.models import CaptureSession, Recording
from media_processing.services import jobs
from tests.factories import ObservationFactory, RecordingFactory

pytestmark = pytest.mark.django_db
API = "/api/v1"
ApiOf = Callable[[Officer], APIClient]


def _post(client: Any, session: CaptureSession, content: bytes, kind: str = "interview") -> Any:
    file = SimpleUploadedFile("interview.webm", content)
    values = {"session": str(session.pk), "kind": kind, "file": file}
    if isinstance(client, APIClient):
        return client.post(f"{API}/recordings/", values, format="multipart")
    return client.post(f"{API}/recordings/", values)


def test_the_road_from_session_to_job_with_a_token(
    officer: Officer, application: Application, session: CaptureSession, webm: bytes
) -> None:
    client = Client(headers={"Authorization": f"Bearer {tokens.issue(officer)}"})
    opened = client.post(f"{API}/sessions/", {"application": str(application.pk)},
                         content_type="application/json")  # fmt: skip
    assert opened.status_code == 201
    own = CaptureSession.objects.get(pk=opened.json()["id"])
    accepted = _post(client, own, webm)
    assert accepted.status_code == 202
    assert set(accepted.json()) == {"id", "job"}
    job = client.get(f"{API}/jobs/{accepted.json()['job']}/").json()
    assert job["status"] == "queued"
    assert job["progress"] == 0
    assert [stage["name"] for stage in job["stages"]] == [
        "canonicalise", "face", "voice", "gait", "handover",
    ]  # fmt: skip
    assert {"name", "state", "done", "total", "error"} <= set(job["stages"][0])
    jobs.cancel(Recording.objects.get().job, officer=officer)
    assert client.get(f"{API}/jobs/{job['id']}/").json()["status"] == "cancelled"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 422, "empty_file"), (b"%PDF-1.7" + bytes(50), 415, "not_media")],
)
def test_a_wrong_file_is_told_in_the_error_shape(
    api_of: ApiOf, officer: Officer, session: CaptureSession, content: bytes, status: int, code: str
) -> None:
    answer = _post(api_of(officer), session, content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Recording.objects.exists()


def test_without_consent_nothing_is_taken(
    api_of: ApiOf, officer: Officer, session: CaptureSession, webm: bytes
) -> None:
    session.application.applicant.consents.all().delete()
    answer = _post(api_of(officer), session, webm)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "consent_missing")


def test_a_missing_or_wrong_field_is_named(
    api_of: ApiOf, officer: Officer, session: CaptureSession
) -> None:
    answer = api_of(officer).post(
        f"{API}/recordings/", {"session": str(session.pk), "kind": "dance"}, format="multipart"
    )
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"kind", "file"}


def test_a_body_that_is_too_large_is_refused(
    api_of: ApiOf, officer: Officer, session: CaptureSession, webm: bytes, settings: object
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    answer = _post(api_of(officer), session, webm)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.fixture
def observed(session: CaptureSession) -> CaptureSession:
    recording = RecordingFactory(session=session)
    for second in range(5):
        for modality in ("face", "voice"):
            ObservationFactory(recording=recording, modality=modality, t_start_s=second,
                               t_end_s=second + 0.5)  # fmt: skip
    return session


@pytest.mark.parametrize(
    ("query", "starts"),
    [
        ("", [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
        ("?modality=face", [0, 1, 2, 3, 4]),
        ("?modality=voice&from_s=1.6&to_s=3", [2, 3]),
        ("?modality=face&from_s=3.5", [3, 4]),
        ("?modality=gait", []),
    ],
)
def test_observations_of_a_time(
    api_of: ApiOf, officer: Officer, observed: CaptureSession, query: str, starts: list[int]
) -> None:
    answer = api_of(officer).get(f"{API}/sessions/{observed.pk}/observations/{query}").json()
    assert [row["t_start_s"] for row in answer["results"]] == starts
    assert answer["count"] == len(starts)


def test_observations_are_paged_and_named(
    api_of: ApiOf, officer: Officer, observed: CaptureSession
) -> None:
    url = f"{API}/sessions/{observed.pk}/observations/?page_size=3&page=2"
    answer = api_of(officer).get(url).json()
    assert set(answer) == {"count", "next", "previous", "results"}
    assert len(answer["results"]) == 3
    row = answer["results"][0]
    assert row["probabilities"]["happy"] == 0.6
    assert {"modality", "t_start_s", "t_end_s", "person", "probabilities", "valence", "arousal",
            "confidence"} <= set(row)  # fmt: skip


@pytest.mark.parametrize("query", ["?modality=smell", "?from_s=soon"])
def test_a_wrong_query_is_refused(
    api_of: ApiOf, officer: Officer, observed: CaptureSession, query: str
) -> None:
    answer = api_of(officer).get(f"{API}/sessions/{observed.pk}/observations/{query}")
    assert answer.status_code == 400


def test_who_may_what(
    api_of: ApiOf, officer: Officer, senior: Officer, auditor: Officer, admin: Officer,
    other_branch_officer: Officer, application: Application, session: CaptureSession, webm: bytes,
) -> None:  # fmt: skip
    job = _post(api_of(officer), session, webm).json()["job"]
    reads = (f"{API}/jobs/{job}/", f"{API}/sessions/{session.pk}/observations/")
    opening = {"application": str(application.pk)}
    expected = ((None, 401, 401), (auditor, 403, 403), (admin, 403, 403),
                (other_branch_officer, 404, 404), (senior, 200, 201))  # fmt: skip
    for who, reading, writing in expected:
        client = api_of(who) if who else APIClient()
        assert [client.get(url).status_code for url in reads] == [reading, reading]
        answer = client.post(f"{API}/sessions/", opening, format="json")
        assert answer.status_code == writing
        sent = _post(client, session, webm + (who.username.encode() if who else b""))
        assert sent.status_code == (202 if writing == 201 else writing)


def test_what_does_not_exist_is_404(api_of: ApiOf, officer: Officer, webm: bytes) -> None:
    nobody = uuid.uuid4()
    client = api_of(officer)
    assert client.get(f"{API}/jobs/{nobody}/").status_code == 404
    assert client.get(f"{API}/sessions/{nobody}/observations/").status_code == 404
    assert client.post(f"{API}/sessions/", {"application": str(nobody)}).status_code in (404, 415)
    missing = CaptureSession(pk=nobody)
    assert _post(client, missing, webm).status_code == 404


def test_a_decided_application_takes_no_session(
    api_of: ApiOf, officer: Officer, application: Application
) -> None:
    Application.objects.filter(pk=application.pk).update(state="approved")
    answer = api_of(officer).post(
        f"{API}/sessions/", {"application": str(application.pk)}, format="json"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "application_closed")

"""Resumable uploads as tus 1.0 has them, and never for anybody else."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from applicants.models import Officer
from applicants.services import consents, tokens
from media_processing.models import CaptureSession, Recording, Upload
from media_processing.services import uploads
from tests.media_processing.conftest import stored_files

pytestmark = pytest.mark.django_db
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"
ClientOf = Callable[[Officer], Client]


def _encoded(values: dict[str, str]) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def _begin(client: Client, session: CaptureSession, length: int, /, **metadata: str) -> object:
    values = {"session": str(session.pk), "kind": "interview", "filename": "a.webm"} | metadata
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": _encoded(values)}
    return client.post("/uploads/", headers=headers)


def _send(client: Client, url: str, offset: int, data: bytes, **headers: str) -> object:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic("PATCH", url, data, content_type=PIECE,
                          headers={**TUS, "Upload-Offset": str(offset), **more})  # fmt: skip


def _offset(client: Client, url: str) -> int:
    return int(client.head(url, headers=TUS)["Upload-Offset"])


def test_a_cut_upload_goes_on_and_becomes_a_recording(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, media_folder: Path
) -> None:
    client = client_of(officer)
    created = _begin(client, session, len(webm))
    assert created.status_code == 201
    url = created["Location"]
    for start, stop in ((0, 5000), (5000, 5001), (5001, len(webm))):
        assert _offset(client, url) == start
        answer = _send(client, url, start, webm[start:stop])
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(stop))
    recording = Recording.objects.get()
    assert recording.sha256 == hashlib.sha256(webm).hexdigest()
    assert answer["Creditweb-Recording"] == str(recording.pk)
    assert answer["Creditweb-Job"] == str(recording.job.pk)
    assert len(stored_files(media_folder)) == 1
    assert _offset(client, url) == len(webm)


def test_the_last_upload_of_the_hour_is_taken_whole(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, settings: object
) -> None:
    settings.UPLOADS_PER_OFFICER_AND_HOUR = 1
    client = client_of(officer)
    url = _begin(client, session, len(webm))["Location"]
    assert _send(client, url, 0, webm).status_code == 204
    refused = _begin(client, session, len(webm))
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")


def test_the_server_says_what_it_can(client_of: ClientOf, officer: Officer) -> None:
    answer = client_of(officer).options("/uploads/")
    assert answer.status_code == 204
    assert answer["Tus-Extension"] == "creation,termination,expiration,checksum"


def test_pieces_lie_sealed_until_the_upload_is_whole(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, media_folder: Path
) -> None:
    client = client_of(officer)
    url = _begin(client, session, len(webm))["Location"]
    _send(client, url, 0, webm[:5000])
    (piece,) = stored_files(media_folder)
    assert webm[:200] not in piece.read_bytes()


def test_another_offset_is_a_conflict_and_changes_nothing(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes
) -> None:
    client = client_of(officer)
    url = _begin(client, session, len(webm))["Location"]
    answer = _send(client, url, 10, webm[10:])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "offset_conflict")
    assert _offset(client, url) == 0


def test_a_damaged_piece_is_refused_and_can_be_sent_again(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, media_folder: Path
) -> None:
    client = client_of(officer)
    url = _begin(client, session, len(webm))["Location"]
    digest = base64.b64encode(hashlib.sha256(webm).digest()).decode()
    answer = _send(client, url, 0, b"X" + webm[1:], Upload_Checksum=f"sha256 {digest}")
    assert answer.status_code == 460
    assert _offset(client, url) == 0
    assert stored_files(media_folder) == []
    assert _send(client, url, 0, webm, Upload_Checksum=f"sha256 {digest}").status_code == 204


def test_more_bytes_than_announced_are_refused(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, media_folder: Path
) -> None:
    client = client_of(officer)
    url = _begin(client, session, len(webm) - 1)["Location"]
    assert _send(client, url, 0, webm).status_code == 413
    assert stored_files(media_folder) == []


def test_what_is_no_recording_is_refused_after_its_first_piece(
    client_of: ClientOf, officer: Officer, session: CaptureSession, media_folder: Path
) -> None:
    client = client_of(officer)
    url = _begin(client, session, 10_000_000)["Location"]
    answer = _send(client, url, 0, b"#EXTM3U\nhttp://elsewhere/\n" + bytes(9000))
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_media")
    assert stored_files(media_folder) == []
    assert client.head(url, headers=TUS).status_code == 410
    again = _send(client, url, 9026, bytes(10))
    assert (again.status_code, again.json()["error"]["code"]) == (415, "not_media")
    assert not Recording.objects.exists()


def test_no_upload_without_consent(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    consents.withdraw(session.application.applicant, ["recording"], officer=officer)
    answer = _begin(client_of(officer), session, 100)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "consent_missing")
    assert not Upload.objects.exists()


def test_an_upload_is_its_officers_alone(
    client_of: ClientOf, officer: Officer, senior: Officer, other_branch_officer: Officer,
    auditor: Officer, session: CaptureSession, webm: bytes,
) -> None:  # fmt: skip
    url = _begin(client_of(officer), session, len(webm))["Location"]
    assert Client().head(url, headers=TUS).status_code in (401, 403)
    assert _send(Client(), url, 0, webm).status_code in (401, 403)
    for other in (senior, other_branch_officer):
        assert client_of(other).head(url, headers=TUS).status_code == 404
        assert _send(client_of(other), url, 0, webm).status_code == 404
        assert client_of(other).delete(url, headers=TUS).status_code == 404
    assert _send(client_of(auditor), url, 0, webm).status_code == 403
    assert _begin(client_of(auditor), session, 100).status_code == 403
    assert _begin(client_of(other_branch_officer), session, 100).status_code == 404


def test_a_session_cookie_needs_the_csrf_token_and_a_bearer_token_does_not(
    officer: Officer, session: CaptureSession, webm: bytes
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert _begin(strict, session, len(webm)).status_code == 403
    bearer = Client(headers={"Authorization": f"Bearer {tokens.issue(officer)}"})
    created = _begin(bearer, session, len(webm))
    assert created.status_code == 201
    assert _send(bearer, created["Location"], 0, webm).status_code == 204


def test_a_terminated_upload_is_gone(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, media_folder: Path
) -> None:
    client = client_of(officer)
    url = _begin(client, session, len(webm))["Location"]
    _send(client, url, 0, webm[:5000])
    assert client.delete(url, headers=TUS).status_code == 204
    assert client.head(url, headers=TUS).status_code == 404
    assert stored_files(media_folder) == []


def test_an_expired_upload_is_removed(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, media_folder: Path
) -> None:
    client = client_of(officer)
    url = _begin(client, session, len(webm))["Location"]
    _send(client, url, 0, webm[:5000])
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert _send(client, url, 5000, webm[5000:]).status_code == 410
    assert uploads.remove_expired() == 1
    assert stored_files(media_folder) == []


@pytest.mark.parametrize(
    ("metadata", "field"), [({"kind": "dance"}, "kind"), ({"session": "x"}, "session")]
)
def test_wrong_metadata_is_refused_by_name(
    client_of: ClientOf, officer: Officer, session: CaptureSession, metadata: dict[str, str],
    field: str,
) -> None:  # fmt: skip
    answer = _begin(client_of(officer), session, 100, **metadata)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]


def test_another_tus_version_is_refused(client_of: ClientOf, officer: Officer) -> None:
    assert client_of(officer).post("/uploads/").status_code == 412


def test_a_piece_too_long_for_memory_is_refused(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes, settings: object
) -> None:
    settings.UPLOAD_CHUNK_MAX_BYTES = 1000
    client = client_of(officer)
    url = _begin(client, session, len(webm))["Location"]
    refused = _send(client, url, 0, webm[:1001])
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "piece_too_large")
    assert _offset(client, url) == 0
    assert _send(client, url, 0, webm[:1000]).status_code == 204

"""Playing a recording: range by range, for those who may, audited once, named by us."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from applicants.models import AuditEvent, Officer
from media_processing.models import CaptureSession, Recording
from media_processing.services import storage
from tests.factories import RecordingFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume async"),
]
CONTENT = bytes(range(256)) * 8192 + b"the end"
SIZE = len(CONTENT)
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def recording(session: CaptureSession) -> Recording:
    cache.clear()
    stored = storage.write(session, [CONTENT])
    return RecordingFactory(session=session, playback_key=stored.key, original_name="<b>x.mp4")


def _get(client: Client, recording: Recording, span: str = "") -> object:
    headers = {"Range": span} if span else {}
    return client.get(reverse("media:playback", args=[recording.pk]), headers=headers)


@pytest.mark.parametrize(
    ("span", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=0-", 0, SIZE),
        ("bytes=1048570-1048590", 1048570, 1048591),
        ("bytes=-7", SIZE - 7, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=5-999999999", 5, SIZE),
    ],
)
def test_a_range_is_that_part_of_the_file(
    client_of: ClientOf, officer: Officer, recording: Recording, span: str, start: int, stop: int
) -> None:
    answer = _get(client_of(officer), recording, span)
    assert answer.status_code == 206
    assert b"".join(answer) == CONTENT[start:stop]
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("span", [f"bytes={SIZE}-", "bytes=9-3", "bytes=-0"])
def test_a_range_outside_is_416(
    client_of: ClientOf, officer: Officer, recording: Recording, span: str
) -> None:
    answer = _get(client_of(officer), recording, span)
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize("span", ["", "bytes=0-1,5-6", "pages=1-2", "bytes=-"])
def test_without_one_single_range_the_whole_is_answered(
    client_of: ClientOf, officer: Officer, recording: Recording, span: str
) -> None:
    answer = _get(client_of(officer), recording, span)
    assert answer.status_code == 200
    assert b"".join(answer) == CONTENT


def test_the_answer_cannot_run_be_cached_or_carry_a_strange_name(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    answer = _get(client_of(officer), recording, "bytes=0-9")
    assert answer["Content-Disposition"] == f'inline; filename="recording-{recording.pk}.mp4"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Accept-Ranges"] == "bytes"


def test_a_viewing_is_audited_once(
    client_of: ClientOf, officer: Officer, senior: Officer, recording: Recording
) -> None:
    for span in ("bytes=0-9", "bytes=10-19", ""):
        _get(client_of(officer), recording, span)
    _get(client_of(senior), recording)
    viewed = AuditEvent.objects.filter(action="recording.viewed", object_id=str(recording.pk))
    assert sorted(viewed.values_list("actor__username", flat=True)) == ["officer", "senior"]


def test_head_tells_the_size(client_of: ClientOf, officer: Officer, recording: Recording) -> None:
    answer = client_of(officer).head(reverse("media:playback", args=[recording.pk]))
    assert (answer.status_code, answer["Content-Length"]) == (200, str(SIZE))


def test_who_may_not_see_it_does_not(
    client_of: ClientOf, recording: Recording, other_branch_officer: Officer, auditor: Officer,
    admin: Officer,
) -> None:  # fmt: skip
    assert _get(Client(), recording).status_code == 302
    assert _get(client_of(other_branch_officer), recording).status_code == 404
    assert _get(client_of(auditor), recording).status_code == 403
    assert _get(client_of(admin), recording).status_code == 403


def test_an_erased_recording_is_not_there(
    client_of: ClientOf, officer: Officer, recording: Recording
) -> None:
    storage.shred(recording.session)
    assert _get(client_of(officer), recording).status_code == 404


def test_a_damaged_file_is_not_played(
    client_of: ClientOf, officer: Officer, recording: Recording, session: CaptureSession
) -> None:
    other = storage.write(session, [b"other"])
    folder = storage.store()._folder  # type: ignore[attr-defined]
    source, target = (folder / key[:2] / key for key in (other.key, recording.playback_key))
    target.write_bytes(source.read_bytes())
    assert _get(client_of(officer), recording).status_code == 404

"""Nothing that was sent is readable on the disk, however large it is."""

import asyncio
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as settings_of_site
from django.core.exceptions import RequestAborted
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from applicants.models import Officer
from applicants.sealed_spool import SealedSpool
from applicants.services import tokens
from creditweb import large_bodies
from creditweb.uploads import SealedBodyHandler
from tests.conftest import LOGIN_BACKEND

SECRET = b"Ida Example, born 1980-02-29; "
LARGE = SECRET * 100_000  # of more than two sealed frames
LIMIT = 1000


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the only temporary file that is allowed be looked at by name."""

    def look_at() -> Any:
        return (tmp_path / "spool").open("w+b")

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a plain temporary file")

    monkeypatch.setattr(tempfile, "TemporaryFile", look_at)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", refuse)
    return tmp_path / "spool"


def sent(content: bytes) -> HttpRequest:
    file = SimpleUploadedFile("table.csv", content, "text/csv")
    return RequestFactory().post("/", {"file": file, "licence": "own"})


def body_of(parts: list[dict[str, Any]]) -> SealedSpool:
    waiting = iter(parts)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    return asyncio.run(SealedBodyHandler().read_body(receive))


def test_a_large_file_is_sealed_while_it_streams(disk: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    request = sent(LARGE)
    file = request.FILES["file"]
    assert (file.name, file.size, request.POST["licence"]) == ("table.csv", len(LARGE), "own")
    assert SECRET not in disk.read_bytes()
    assert disk.stat().st_size > len(LARGE)
    assert b"".join(file.chunks()) == LARGE
    file.seek(len(LARGE) - 5)
    assert file.read() == LARGE[-5:]
    assert file.seek(3) == 3
    assert file.read(4) == LARGE[3:7]


def test_a_small_file_stays_in_memory(disk: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * LIMIT
    assert sent(SECRET).FILES["file"].read() == SECRET
    assert not disk.exists()


def test_the_body_of_a_request_is_sealed_too(disk: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    half = len(LARGE) // 2
    body = body_of([
        {"type": "http.request", "body": LARGE[:half], "more_body": True},
        {"type": "http.request", "body": LARGE[half:], "more_body": False},
    ])  # fmt: skip
    assert body.is_on_disk
    assert SECRET not in disk.read_bytes()
    assert body.read() == LARGE
    body.close()


def test_a_short_body_stays_in_memory(disk: Path) -> None:
    body = body_of([{"type": "http.request", "body": SECRET}])
    assert not body.is_on_disk
    assert body.read() == SECRET
    assert body_of([{"type": "http.request"}]).read() == b""


def test_a_client_that_goes_away_leaves_nothing(disk: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    with pytest.raises(RequestAborted):
        body_of([
            {"type": "http.request", "body": LARGE, "more_body": True},
            {"type": "http.disconnect"},
        ])  # fmt: skip


def test_what_was_read_is_not_written_again() -> None:
    spool = SealedSpool(LIMIT)
    spool.write(SECRET)
    spool.seek(0)
    with pytest.raises(io.UnsupportedOperation):
        spool.write(SECRET)


def test_lines_are_read_as_from_any_file(disk: Path) -> None:
    spool = SealedSpool(0)
    spool.write(b"a,b\n1,2\n")
    spool.seek(0)
    assert [line.rstrip() for line in io.TextIOWrapper(io.BufferedReader(spool), "utf-8")] == [
        "a,b", "1,2",
    ]  # fmt: skip


class Exchange:
    """A request with a body of ``parts`` pieces, and what is answered; counts the pieces taken."""

    def __init__(self, path: str, headers: dict[str, str], parts: int, query: bytes = b"") -> None:
        self.parts, self.taken = parts, 0
        self.sent: list[dict[str, Any]] = []
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._scope = {
            "type": "http", "method": "POST", "path": path, "query_string": query,
            "headers": [(b"host", b"testserver"), *pairs],
        }  # fmt: skip

    async def _receive(self) -> dict[str, Any]:
        self.taken += 1
        if self.taken > self.parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": SECRET * 100, "more_body": self.taken < self.parts}

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def status(self) -> int:
        asyncio.run(SealedBodyHandler()(self._scope, self._receive, self._send))
        return int(self.sent[0]["status"])


def _signed_in(officer: Officer) -> dict[str, str]:
    client = Client()
    client.force_login(officer, backend=LOGIN_BACKEND)
    name = settings_of_site.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={client.cookies[name].value}"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [
    {}, {"Cookie": "sessionid=made-up; csrftoken=x"}, {"Authorization": "Bearer cw_made-up"},
])  # fmt: skip
def test_a_stranger_sends_no_long_body(disk: Path, headers: dict[str, str]) -> None:
    """It is refused once it is longer than a form, and the rest of it is never taken."""
    exchange = Exchange("/uploads/", headers, parts=2000, query=b"\xff")
    assert exchange.status() == 401
    assert exchange.taken < 30
    assert b"not_authenticated" in exchange.sent[1]["body"]
    assert not disk.exists()
    page = Exchange("/trainings/new/", headers | {"Accept": "text/html,*/*;q=0.8"}, parts=2000)
    assert page.status() == 302
    assert dict(page.sent[0]["headers"])[b"Location"] == b"/login/?next=/trainings/new/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["session", "token", "deactivated"])
def test_an_officer_sends_a_long_body(officer: Officer, way: str) -> None:
    headers = (
        {"Authorization": f"Bearer {tokens.issue(officer)}"}
        if way == "token"
        else _signed_in(officer)
    )
    if way == "deactivated":
        Officer.objects.update(is_active=False)
    exchange = Exchange("/api/v1/nothing/", headers, parts=100)
    assert exchange.status() == (401 if way == "deactivated" else 404)
    assert (exchange.taken >= 100) is (way != "deactivated")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "status"), [
    ("/api/v1/nothing/", 413), ("/login/", 413), ("/api/v1/privacy/keys/", 403),
])  # fmt: skip
def test_nobody_sends_more_than_the_route_can_use(
    officer: Officer, settings: Any, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    settings.UPLOAD_CHUNK_MAX_BYTES = 10 * LIMIT
    monkeypatch.setattr(large_bodies, "FORM_BYTES", 0)
    exchange = Exchange(path, _signed_in(officer), parts=200)
    assert exchange.status() == status
    assert (exchange.taken < 10) is (status == 413)
    if status == 413:
        assert b"too_large" in exchange.sent[1]["body"]
        page = Exchange(path, _signed_in(officer) | {"Accept": "text/html,*/*;q=0.8"}, parts=200)
        assert page.status() == 413
        assert b"This file is too large" in page.sent[1]["body"]


def test_the_longest_bodies_are_those_of_the_pages_that_take_files(settings: Any) -> None:
    form = large_bodies.FORM_BYTES
    assert large_bodies.longest_body("/api/v1/recordings/") == settings.UPLOAD_MAX_BYTES + form
    assert large_bodies.longest_body("/risk/batches/") == settings.BATCH_MAX_BYTES + form
    assert large_bodies.longest_body("/risk/tables/new/") == settings.TABLE_MAX_BYTES + form
    for path in ("/predictCreditRisk", "/uploads/", "/api/v1/privacy/predict", "/no/such/"):
        assert large_bodies.longest_body(path) == settings.UPLOAD_CHUNK_MAX_BYTES + form


def test_a_stranger_sends_a_short_body(db: None) -> None:
    exchange = Exchange("/nothing/", {}, parts=2)
    assert exchange.status() == 404

"""Nothing that was sent is readable on the disk, however large it is."""

import asyncio
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import RequestAborted
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from applicants.sealed_spool import SealedSpool
from creditweb.uploads import SealedBodyHandler

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

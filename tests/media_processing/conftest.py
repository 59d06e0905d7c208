"""A session that may be recorded, a storage for each test, and a file's first bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from applicants.models import Application, Officer
from applicants.services.stores import store_at
from media_processing.models import CaptureSession
from media_processing.services.sessions import open_session
from tests.factories import give_consents

WEBM_HEAD = b"\x1aE\xdf\xa3" + bytes(16) + b"webm"


@pytest.fixture
def media_folder(tmp_path: Path, settings: object) -> Iterator[Path]:
    """Keep the sealed files of a test in a folder of its own."""
    folder = tmp_path / "media"
    settings.MEDIA_STORAGE_URL = f"file://{folder}"
    yield folder
    store_at.cache_clear()


@pytest.fixture
def session(application: Application, officer: Officer, media_folder: Path) -> CaptureSession:
    """A session of the officer's application whose applicant allowed everything."""
    give_consents(application.applicant)
    return open_session(application, officer=officer)


@pytest.fixture
def webm() -> bytes:
    """Bytes that begin like a WebM file; no decoder could read on."""
    return WEBM_HEAD + bytes(range(256)) * 40


def stored_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []

"""Files are sealed, whole or absent, and unreadable once the session's key is gone."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from applicants.errors import ProblemError
from applicants.services import workdirs
from media_processing.models import CaptureSession
from media_processing.services import storage
from media_processing.services.storage import ErasedError, MissingError
from tests.factories import RecordingFactory
from tests.media_processing.conftest import stored_files

pytestmark = pytest.mark.django_db
SECRET = b"what the applicant said " * 5000


def test_a_file_comes_back_and_lies_sealed(session: CaptureSession, media_folder: Path) -> None:
    stored = storage.write(session, [SECRET[:7], SECRET[7:]])
    (path,) = stored_files(media_folder)
    assert stored.sha256 == hashlib.sha256(SECRET).hexdigest()
    assert stored.size_bytes == len(SECRET)
    assert SECRET[:24] not in path.read_bytes()
    with storage.reading(session, stored.key) as sealed:
        assert sealed.read_range(24, 48) == SECRET[24:48]
    assert str(session.pk) not in str(path)
    assert path.parent.parent.stat().st_mode & 0o777 == 0o700


def test_what_breaks_off_leaves_nothing(session: CaptureSession, media_folder: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield SECRET
        raise ConnectionError

    with pytest.raises(ConnectionError):
        storage.write(session, broken())
    assert stored_files(media_folder) == []


def test_a_full_disk_is_told_and_leaves_nothing(
    session: CaptureSession, media_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProblemError) as refused:
        storage.write(session, [SECRET])
    assert (refused.value.code, refused.value.status) == ("storage_full", 507)
    assert stored_files(media_folder) == []


def test_a_shredded_session_is_unreadable_even_from_a_copy(
    session: CaptureSession, media_folder: Path
) -> None:
    stored = storage.write(session, [SECRET])
    recording = RecordingFactory(session=session, source_key=stored.key)
    copy = media_folder.parent / "backup"
    shutil.copytree(media_folder, copy)
    storage.shred(session)
    assert stored_files(media_folder) == []
    shutil.copytree(copy, media_folder, dirs_exist_ok=True)
    with pytest.raises(ErasedError), storage.reading(session, stored.key):
        pytest.fail("the session was shredded")
    recording.refresh_from_db()
    assert recording.source_key == ""
    assert session.is_shredded


def test_a_missing_file_is_told_apart(session: CaptureSession) -> None:
    with pytest.raises(MissingError), storage.reading(session, "0" * 32):
        pytest.fail("there is no such file")


def test_a_workdir_is_private_and_goes_whatever_happens() -> None:
    with pytest.raises(ZeroDivisionError), workdirs.private_workdir(1000) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "source").write_bytes(SECRET)
        raise ZeroDivisionError
    assert not folder.exists()


def test_only_abandoned_workdirs_are_removed(tmp_path: Path) -> None:
    abandoned = tmp_path / f"{workdirs.PREFIX}killed"
    abandoned.mkdir()
    (abandoned / "source").write_bytes(SECRET)
    held, handle = workdirs._locked_folder(tmp_path)
    assert workdirs.remove_abandoned(tmp_path) == 1
    assert not abandoned.exists()
    assert held.exists()
    os.close(handle)

"""Sealed files of sessions: written whole, read in ranges, gone once the key is destroyed."""

import errno
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.sealing import (
    SealedReader,
    SealedWriter,
    new_data_key,
    unwrap_key,
    wrap_key,
)
from applicants.services.stores import Store, store_at
from media_processing.models import CaptureSession, LiveCapture, LiveChunk, Upload
from media_processing.services.leases import DatabaseTime

COPY_BYTES = 1024**2
KEY_BYTES = 16


class ErasedError(Exception):
    """The session's key was destroyed; nobody can read its files any more."""


class MissingError(Exception):
    """A row names a file that the storage does not have."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A sealed file: its key, and size and digest of its plain content."""

    key: str
    size_bytes: int
    sha256: str


def storage_full() -> ProblemError:
    return ProblemError(
        "storage_full",
        _("The storage is full; nothing was saved. Tell your administrator and try again."),
        status=507,
    )


def store() -> Store:
    return store_at(settings.MEDIA_STORAGE_URL)


def new_wrapped_key(owner: CaptureSession | Upload) -> bytes:
    """Return a new data key, wrapped for the session or upload that it will seal."""
    return wrap_key(settings.MEDIA_KEY, new_data_key(), _key_context(owner))


def _key_context(owner: CaptureSession | Upload) -> str:
    return f"{owner._meta.model_name}/{owner.pk}"


def _data_key(owner: CaptureSession | Upload) -> bytes:
    if owner.data_key is None:
        raise ErasedError(str(owner.pk))
    return unwrap_key(settings.MEDIA_KEY, bytes(owner.data_key), _key_context(owner))


def write(owner: CaptureSession | Upload, content: Iterable[bytes]) -> StoredFile:
    """Seal ``content`` under a new random name; nothing is left behind where it breaks off.

    Raises ErasedError for a shredded owner, ProblemError 507 where the storage is full.
    """
    data_key, key = _data_key(owner), secrets.token_hex(KEY_BYTES)
    digest, size_bytes = hashlib.sha256(), 0

    def fill(file: BinaryIO) -> None:
        nonlocal size_bytes
        with SealedWriter(file, data_key, f"{owner.pk}/{key}") as writer:
            for part in content:
                digest.update(part)
                size_bytes += writer.write(part)

    try:
        store().write(key, fill)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise storage_full() from error
    return StoredFile(key, size_bytes, digest.hexdigest())


def write_file(owner: CaptureSession | Upload, path: Path) -> StoredFile:
    with path.open("rb") as file:
        return write(owner, iter(lambda: file.read(COPY_BYTES), b""))


@contextmanager
def reading(owner: CaptureSession | Upload, key: str) -> Iterator[SealedReader]:
    """Open a sealed file. Raises ErasedError, MissingError or SealError."""
    data_key = _data_key(owner)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(store().reading(key))
        except FileNotFoundError as error:
            raise MissingError(key) from error
        yield SealedReader(file, data_key, f"{owner.pk}/{key}")


def unseal(owner: CaptureSession | Upload, key: str, target: Path) -> Path:
    """Decrypt a file into a private folder and return its path."""
    with reading(owner, key) as sealed, target.open("wb") as file:
        for part in sealed.iterate():
            file.write(part)
    return target


def remove(keys: Iterable[str]) -> None:
    for key in keys:
        if key:
            store().remove(key)


def chunk_keys(session_id: object, *, live: LiveCapture | None = None) -> list[str]:
    """Return the keys of the chunks of a session's live recordings, or of one of them."""
    chunks = LiveChunk.objects.filter(take__live__recording__session=session_id)
    if live is not None:
        chunks = chunks.filter(take__live=live)
    return list(chunks.values_list("key", flat=True))


def shred(session: CaptureSession) -> None:
    """Destroy the key first, then the files: from the first moment on they are unreadable."""
    CaptureSession.objects.filter(pk=session.pk).update(data_key=None, shredded_at=DatabaseTime())
    session.refresh_from_db()
    for recording in session.recordings.all():
        remove([recording.source_key, recording.playback_key, recording.audio_key])
    session.recordings.update(source_key="", playback_key="", audio_key="")
    remove(chunk_keys(session.pk))
    LiveChunk.objects.filter(take__live__recording__session=session).delete()
    for upload in session.uploads.all():
        remove(upload.parts)
        upload.delete()

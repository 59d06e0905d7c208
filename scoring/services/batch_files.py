"""The sealed files of a batch: what was sent, its pieces, and what came of them.

A batch has one data key, kept only wrapped; without it every file is unreadable for good. Names
follow from the batch and the piece, so that work done twice writes over itself and leaves nothing.
"""

import errno
import gzip
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.sealing import SealedReader, SealedWriter, new_data_key, unwrap_key, wrap_key
from applicants.services.stores import Store, store_at
from scoring.models import BatchJob

READ_BYTES = 1024**2
INPUT, WHOLE_RESULT = "input", "whole-result"
PIECE, RESULT, REFUSED = "piece", "result", "refused"
# A fast compression: the text of the reasons repeats from row to row.
COMPRESSION = 1


class RemovedError(Exception):
    """The files of this batch were removed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Size and digest of what was kept."""

    size_bytes: int
    sha256: str


def store() -> Store:
    return store_at(settings.MEDIA_STORAGE_URL)


def new_key(job: BatchJob) -> bytes:
    """Return a new data key, wrapped for this batch."""
    return wrap_key(settings.MEDIA_KEY, new_data_key(), _context(job))


def name_of(kind: str, position: int | None = None) -> str:
    return kind if position is None else f"{position}-{kind}"


def keep(job: BatchJob, name: str, content: Iterable[bytes]) -> Kept:
    """Seal ``content`` under a name of the batch. Raises ProblemError 507 on a full storage."""
    digest, size_bytes = hashlib.sha256(), 0

    def fill(target: BinaryIO) -> None:
        nonlocal size_bytes
        for part in content:
            digest.update(part)
            size_bytes += target.write(part)

    write(job, name, fill)
    return Kept(size_bytes, digest.hexdigest())


def write(job: BatchJob, name: str, fill: Callable[[BinaryIO], None]) -> None:
    """Seal what ``fill`` writes; wholly or not at all."""

    def seal(file: BinaryIO) -> None:
        with SealedWriter(file, _data_key(job), f"{job.pk}/{name}") as writer:
            fill(writer)  # type: ignore[arg-type]  # it writes bytes, which is all that is asked

    try:
        store().write(_key(job, name), seal)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise ProblemError(
            "storage_full",
            _("The storage is full; nothing was saved. Tell your administrator and try again."),
            status=507,
        ) from error


@contextmanager
def reading(job: BatchJob, name: str) -> Iterator[BinaryIO]:
    """Open a file of the batch, seekable. Raises RemovedError where it is gone."""
    data_key = _data_key(job)
    try:
        with store().reading(_key(job, name)) as file:
            raw = _Unsealed(SealedReader(file, data_key, f"{job.pk}/{name}"))
            yield io.BufferedReader(raw, READ_BYTES)
    except FileNotFoundError as error:
        raise RemovedError(str(job.pk)) from error


def keep_text(job: BatchJob, name: str, text: str) -> None:
    keep(job, name, [gzip.compress(text.encode(), COMPRESSION, mtime=0)])


def text_of(job: BatchJob, name: str) -> str:
    with reading(job, name) as file:
        return gzip.decompress(file.read()).decode()


def remove(job: BatchJob, names: Iterable[str]) -> None:
    for name in names:
        store().remove(_key(job, name))


def _key(job: BatchJob, name: str) -> str:
    return f"{job.pk.hex}-{name}"


def _context(job: BatchJob) -> str:
    return f"batchjob/{job.pk}"


def _data_key(job: BatchJob) -> bytes:
    if job.data_key is None:
        raise RemovedError(str(job.pk))
    return unwrap_key(settings.MEDIA_KEY, bytes(job.data_key), _context(job))


class _Unsealed(io.RawIOBase):
    """A seekable view of a sealed file."""

    def __init__(self, sealed: SealedReader) -> None:
        self._sealed, self._position = sealed, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._sealed.size}
        self._position = max(0, start[whence] + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # any writable buffer
        data = self._sealed.read_range(self._position, self._position + len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

"""Where sealed files lie: a folder of this machine, or an S3 bucket."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qs, unquote, urlparse

from django.core.exceptions import ImproperlyConfigured

FOLDER_MODE = 0o700
SPOOL_BYTES = 8 * 1024**2
READ_BUFFER_BYTES = 1024**2 + 64 * 1024


class Store(Protocol):
    """A flat set of files under random keys."""

    def write(self, key: str, fill: Callable[[BinaryIO], None]) -> None:
        """Keep what ``fill`` writes, wholly or not at all."""

    def reading(self, key: str) -> "Any":
        """Return a context manager that gives a seekable file. Raises FileNotFoundError."""

    def remove(self, key: str) -> None:
        """Remove the file; nothing happens where it is gone."""

    def free_share(self) -> float:
        """Return the free share (0…1) of the storage."""


class FolderStore:
    """Files of one folder. A file has its name only once it lies on the disk as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def write(self, key: str, fill: Callable[[BinaryIO], None]) -> None:
        path = self._path(key)
        path.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".arriving-")
        try:
            with os.fdopen(handle, "wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).rename(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    @contextmanager
    def reading(self, key: str) -> Iterator[BinaryIO]:
        with self._path(key).open("rb") as file:
            yield file

    def remove(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def free_share(self) -> float:
        usage = shutil.disk_usage(self._folder)
        return usage.free / usage.total


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, which could lose the name though the data is there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BucketStore:
    """Objects of one S3 bucket, below a prefix. Credentials come from the usual AWS variables."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None) -> None:
        import boto3  # slow to import, and only an installation with a bucket needs it

        self._client = boto3.client("s3", endpoint_url=endpoint)
        self._bucket, self._prefix = bucket, prefix

    def _name(self, key: str) -> str:
        return f"{self._prefix}{key}"

    def write(self, key: str, fill: Callable[[BinaryIO], None]) -> None:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            fill(spool)  # type: ignore[arg-type]
            spool.seek(0)
            self._client.upload_fileobj(spool, self._bucket, self._name(key))

    @contextmanager
    def reading(self, key: str) -> Iterator[BinaryIO]:
        raw = _ObjectReader(self._client, self._bucket, self._name(key))
        with io.BufferedReader(raw, READ_BUFFER_BYTES) as file:
            yield file

    def remove(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def free_share(self) -> float:
        return 1.0


class _ObjectReader(io.RawIOBase):
    """A seekable view of an S3 object; each read fetches only its range."""

    def __init__(self, client: "Any", bucket: str, name: str) -> None:
        self._client, self._object = client, {"Bucket": bucket, "Key": name}
        try:
            self._size = int(client.head_object(**self._object)["ContentLength"])
        except client.exceptions.ClientError as error:
            raise FileNotFoundError(name) from error
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: "Any") -> int:
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        span = f"bytes={self._position}-{self._position + wanted - 1}"
        data = self._client.get_object(**self._object, Range=span)["Body"].read()
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


@lru_cache(maxsize=4)
def store_at(url: str) -> Store:
    """Return the store of a ``file:///folder`` or ``s3://bucket/prefix?endpoint=…`` URL."""
    parts = urlparse(url)
    if parts.scheme == "file":
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        prefix = parts.path.strip("/")
        endpoint = parse_qs(parts.query).get("endpoint", [None])[0]
        return BucketStore(parts.netloc, f"{prefix}/" if prefix else "", endpoint)
    raise ImproperlyConfigured("MEDIA_STORAGE_URL must be a file:// or s3:// URL.")

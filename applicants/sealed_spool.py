"""A temporary file for what people send: in memory while it is small, sealed on the disk beyond.

The key is random, of this file alone, and stays in memory: what a power cut leaves on the disk
nobody can read.
"""

import io
import tempfile
from typing import IO, Any

from applicants.sealing import SealedReader, SealedWriter, new_data_key

CONTEXT = "spool"


class SealedSpool(io.RawIOBase):
    """Written once from front to back, then read anywhere, as a binary file is.

    The first :meth:`seek` or :meth:`read` ends the writing; io.UnsupportedOperation after that.
    """

    def __init__(self, max_memory_bytes: int) -> None:
        super().__init__()
        self._max_memory_bytes = max_memory_bytes
        self._pending: bytearray | None = bytearray()
        self._disk: IO[bytes] | None = None
        self._writer: SealedWriter | None = None
        self._source: _InMemory | SealedReader | None = None
        self._position = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return self._source is None

    def seekable(self) -> bool:
        return True

    @property
    def is_on_disk(self) -> bool:
        return self._disk is not None

    def write(self, data: Any) -> int:
        """Add bytes at the end; what does not fit into memory any more goes sealed to the disk."""
        if self._source is not None:
            raise io.UnsupportedOperation("the writing has ended")
        if self._writer is not None:
            return self._writer.write(bytes(data))
        assert self._pending is not None
        self._pending += data
        if len(self._pending) > self._max_memory_bytes:
            self._go_to_disk()
        return len(data)

    def _go_to_disk(self) -> None:
        self._key = new_data_key()
        self._disk = tempfile.TemporaryFile()  # noqa: SIM115  # closed with this file
        self._writer = SealedWriter(self._disk, self._key, CONTEXT)
        self._writer.write(bytes(self._pending or b""))
        self._pending = None

    def _finished(self) -> "_InMemory | SealedReader":
        if self._source is None and self._writer is not None and self._disk is not None:
            self._writer.close()
            self._disk.seek(0)
            self._source = SealedReader(self._disk, self._key, CONTEXT)
        elif self._source is None:
            self._source = _InMemory(bytes(self._pending or b""))
        return self._source

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = self._finished().size
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        part = self._finished().read_range(self._position, self._position + len(target))
        target[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        if self._disk is not None:
            self._disk.close()
        self._pending = self._source = None
        super().close()


class _InMemory:
    """What was small enough, read as a sealed file is."""

    def __init__(self, content: bytes) -> None:
        self._content, self.size = content, len(content)

    def read_range(self, start: int, stop: int) -> bytes:
        return self._content[start:stop]

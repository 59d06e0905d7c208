"""Sealed files: media at rest, encrypted and authenticated frame by frame.

A session has one 256-bit data key, kept only wrapped by the tenant's key; without the wrapped key
the media of the session are unreadable for good, in every copy.

Layout of a sealed file, all integers big-endian::

    magic 8 bytes | frame size u32 | random prefix 8 bytes | frame 0 | frame 1 | … | last frame

Each frame is AES-256-GCM (NIST SP 800-38D) of at most ``frame size`` bytes, followed by its
16-byte tag. The nonce is the file's random prefix and the frame's number, so it never repeats
under one data key; the associated data is the header, the context, the frame's number and whether
it is the last. Frames that are swapped, dropped, repeated or cut off, and files that stand in
another's place, are therefore refused (the construction of Hoang et al. 2015, "Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", STREAM).
"""

import secrets
import struct
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FRAME_BYTES = 1024 * 1024
KEY_BYTES = 32

_MAGIC = b"CWSEAL\x00\x01"
_HEADER = struct.Struct(">8sI8s")
_TAG_BYTES = 16
_NONCE_BYTES = 12
_PREFIX_BYTES = 8
_MAX_FRAMES = 2**32
_MAX_FRAME_BYTES = 16 * 1024 * 1024
_WRAP_VERSION = b"\x01"


class SealError(Exception):
    """A sealed file or a wrapped key is damaged, altered, misplaced, or the key is wrong."""


def new_data_key() -> bytes:
    """Return a random 256-bit data key."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def wrap_key(tenant_key: bytes, data_key: bytes, context: str) -> bytes:
    """Return ``data_key`` encrypted under ``tenant_key`` and bound to ``context``."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(tenant_key).encrypt(nonce, data_key, _WRAP_VERSION + context.encode())
    return _WRAP_VERSION + nonce + sealed


def unwrap_key(tenant_key: bytes, wrapped: bytes, context: str) -> bytes:
    """Return the data key in ``wrapped``. Raises SealError where key or context do not fit."""
    nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
    if wrapped[:1] != _WRAP_VERSION or len(sealed) != KEY_BYTES + _TAG_BYTES:
        raise SealError("not a wrapped key")
    try:
        return AESGCM(tenant_key).decrypt(nonce, sealed, _WRAP_VERSION + context.encode())
    except InvalidTag as error:
        raise SealError("the wrapped key does not fit this tenant key and context") from error


class _FrameCipher:
    """Encrypts and decrypts the frames of one file."""

    def __init__(self, data_key: bytes, header: bytes, prefix: bytes, context: str) -> None:
        self._cipher = AESGCM(data_key)
        self._prefix = prefix
        self._bound = header + struct.pack(">I", len(context.encode())) + context.encode()

    def encrypt(self, number: int, plain: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(number), plain, self._associated(number, last))

    def decrypt(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(number), sealed, self._associated(number, last))
        except InvalidTag as error:
            raise SealError(f"frame {number} is damaged, altered or misplaced") from error

    def _nonce(self, number: int) -> bytes:
        return self._prefix + struct.pack(">I", number)

    def _associated(self, number: int, last: bool) -> bytes:
        return self._bound + struct.pack(">Q?", number, last)


class SealedWriter:
    """Seals what is written to it into ``target``, one frame in memory at a time.

    ``context`` names what the file is (say session and recording); the reader must name the same.
    The last frame is written by :meth:`close`: a file whose writer was never closed is refused.
    As a context manager it closes only where no error passed through.
    """

    def __init__(
        self, target: BinaryIO, data_key: bytes, context: str, frame_bytes: int = FRAME_BYTES
    ) -> None:
        if not 0 < frame_bytes <= _MAX_FRAME_BYTES:
            raise ValueError("frame_bytes is out of range")
        prefix = secrets.token_bytes(_PREFIX_BYTES)
        header = _HEADER.pack(_MAGIC, frame_bytes, prefix)
        self._target = target
        self._frame_bytes = frame_bytes
        self._cipher = _FrameCipher(data_key, header, prefix, context)
        self._pending = bytearray()
        self._number = 0
        target.write(header)

    def write(self, data: bytes) -> int:
        """Add ``data``. Raises SealError beyond 2**32 frames."""
        self._pending += data
        # The last full frame is held back: only close() knows that nothing follows it.
        while len(self._pending) > self._frame_bytes:
            self._emit(bytes(self._pending[: self._frame_bytes]), last=False)
            del self._pending[: self._frame_bytes]
        return len(data)

    def close(self) -> None:
        """Write the last frame. The target stays open."""
        self._emit(bytes(self._pending), last=True)
        self._pending.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()

    def _emit(self, plain: bytes, *, last: bool) -> None:
        if self._number >= _MAX_FRAMES:
            raise SealError("the file is too long to be sealed")
        self._target.write(self._cipher.encrypt(self._number, plain, last=last))
        self._number += 1


class SealedReader:
    """Random access to a sealed file: only the frames that a range touches are decrypted.

    The last frame is checked at once, so a file that was cut off is refused before any byte of it
    is given out. Raises SealError for whatever is not the file that was sealed for ``context``.
    """

    def __init__(self, source: BinaryIO, data_key: bytes, context: str) -> None:
        header = source.read(_HEADER.size)
        self._frame_bytes, prefix = _parsed_header(header)
        self._source = source
        self._cipher = _FrameCipher(data_key, header, prefix, context)
        body_bytes = source.seek(0, 2) - _HEADER.size
        self._frame_count = -(-body_bytes // (self._frame_bytes + _TAG_BYTES))
        self.size = body_bytes - self._frame_count * _TAG_BYTES
        if self._frame_count == 0 or self.size < 0:
            raise SealError("the sealed file is cut off")
        self._frame(self._frame_count - 1)

    def read_range(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop`` (exclusive), as a slice would."""
        return b"".join(self.iterate(start, stop))

    def iterate(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``stop`` in parts of at most one frame.

        Raises ValueError for a negative position.
        """
        stop = self.size if stop is None else min(stop, self.size)
        if start < 0 or stop < 0:
            raise ValueError("a range starts and stops at or after 0")
        while start < stop:
            number, offset = divmod(start, self._frame_bytes)
            part = self._frame(number)[offset : offset + stop - start]
            yield part
            start += len(part)

    def _frame(self, number: int) -> bytes:
        sealed_bytes = self._frame_bytes + _TAG_BYTES
        self._source.seek(_HEADER.size + number * sealed_bytes)
        sealed = self._source.read(sealed_bytes)
        return self._cipher.decrypt(number, sealed, last=number == self._frame_count - 1)


def _parsed_header(header: bytes) -> tuple[int, bytes]:
    if len(header) != _HEADER.size:
        raise SealError("the sealed file is cut off")
    magic, frame_bytes, prefix = _HEADER.unpack(header)
    if magic != _MAGIC or not 0 < frame_bytes <= _MAX_FRAME_BYTES:
        raise SealError("not a sealed file")
    return frame_bytes, prefix

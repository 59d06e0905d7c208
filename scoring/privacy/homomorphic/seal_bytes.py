"""SEAL's objects to bytes and back, without a file on disk.

The binding saves to and loads from paths only; an anonymous file in memory has one.
"""

import os
import struct
from typing import Any

import tenseal.sealapi as seal

from scoring.privacy.homomorphic.errors import MalformedError, TooLargeError
from scoring.privacy.homomorphic.limits import MAX_REQUEST_BYTES

# magic, size of the header, version (two bytes), compression, reserved, size of the whole
_HEADER = struct.Struct("<HBBBBHQ")
_MAGIC = 0xA15E


def to_bytes(item: Any) -> bytes:
    """Return any of SEAL's objects as SEAL stores it."""
    handle = os.memfd_create("seal")
    try:
        item.save(f"/proc/self/fd/{handle}")
        return os.pread(handle, os.fstat(handle).st_size, 0)
    finally:
        os.close(handle)


def load_into(item: Any, context: seal.SEALContext, content: bytes, what: str) -> Any:
    """Fill ``item`` and return it. Raises MalformedError for bytes that are not such an object.

    SEAL checks that the object is valid for the context: sizes, residues below their primes.
    """
    _check_header(content, what)
    handle = os.memfd_create("seal")
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(content)
        item.load(context, f"/proc/self/fd/{handle}")
    except (RuntimeError, ValueError, IndexError, MemoryError) as error:
        raise MalformedError(f"These bytes are not {what} for these parameters.") from error
    finally:
        os.close(handle)
    return item


def load_ciphertext(context: seal.SEALContext, content: bytes) -> seal.Ciphertext:
    """Return a ciphertext. Raises MalformedError, or TooLargeError before anything is read."""
    if len(content) > MAX_REQUEST_BYTES:
        limit = MAX_REQUEST_BYTES // 1_000_000
        raise TooLargeError(f"A request holds at most {limit} MB; this one has {len(content)} B.")
    ciphertext: seal.Ciphertext = seal.Ciphertext(context)
    return load_into(ciphertext, context, content, "a ciphertext")


def _check_header(content: bytes, what: str) -> None:
    """Refuse what is cut off, padded, or says that it unpacks to something else."""
    if len(content) < _HEADER.size:
        raise MalformedError(f"These bytes are not {what}: there are only {len(content)}.")
    magic, header_bytes, _, _, _, _, size = _HEADER.unpack_from(content)
    if magic != _MAGIC or header_bytes != _HEADER.size or size != len(content):
        raise MalformedError(f"These bytes are not {what}: the header does not fit.")

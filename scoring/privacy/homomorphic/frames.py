"""Messages between two processes over pipes: a small JSON head, and bytes."""

import json
import struct
from typing import IO, Any

_SIZES = struct.Struct(">IQ")
MAX_HEAD_BYTES = 1_000_000
MAX_BODY_BYTES = 200_000_000


class PipeClosedError(Exception):
    """The other process ended, or what it sent is no message."""


def send(pipe: IO[bytes], head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message. Raises PipeClosedError."""
    text = json.dumps(head).encode()
    try:
        pipe.write(_SIZES.pack(len(text), len(body)))
        pipe.write(text)
        pipe.write(body)
        pipe.flush()
    except (BrokenPipeError, ValueError) as error:
        raise PipeClosedError("the other process ended") from error


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Read one message. Raises PipeClosedError."""
    head_bytes, body_bytes = _SIZES.unpack(_exactly(pipe, _SIZES.size))
    if head_bytes > MAX_HEAD_BYTES or body_bytes > MAX_BODY_BYTES:
        raise PipeClosedError("the other process sent no message")
    head: dict[str, Any] = json.loads(_exactly(pipe, head_bytes))
    return head, _exactly(pipe, body_bytes)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    parts, left = [], count
    while left:
        part = pipe.read(left)
        if not part:
            raise PipeClosedError("the other process ended")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)

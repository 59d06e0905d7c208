"""Sealed files give back what was written, and refuse everything that was not."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applicants.sealing import (
    SealedReader,
    SealedWriter,
    SealError,
    new_data_key,
    unwrap_key,
    wrap_key,
)

FRAME_BYTES = 64
SEALED_FRAME_BYTES = FRAME_BYTES + 16
HEADER_BYTES = 20
KEY = bytes(range(32))
CONTEXT = "session/recording"


def seal(plain: bytes, *, context: str = CONTEXT, key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    with SealedWriter(target, key, context, frame_bytes=FRAME_BYTES) as writer:
        writer.write(plain)
    return target.getvalue()


def unseal(sealed: bytes, *, context: str = CONTEXT, key: bytes = KEY) -> bytes:
    reader = SealedReader(io.BytesIO(sealed), key, context)
    return reader.read_range(0, reader.size)


def frames_of(sealed: bytes) -> tuple[bytes, list[bytes]]:
    body = sealed[HEADER_BYTES:]
    starts = range(0, len(body), SEALED_FRAME_BYTES)
    return sealed[:HEADER_BYTES], [body[start : start + SEALED_FRAME_BYTES] for start in starts]


@given(plain=st.binary(max_size=400), start=st.integers(0, 450), length=st.integers(0, 450))
def test_a_range_is_the_slice_of_the_plain_bytes(plain: bytes, start: int, length: int) -> None:
    reader = SealedReader(io.BytesIO(seal(plain)), KEY, CONTEXT)

    assert reader.size == len(plain)
    assert reader.read_range(start, start + length) == plain[start : start + length]


@given(parts=st.lists(st.binary(max_size=150), max_size=6))
def test_parts_of_any_length_are_joined(parts: list[bytes]) -> None:
    target = io.BytesIO()
    with SealedWriter(target, KEY, CONTEXT, frame_bytes=FRAME_BYTES) as writer:
        for part in parts:
            writer.write(part)

    assert unseal(target.getvalue()) == b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 192])
def test_frame_edges(size: int) -> None:
    plain = bytes(index % 251 for index in range(size))

    assert unseal(seal(plain)) == plain


def test_only_the_frames_of_the_range_are_read() -> None:
    sealed = bytearray(seal(bytes(5 * FRAME_BYTES)))
    sealed[HEADER_BYTES + 2 * SEALED_FRAME_BYTES] ^= 1
    reader = SealedReader(io.BytesIO(bytes(sealed)), KEY, CONTEXT)

    assert reader.read_range(0, 2 * FRAME_BYTES) == bytes(2 * FRAME_BYTES)
    with pytest.raises(SealError):
        reader.read_range(2 * FRAME_BYTES, 2 * FRAME_BYTES + 1)


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused(place: int, bit: int) -> None:
    sealed = bytearray(seal(b"x" * 200))
    sealed[place % len(sealed)] ^= 1 << bit

    with pytest.raises(SealError):
        unseal(bytes(sealed))


def _swap(frames: list[bytes]) -> list[bytes]:
    return [frames[1], frames[0], *frames[2:]]


def _drop(frames: list[bytes]) -> list[bytes]:
    return [frames[0], *frames[2:]]


def _repeat(frames: list[bytes]) -> list[bytes]:
    return [frames[0], frames[0], *frames[1:]]


def _cut_last(frames: list[bytes]) -> list[bytes]:
    return frames[:-1]


def _cut_all(frames: list[bytes]) -> list[bytes]:
    return []


def _reverse(frames: list[bytes]) -> list[bytes]:
    return frames[::-1]


@pytest.mark.parametrize("tamper", [_swap, _drop, _repeat, _cut_last, _cut_all, _reverse])
def test_tampered_frames_are_refused(tamper) -> None:
    header, frames = frames_of(seal(bytes(range(256))))
    assert len(frames) == 4

    with pytest.raises(SealError):
        unseal(header + b"".join(tamper(frames)))


def test_a_cut_at_every_byte_is_refused() -> None:
    sealed = seal(bytes(150))

    for length in range(len(sealed)):
        with pytest.raises(SealError):
            SealedReader(io.BytesIO(sealed[:length]), KEY, CONTEXT)


def test_a_frame_of_another_file_is_refused() -> None:
    header, frames = frames_of(seal(bytes(128)))
    _, others = frames_of(seal(bytes(128)))

    with pytest.raises(SealError):
        unseal(header + others[0] + frames[1])


def test_another_context_or_key_is_refused() -> None:
    sealed = seal(b"voice")

    with pytest.raises(SealError):
        unseal(sealed, context="session/other")
    with pytest.raises(SealError):
        unseal(sealed, key=bytes(32))


def test_a_writer_that_failed_leaves_no_readable_file() -> None:
    target = io.BytesIO()
    with pytest.raises(OSError), SealedWriter(target, KEY, CONTEXT, FRAME_BYTES) as writer:
        writer.write(bytes(200))
        raise OSError("disk full")

    with pytest.raises(SealError):
        unseal(target.getvalue())


def test_the_same_bytes_are_never_sealed_alike() -> None:
    assert seal(b"twice") != seal(b"twice")


def test_a_negative_range_is_an_error() -> None:
    reader = SealedReader(io.BytesIO(seal(b"abc")), KEY, CONTEXT)

    with pytest.raises(ValueError, match="at or after 0"):
        reader.read_range(-1, 2)


def test_a_wrapped_key_comes_back_for_its_tenant_and_session_alone() -> None:
    tenant_key, data_key = new_data_key(), new_data_key()
    wrapped = wrap_key(tenant_key, data_key, "session-1")

    assert unwrap_key(tenant_key, wrapped, "session-1") == data_key
    assert data_key not in wrapped
    for key, blob, context in (
        (new_data_key(), wrapped, "session-1"),
        (tenant_key, wrapped, "session-2"),
        (tenant_key, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), "session-1"),
        (tenant_key, b"", "session-1"),
    ):
        with pytest.raises(SealError):
            unwrap_key(key, blob, context)

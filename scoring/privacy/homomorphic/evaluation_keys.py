"""Evaluation keys as one file: what the server needs to compute, and nothing that decrypts.

Layout: magic 8 bytes | length of the name u16 | name of the parameters | then twice (relinearising,
rotating) a length u64 and SEAL's bytes. All integers big-endian. An absent part has length 0.
"""

import struct
from dataclasses import dataclass

import tenseal.sealapi as seal

from scoring.privacy.homomorphic.contexts import context_of
from scoring.privacy.homomorphic.errors import (
    MalformedError,
    SecretKeyError,
    TooLargeError,
)
from scoring.privacy.homomorphic.limits import MAX_KEY_BYTES
from scoring.privacy.homomorphic.packing import Packing
from scoring.privacy.homomorphic.parameters import Parameters, published
from scoring.privacy.homomorphic.seal_bytes import load_into

EVALUATION_FILE = "evaluation.keys"
MAGIC = b"CWEVAL\x00\x01"
SECRET_MAGIC = b"CWSECR\x00\x01"
_NAME, _PART = struct.Struct(">H"), struct.Struct(">Q")
LONGEST_NAME = 40
# Wire types, the secret key's field in a context of TenSEAL, and more fields than one has.
_VARINT, _BYTES, _SECRET_FIELD, _NO_FIELD, _MOST_FIELDS = 0, 2, 3, 7, 64
_WORD_BYTES = 8


@dataclass(frozen=True, slots=True)
class EvaluationKeys:
    """Keys of one client for one set of parameters. Either part may be absent."""

    parameters: Parameters
    relinearising: seal.RelinKeys | None
    rotating: seal.GaloisKeys | None


def packed(name: str, relinearising: bytes, rotating: bytes) -> bytes:
    """Return the file of these keys."""
    parts = [MAGIC, _NAME.pack(len(name)), name.encode()]
    for part in (relinearising, rotating):
        parts += [_PART.pack(len(part)), part]
    return b"".join(parts)


def unpacked_bytes(parameters: Parameters) -> int:
    """Return how much memory the keys of a client take for these parameters, once unpacked."""
    primes = len(parameters.modulus_bits)
    one = (primes - 1) * 2 * primes * parameters.degree * _WORD_BYTES
    return (1 + len(rotations_of(parameters))) * one


def rotations_of(parameters: Parameters) -> list[int]:
    """Return the rotations that keys for one applicant allow; batches need none."""
    return [] if parameters.batch_of else Packing.of(parameters).all_rotations()


def parameters_of(content: bytes) -> Parameters:
    """Return which parameters a file of keys is for, without loading it.

    Raises SecretKeyError, TooLargeError, MalformedError or UnsafeParametersError.
    """
    if len(content) > MAX_KEY_BYTES:
        limit = MAX_KEY_BYTES // 1_000_000
        raise TooLargeError(f"Evaluation keys have at most {limit} MB.")
    is_other = not content.startswith(MAGIC)
    if content.startswith(SECRET_MAGIC) or (is_other and _is_secret_context(content)):
        raise SecretKeyError(
            "This file holds a secret key, or may. It was not kept. Do not use that key again: "
            "make new keys, and send the evaluation keys only."
        )
    name, _ = _name_of(content)
    return published(name)


def loaded(content: bytes) -> EvaluationKeys:
    """Return the keys in a file, checked against their parameters. Raises as parameters_of.

    A small file can unpack to very much: who reads files of strangers bounds the memory.
    """
    parameters = parameters_of(content)
    context = context_of(parameters)
    _, place = _name_of(content)
    relinearising, place = _part(content, place)
    rotating, place = _part(content, place)
    if place != len(content):
        raise MalformedError("These bytes are not evaluation keys: something follows them.")
    keys = EvaluationKeys(
        parameters,
        _key(seal.RelinKeys(), context, relinearising),
        _key(seal.GaloisKeys(), context, rotating),
    )
    _check_count(keys)
    return keys


def _check_count(keys: EvaluationKeys) -> None:
    """Refuse keys that no estimator needs: they would only fill memory. Raises MalformedError."""
    rotations = rotations_of(keys.parameters)
    rotating = keys.rotating.size() if keys.rotating else 0
    relinearising = keys.relinearising.size() if keys.relinearising else 0
    if rotating > len(rotations) or relinearising > 1:
        raise MalformedError("There are more evaluation keys than any estimator here needs.")


def _key(item: seal.RelinKeys | seal.GaloisKeys, context: seal.SEALContext, content: bytes):  # type: ignore[no-untyped-def]  # SEAL's own classes
    return load_into(item, context, content, "an evaluation key") if content else None


def _name_of(content: bytes) -> tuple[str, int]:
    start = len(MAGIC) + _NAME.size
    if not content.startswith(MAGIC) or len(content) < start:
        raise MalformedError("These bytes are not evaluation keys.")
    (length,) = _NAME.unpack_from(content, len(MAGIC))
    name = content[start : start + length]
    if length > LONGEST_NAME or len(name) != length or not name.isascii():
        raise MalformedError("These bytes are not evaluation keys: the name does not fit.")
    return name.decode(), start + length


def _part(content: bytes, place: int) -> tuple[bytes, int]:
    if len(content) < place + _PART.size:
        raise MalformedError("These evaluation keys are cut off.")
    (length,) = _PART.unpack_from(content, place)
    start = place + _PART.size
    if length > len(content) - start:
        raise MalformedError("These evaluation keys are cut off.")
    return content[start : start + length], start + length


def _is_secret_context(content: bytes) -> bool:
    """Tell whether this is a context of TenSEAL with a secret key, without building one.

    Its protocol buffer keeps the secret key in field 3 of the outermost message.
    """
    place = 0
    for _ in range(_MOST_FIELDS):
        if place >= len(content):
            break
        tag, place = _varint(content, place)
        field, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            _, place = _varint(content, place)
        elif kind == _BYTES:
            length, place = _varint(content, place)
            if length > len(content) - place:
                return False
            if field == _SECRET_FIELD and length:
                return True
            place += length
        else:
            return False
    return False


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(content):
            break
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    return _NO_FIELD, place

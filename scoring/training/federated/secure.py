"""Masked sums: the server learns the sum over all branches and nothing of one branch.

Every two branches share a key (X25519 of keys in the agreement, so no server can stand between
them). From it and from the request each pair draws the same mask; one adds it, the other takes it
away, and in the sum all masks cancel (Bonawitz et al. 2017, *Practical Secure Aggregation*, without
its recovery from drop-outs: a lost branch ends the run). Arithmetic is fixed-point modulo 2^64.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FloatArray = npt.NDArray[np.float64]
FixedArray = npt.NDArray[np.uint64]
STEP = 2.0**-24
# A sum of this size or more would not be told from a negative one.
LARGEST = 2.0**38


def new_key() -> bytes:
    """Return a fresh private key of a branch, 32 bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> str:
    """Return the public key for the agreement, in hexadecimal."""
    key = X25519PrivateKey.from_private_bytes(private)
    return key.public_key().public_bytes_raw().hex()


def to_fixed(values: FloatArray) -> FixedArray:
    """Return values in steps of 2^-24 modulo 2^64. Raises ValueError where one does not fit."""
    if not np.all(np.abs(values) < LARGEST):
        raise ValueError("a value is too large for a masked sum, or is no number")
    return np.round(values / STEP).astype(np.int64).view(np.uint64)


def from_fixed(total: FixedArray) -> FloatArray:
    """Return the values of a sum of fixed-point numbers."""
    return total.view(np.int64).astype(np.float64) * STEP


def masked(
    values: FloatArray, *, name: str, private: bytes, keys: Mapping[str, str], request: bytes
) -> FixedArray:
    """Return one branch's masked vector.

    ``keys`` are the public keys of all branches by name, ``request`` is the digest of what was
    asked: masks of different requests have nothing in common.
    """
    total = to_fixed(values)
    own = X25519PrivateKey.from_private_bytes(private)
    for other, key in keys.items():
        if other == name:
            continue
        shared = own.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(key)))
        mask = _stream(shared, request, len(values))
        # Unsigned arithmetic wraps around, which is what modulo 2^64 means.
        total = total + mask if name < other else total - mask
    return total


def _stream(shared: bytes, request: bytes, size: int) -> FixedArray:
    key = HKDF(SHA256(), 32, salt=None, info=b"creditweb federated mask" + request).derive(shared)
    # The key is used for this one stream, so the nonce may be constant.
    cipher = Cipher(ChaCha20(key, bytes(16)), mode=None).encryptor()
    return np.frombuffer(cipher.update(bytes(8 * size)), dtype="<u8").astype(np.uint64)

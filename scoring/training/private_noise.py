"""Noise of differential privacy that nobody can foresee or draw again.

A generator for simulations (PCG64, Mersenne Twister) can be continued by whoever sees enough of its
output or knows its seed, and noise that is known can be taken away again. Here every number comes
from a cryptographic source; there is no seed.

A single draw in floating point takes only some of the doubles, and which ones tells of the value
below it (Mironov 2012). A sum of several draws with the same distribution takes so many that trying
them all is out of reach (Holohan and Braghin 2021, *Secure random sampling in differential
privacy*).
"""

import hmac
import math
import secrets
from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

FloatArray = npt.NDArray[np.float64]
WORD_BYTES = 8
# What a double holds exactly.
BITS = 53
# Draws that one number is the sum of.
SUMMANDS = 4
KEY_BYTES = 32


class Noise(Protocol):
    """Where noise comes from; ``source`` is said in the report and on the card."""

    source: str

    def gaussian(self, scale: float, shape: tuple[int, ...]) -> FloatArray:
        """Return independent numbers of N(0, scale²)."""


class _OfBytes(ABC):
    """Numbers made of random bytes."""

    @abstractmethod
    def random_bytes(self, count: int) -> bytes:
        """Return so many bytes that nobody can foretell."""

    def uniform(self, shape: tuple[int, ...]) -> FloatArray:
        """Return independent numbers of (0, 1]."""
        return uniforms(self.random_bytes(math.prod(shape) * WORD_BYTES)).reshape(shape)

    def gaussian(self, scale: float, shape: tuple[int, ...]) -> FloatArray:
        """Return independent numbers of N(0, scale²)."""
        count = math.prod(shape)
        # Numbers come in pairs.
        drawn = count + count % 2
        normals = standard_normals(self.random_bytes(SUMMANDS * drawn * WORD_BYTES))
        summed = normals.reshape(SUMMANDS, drawn).sum(axis=0)[:count]
        return np.asarray(scale * summed / SUMMANDS**0.5).reshape(shape)

    def laplace(self, scale: float, shape: tuple[int, ...]) -> FloatArray:
        """Return independent numbers with density exp(-|x| / scale) / (2 scale)."""
        one, two, three, four = self.uniform((SUMMANDS, *shape))
        halves = np.log(one) * np.cos(np.pi * two) + np.log(three) * np.cos(np.pi * four)
        return np.asarray(scale * halves)


class SystemNoise(_OfBytes):
    """Noise from the operating system."""

    source = "the cryptographic random source of the branch's operating system, without a seed"

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


class KeyedNoise(_OfBytes):
    """Noise of a secret key, by ChaCha20: for a long training that is cut off and goes on.

    Each ``label`` is a stream of its own. Whoever has the key can draw the noise again, so it is
    made for one training, never told, and destroyed after it.
    """

    source = "a secret key that was made for this training and destroyed after it"

    def __init__(self, key: bytes, label: str) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of noise has {KEY_BYTES} bytes")
        own = hmac.digest(key, label.encode(), "sha256")
        self._stream = Cipher(ChaCha20(own, bytes(16)), None).encryptor()

    def random_bytes(self, count: int) -> bytes:
        return self._stream.update(bytes(count))


def new_key() -> bytes:
    """Return a key for one training."""
    return secrets.token_bytes(KEY_BYTES)


def uniforms(content: bytes) -> FloatArray:
    """Return one number of (0, 1] for 8 random bytes; 0 has no logarithm."""
    words = np.frombuffer(content, dtype="<u8") >> (64 - BITS)
    return np.asarray((words + 1.0) * 2.0**-BITS)


def standard_normals(content: bytes) -> FloatArray:
    """Return one number of N(0, 1) for 8 random bytes, of an even count (Box and Muller 1958).

    No number lies beyond 8.7; that a true one would has a chance of 3e-18.
    """
    first, second = uniforms(content).reshape(2, -1)
    radius, angle = np.sqrt(-2 * np.log(first)), 2 * np.pi * second
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])

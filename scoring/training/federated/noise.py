"""Gaussian noise that nobody can foresee or draw again.

A generator for simulations (PCG64, Mersenne Twister) can be continued by whoever sees enough of its
output or knows its seed, and noise that is known can be taken away again. Here every number comes
from the operating system's cryptographic source; there is no seed.
"""

import math
import secrets
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
WORD_BYTES = 8
# What a double holds exactly.
BITS = 53
# Draws that one number is the sum of.
SUMMANDS = 4


class Noise(Protocol):
    """Where noise comes from; ``source`` is said in the report and on the card."""

    source: str

    def gaussian(self, scale: float, shape: tuple[int, ...]) -> FloatArray:
        """Return independent numbers of N(0, scale²)."""


class SystemNoise:
    """Noise from the operating system.

    A single draw in floating point takes only some of the doubles, and which ones tells of the
    value below it (Mironov 2012). A sum of four draws, divided by two, has the same distribution
    and takes so many that trying them all is out of reach (Holohan and Braghin 2021, *Secure random
    sampling in differential privacy*).
    """

    source = "the cryptographic random source of the branch's operating system, without a seed"

    def gaussian(self, scale: float, shape: tuple[int, ...]) -> FloatArray:
        count = math.prod(shape)
        # Numbers come in pairs.
        drawn = count + count % 2
        normals = standard_normals(secrets.token_bytes(SUMMANDS * drawn * WORD_BYTES))
        summed = normals.reshape(SUMMANDS, drawn).sum(axis=0)[:count]
        return np.asarray(scale * summed / SUMMANDS**0.5).reshape(shape)


def standard_normals(content: bytes) -> FloatArray:
    """Return one number of N(0, 1) for 8 random bytes, of an even count (Box and Muller 1958).

    No number lies beyond 8.7; that a true one would has a chance of 3e-18.
    """
    words = np.frombuffer(content, dtype="<u8") >> (64 - BITS)
    # In (0, 1]: 0 has no logarithm.
    uniform = (words + 1.0) * 2.0**-BITS
    first, second = uniform.reshape(2, -1)
    radius, angle = np.sqrt(-2 * np.log(first)), 2 * np.pi * second
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])

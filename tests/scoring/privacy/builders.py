"""Small estimators with random weights, for every set of parameters."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from scoring.privacy.homomorphic import evaluation_keys
from scoring.privacy.homomorphic.contexts import context_of
from scoring.privacy.homomorphic.encoder import Encoder, Input
from scoring.privacy.homomorphic.estimator import Estimator, Layer, folded
from scoring.privacy.homomorphic.parameters import published

SHAPES = {
    "linear-4096": (1,),
    "linear-8192": (1,),
    "one-hidden-8192": (20, 1),
    "two-hidden-16384": (40, 20, 1),
    "two-hidden-8192": (40, 20, 1),
}


def encoder(inputs: int = 54) -> Encoder:
    return Encoder([Input(f"x{number}") for number in range(inputs)])


def network(parameters: str, *, inputs: int = 54, seed: int = 3) -> tuple[Estimator, list[Layer]]:
    """Return an estimator and its layers before folding, with outputs of about ±3."""
    generator, layers, width = np.random.default_rng(seed), [], inputs
    for outputs in SHAPES[parameters]:
        weights = generator.normal(0, 1.2 / width**0.5, (outputs, width))
        layers.append(Layer(weights, generator.normal(0, 0.3, outputs)))
        width = outputs
    estimator = Estimator("random", "Random", parameters, encoder(inputs), folded(layers), 0.5)
    return estimator, layers


def rows(count: int, inputs: int = 54, seed: int = 4) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 1, (count, inputs))


def rotating_bomb(parameters: str, entries: int) -> bytes:
    """Return a small file of rotation keys that unpacks to very many keys, all of them zeros."""
    settings = published(parameters)
    primes, degree = len(settings.modulus_bits), settings.degree
    parms_id = struct.pack("<4Q", *context_of(settings).key_parms_id())
    numbers = bytes(8 * 2 * primes * degree)
    array = _stored(struct.pack("<Q", len(numbers) // 8) + numbers)
    key = _stored(parms_id + struct.pack("<BQQQdQ", 1, 2, degree, primes, 1.0, 1) + array)
    one = struct.pack("<Q", primes - 1) + (primes - 1) * key
    squeeze = zlib.compressobj(1)
    parts = [squeeze.compress(parms_id + struct.pack("<Q", degree))]
    parts += [squeeze.compress(one) for _ in range(entries)]
    parts += [squeeze.compress(bytes(8 * (degree - entries))), squeeze.flush()]
    rotating = _stored(b"".join(parts), compression=1)
    return evaluation_keys.packed(parameters, b"", rotating)


def _stored(content: bytes, compression: int = 0) -> bytes:
    """Put SEAL's header in front."""
    return struct.pack("<HBBBBHQ", 0xA15E, 16, 4, 3, compression, 0, 16 + len(content)) + content

"""The published parameters: a fixed list, each at 128-bit security.

Security follows the table of the Homomorphic Encryption Standard (Albrecht et al. 2018), as SEAL
enforces it for ``tc128``: at degree 4096, 8192 and 16384 a modulus of at most 109, 218 and 438
bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import tenseal.sealapi as seal

from scoring.privacy.homomorphic.errors import UnsafeParametersError

# Below this, rounding reaches the score: 62 of 300 classes flipped at a scale of 2^20.
SMALLEST_SCALE_BITS = 30


@dataclass(frozen=True, slots=True)
class Parameters:
    """One set. A scale of 2^b keeps about b bits behind the point, less what noise takes.

    ``modulus_bits`` are the primes of the coefficient modulus, the last one for switching keys.
    ``weight_bits`` holds the scale of each layer's weights; where ``rescales``, each layer drops
    one prime after its weights.
    """

    name: str
    degree: int
    modulus_bits: tuple[int, ...]
    input_bits: int
    weight_bits: tuple[int, ...]
    rescales: bool

    @property
    def slots(self) -> int:
        """Return how many numbers one ciphertext holds."""
        return self.degree // 2

    @property
    def depth(self) -> int:
        """Return how many layers of weights these parameters carry."""
        return len(self.weight_bits)


_LIST = (
    # Of one layer: nothing is rescaled, so two small primes of a small ring are enough.
    Parameters("linear-4096", 4096, (36, 36, 37), 30, (30,), rescales=False),
    # The same for 4096 applicants in one request.
    Parameters("linear-8192", 8192, (36, 36, 37), 30, (30,), rescales=False),
    Parameters("one-hidden-8192", 8192, (60, 60, 38, 60), 38, (40, 30), rescales=True),
    Parameters("two-hidden-16384", 16384, (60, 60, 60, 40, 60), 40, (36, 28, 30), rescales=True),
)
PUBLISHED: Mapping[str, Parameters] = {each.name: each for each in _LIST}


def published(name: str) -> Parameters:
    """Return the parameters of that name. Raises UnsafeParametersError for any other."""
    try:
        return require_safe(PUBLISHED[name])
    except KeyError as error:
        known = ", ".join(PUBLISHED)
        message = f"“{name[:40]}” is not in the list of parameters; it holds {known}."
        raise UnsafeParametersError(message) from error


def require_safe(parameters: Parameters) -> Parameters:
    """Return the parameters. Raises UnsafeParametersError for a scale or security too small."""
    if parameters.input_bits < SMALLEST_SCALE_BITS:
        message = f"A scale of 2^{parameters.input_bits} is refused; 2^{SMALLEST_SCALE_BITS} is "
        raise UnsafeParametersError(f"{message}the least.")
    context_of(parameters)
    return parameters


def context_of(parameters: Parameters) -> seal.SEALContext:
    """Return SEAL's context. Raises UnsafeParametersError below 128-bit security."""
    settings = seal.EncryptionParameters(seal.SCHEME_TYPE.CKKS)
    settings.set_poly_modulus_degree(parameters.degree)
    bits = list(parameters.modulus_bits)
    settings.set_coeff_modulus(seal.CoeffModulus.Create(parameters.degree, bits))
    context = seal.SEALContext(settings, True, seal.SEC_LEVEL_TYPE.TC128)
    if not context.parameters_set():
        raise UnsafeParametersError(context.parameters_error_message())
    return context


@dataclass(frozen=True, slots=True)
class Level:
    """A step down the chain of moduli: SEAL's name of it, and the prime that leaving it drops."""

    parms_id: list[int]
    last_prime: int


def levels(context: seal.SEALContext) -> list[Level]:
    """Return the levels from a fresh ciphertext down."""
    found = []
    data = context.first_context_data()
    while data is not None:
        primes = data.parms().coeff_modulus()
        found.append(Level(data.parms_id(), primes[-1].value()))
        data = data.next_context_data()
    return found

"""The published parameters: a fixed list, each at 128-bit security.

Security follows the table of the Homomorphic Encryption Standard (Albrecht et al. 2018): at degree
4096, 8192 and 16384 a modulus of at most 109, 218 and 438 bits. :mod:`.contexts` enforces it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.privacy.homomorphic.errors import UnsafeParametersError


@dataclass(frozen=True, slots=True)
class Parameters:
    """One set. A scale of 2^b keeps about b bits behind the point, less what noise takes.

    ``modulus_bits`` are the primes of the coefficient modulus, the last one for switching keys.
    ``weight_bits`` holds the scale of each layer's weights; where ``rescales``, each layer drops
    one prime after its weights. A set ``batch_of`` others is for batches only: its keys rotate
    nothing, and its last prime may be smaller than the others, since keys are switched only where
    the scale is far above the noise of that.
    """

    name: str
    degree: int
    modulus_bits: tuple[int, ...]
    input_bits: int
    weight_bits: tuple[int, ...]
    rescales: bool
    batch_of: str | None = None

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
    Parameters(
        "linear-8192", 8192, (36, 36, 37), 30, (30,), rescales=False, batch_of="linear-4096"
    ),
    Parameters("one-hidden-8192", 8192, (60, 60, 38, 60), 38, (40, 30), rescales=True),
    Parameters("two-hidden-16384", 16384, (60, 60, 60, 40, 60), 40, (36, 28, 30), rescales=True),
    # A number alone as a weight has no rounding noise of a ring, so its scale can be small; what
    # is saved halves the ring. The output has eight bits before the point.
    Parameters(
        "two-hidden-8192", 8192, (55, 55, 52, 24, 32), 34, (24, 24, 22), rescales=True,
        batch_of="two-hidden-16384",
    ),
)  # fmt: skip
PUBLISHED: Mapping[str, Parameters] = {each.name: each for each in _LIST}


def published(name: str) -> Parameters:
    """Return the parameters of that name. Raises UnsafeParametersError for any other."""
    try:
        return PUBLISHED[name]
    except KeyError as error:
        known = ", ".join(PUBLISHED)
        message = f"“{name[:40]}” is not in the list of parameters; it holds {known}."
        raise UnsafeParametersError(message) from error


def in_batches(parameters: Parameters) -> Parameters:
    """Return the set for batches of what is evaluated for one applicant with ``parameters``."""
    for each in _LIST:
        if each.batch_of == parameters.name:
            return each
    return parameters

"""Parameters as SEAL's contexts, and the chain of moduli that a computation goes down."""

from dataclasses import dataclass

import tenseal.sealapi as seal

from scoring.privacy.homomorphic.errors import UnsafeParametersError
from scoring.privacy.homomorphic.parameters import Parameters

# Below this, rounding reaches the score: 62 of 300 classes flipped at a scale of 2^20.
SMALLEST_SCALE_BITS = 30


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

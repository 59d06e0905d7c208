"""The server's part: an estimator evaluated on one encrypted row. Nothing here can decrypt."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tenseal.sealapi as seal
from numpy.typing import NDArray

from scoring.privacy.homomorphic.contexts import Level, context_of, levels
from scoring.privacy.homomorphic.errors import MalformedError
from scoring.privacy.homomorphic.estimator import Estimator
from scoring.privacy.homomorphic.evaluation_keys import EvaluationKeys
from scoring.privacy.homomorphic.packing import Packing, check_fits
from scoring.privacy.homomorphic.parameters import Parameters
from scoring.privacy.homomorphic.seal_bytes import load_ciphertext, to_bytes

SAME_SCALE = 1e-9


@dataclass(frozen=True, slots=True)
class _EncodedLayer:
    """Weights and bias as SEAL's plaintexts, at the level and scale where they are needed."""

    weights: seal.Plaintext
    bias: seal.Plaintext
    rotations: tuple[int, ...]


class PackedEvaluator:
    """An estimator, encoded once for its parameters; it serves every client with keys for them.

    Raises ValueError where the estimator does not fit the parameters.
    """

    def __init__(self, estimator: Estimator, parameters: Parameters) -> None:
        check_fits(estimator, parameters)
        self.parameters = parameters
        self._context = context_of(parameters)
        self._evaluator = seal.Evaluator(self._context)
        self._encoder = seal.CKKSEncoder(self._context)
        self._levels = levels(self._context)
        self._layers = self._encoded(estimator)

    def evaluate(self, content: bytes, keys: EvaluationKeys) -> bytes:
        """Return the encrypted output for an encrypted applicant.

        Raises MalformedError for bytes that are no fresh ciphertext of these parameters, or keys
        that do not allow what the estimator needs.
        """
        ciphertext = load_ciphertext(self._context, content)
        check_fresh(ciphertext, self.parameters, self._levels[0])
        if keys.parameters != self.parameters:
            message = f"These keys are for {keys.parameters.name}, not {self.parameters.name}."
            raise MalformedError(message)
        try:
            return to_bytes(self._through_layers(ciphertext, keys))
        except (RuntimeError, ValueError) as error:
            raise MalformedError(
                "These keys or this ciphertext cannot be computed with."
            ) from error

    def _through_layers(self, value: seal.Ciphertext, keys: EvaluationKeys) -> seal.Ciphertext:
        for number, layer in enumerate(self._layers):
            if number:
                self._evaluator.square_inplace(value)
                self._evaluator.relinearize_inplace(value, _present(keys.relinearising))
            self._evaluator.multiply_plain_inplace(value, layer.weights)
            if self.parameters.rescales:
                self._evaluator.rescale_to_next_inplace(value)
            self._add_up(value, layer.rotations, keys)
            self._evaluator.add_plain_inplace(value, layer.bias)
        return value

    def _add_up(
        self, value: seal.Ciphertext, rotations: Sequence[int], keys: EvaluationKeys
    ) -> None:
        rotated = seal.Ciphertext(self._context)
        for step in rotations:
            self._evaluator.rotate_vector(value, step, _present(keys.rotating), rotated)
            self._evaluator.add_inplace(value, rotated)

    def _encoded(self, estimator: Estimator) -> list[_EncodedLayer]:
        packing, encoded = Packing.of(self.parameters), []
        scale, level = 2.0**self.parameters.input_bits, 0
        for number, layer in enumerate(estimator.layers):
            weight_scale = 2.0 ** self.parameters.weight_bits[number]
            at = self._levels[level]
            weights = self._plaintext(packing.weights(number, layer.weights), at, weight_scale)
            scale = (scale if number == 0 else scale**2) * weight_scale
            if self.parameters.rescales:
                scale, level = scale / at.last_prime, level + 1
            bias = self._plaintext(packing.bias(number, layer.bias), self._levels[level], scale)
            encoded.append(_EncodedLayer(weights, bias, tuple(packing.rotations(number))))
        return encoded

    def _plaintext(self, values: NDArray[np.float64], level: Level, scale: float) -> seal.Plaintext:
        plaintext = seal.Plaintext()
        self._encoder.encode(values.tolist(), level.parms_id, scale, plaintext)
        return plaintext


def check_fresh(ciphertext: seal.Ciphertext, parameters: Parameters, first: Level) -> None:
    """Refuse what the client's encrypting never yields. Raises MalformedError."""
    scale = 2.0**parameters.input_bits
    is_fresh = (
        ciphertext.size() == 2
        and ciphertext.is_ntt_form()
        and list(ciphertext.parms_id()) == list(first.parms_id)
        and math.isclose(ciphertext.scale, scale, rel_tol=SAME_SCALE)
        and not ciphertext.is_transparent()
    )
    if not is_fresh:
        raise MalformedError("This ciphertext is not as the client encrypts a row.")


def _present(keys: seal.RelinKeys | seal.GaloisKeys | None):  # type: ignore[no-untyped-def]  # SEAL's own classes
    if keys is None:
        raise MalformedError("These evaluation keys lack a part that this estimator needs.")
    return keys

"""Many encrypted applicants at once: one ciphertext an input, one applicant a slot (SIMD).

No rotation is needed, and a square is relinearised once an output of the layer that follows, not
once a hidden value: products with weights and sums work on three parts as on two.
"""

from collections.abc import Sequence

import tenseal.sealapi as seal

from scoring.privacy.homomorphic.contexts import Level, context_of, levels
from scoring.privacy.homomorphic.errors import MalformedError
from scoring.privacy.homomorphic.estimator import Estimator, Layer
from scoring.privacy.homomorphic.evaluation_keys import EvaluationKeys
from scoring.privacy.homomorphic.evaluator import check_fresh
from scoring.privacy.homomorphic.parameters import Parameters
from scoring.privacy.homomorphic.seal_bytes import load_ciphertext, to_bytes


class BatchEvaluator:
    """An estimator for batches. Weights are encoded when needed: together they fill memory."""

    def __init__(self, estimator: Estimator, parameters: Parameters) -> None:
        if len(estimator.layers) != parameters.depth:
            raise ValueError(f"{estimator.name} does not fit {parameters.name}")
        self.parameters = parameters
        self._estimator = estimator
        self._context = context_of(parameters)
        self._evaluator = seal.Evaluator(self._context)
        self._encoder = seal.CKKSEncoder(self._context)
        self._levels = levels(self._context)

    def evaluate(self, contents: Sequence[bytes], keys: EvaluationKeys) -> bytes:
        """Return the encrypted outputs, one applicant a slot. Raises MalformedError."""
        if keys.parameters != self.parameters:
            message = f"These keys are for {keys.parameters.name}, not {self.parameters.name}."
            raise MalformedError(message)
        expected = self._estimator.layers[0].weights.shape[1]
        if len(contents) != expected:
            raise MalformedError(f"It takes {expected} ciphertexts, not {len(contents)}.")
        values = [load_ciphertext(self._context, each) for each in contents]
        for value in values:
            check_fresh(value, self.parameters, self._levels[0])
        try:
            return to_bytes(self._through_layers(values, keys))
        except (RuntimeError, ValueError) as error:
            raise MalformedError("These keys or ciphertexts cannot be computed with.") from error

    def _through_layers(
        self, values: list[seal.Ciphertext], keys: EvaluationKeys
    ) -> seal.Ciphertext:
        level = 0
        for number, layer in enumerate(self._estimator.layers):
            if number:
                for value in values:
                    self._evaluator.square_inplace(value)
            scale = 2.0 ** self.parameters.weight_bits[number]
            outputs = self._products(values, layer, self._levels[level], scale)
            for value in outputs:
                if number:
                    self._evaluator.relinearize_inplace(value, keys.relinearising)
                if self.parameters.rescales:
                    self._evaluator.rescale_to_next_inplace(value)
            level += self.parameters.rescales
            self._add_bias(outputs, layer, self._levels[level])
            values = outputs
        return values[0]

    def _products(
        self, values: list[seal.Ciphertext], layer: Layer, level: Level, scale: float
    ) -> list[seal.Ciphertext]:
        """Return the sums of weighted values, one an output of the layer."""
        outputs, product = [], seal.Ciphertext(self._context)
        weight = seal.Plaintext()
        for weights in layer.weights:
            total: seal.Ciphertext | None = None
            for value, number in zip(values, weights.tolist(), strict=True):
                # Too small for the scale would be a product with 0, which SEAL refuses.
                if abs(number) * scale < 1:
                    continue
                self._encoder.encode(number, level.parms_id, scale, weight)
                if total is None:
                    total = seal.Ciphertext(self._context)
                    self._evaluator.multiply_plain(value, weight, total)
                else:
                    self._evaluator.multiply_plain(value, weight, product)
                    self._evaluator.add_inplace(total, product)
            if total is None:
                raise ValueError("a layer has an output without weights")
            outputs.append(total)
        return outputs

    def _add_bias(self, outputs: list[seal.Ciphertext], layer: Layer, level: Level) -> None:
        bias = seal.Plaintext()
        for value, number in zip(outputs, layer.bias.tolist(), strict=True):
            self._encoder.encode(number, level.parms_id, value.scale, bias)
            self._evaluator.add_plain_inplace(value, bias)

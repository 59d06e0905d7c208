"""An estimator that can be evaluated under encryption: layers of weights with squares in between.

The activation of the networks is 0.1 h² + h, a parabola near a leaky rectifier for |h| < 5. Any
parabola is a square after a shift, so what is stored is folded into plain squares:
0.1 h² + h = 10 (g + ½)² − 2.5 with g = 0.1 h. The weights around it take the 10, the ½ and the
2.5, and the server computes one product fewer a layer (after Gilad-Bachrach et al. 2016,
*CryptoNets*, whose networks square).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.privacy.homomorphic.encoder import Encoder

Floats = NDArray[np.float64]
CURVATURE = 0.1
# The shifted values are stretched: noise under encryption is the same for small and large ones.
STRETCH = 4.0


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of shape (outputs, inputs) and a bias of shape (outputs,)."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Estimator:
    """One estimator: what the client needs (all but ``layers``) and what only the server has.

    The output is a logit of the event "bad", or for ``points`` a score from which the logit
    follows as ``points_offset + points × points_factor``.
    """

    name: str
    title: str
    parameters: str
    encoder: Encoder
    layers: tuple[Layer, ...]
    threshold: float
    gives_points: bool = False
    points_offset: float = 0.0
    points_factor: float = 0.0

    def plain_outputs(self, inputs: Floats) -> Floats:
        """Return the outputs for inputs of shape (rows, inputs), in the clear."""
        values = inputs
        for number, layer in enumerate(self.layers):
            values = values @ layer.weights.T + layer.bias
            if number < len(self.layers) - 1:
                values = values**2
        return values[:, 0]

    def public(self) -> dict[str, Any]:
        """Return what a client may know: how to encode a row and how to read an output."""
        return {
            "name": self.name,
            "title": self.title,
            "parameters": self.parameters,
            "threshold": self.threshold,
            "gives_points": self.gives_points,
            "points_offset": self.points_offset,
            "points_factor": self.points_factor,
            "encoder": self.encoder.as_list(),
        }


def folded(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return layers with activation 0.1 h² + h as layers with squares in between."""
    result, pending = [], list(layers)
    for number in range(len(pending) - 1):
        layer, following = pending[number], pending[number + 1]
        result.append(
            Layer(STRETCH * CURVATURE * layer.weights, STRETCH * (CURVATURE * layer.bias + 0.5))
        )
        weights = following.weights / CURVATURE
        bias = following.bias - 0.25 * weights.sum(axis=1)
        pending[number + 1] = Layer(weights / STRETCH**2, bias)
    return (*result, pending[-1])


def parse_estimator(content: bytes) -> Estimator:
    """Return the estimator in a JSON artifact."""
    data: Mapping[str, Any] = json.loads(content)
    layers = tuple(
        Layer(np.array(each["weights"], float), np.array(each["bias"], float))
        for each in data["layers"]
    )
    return Estimator(**{**data, "encoder": Encoder.of(data["encoder"]), "layers": layers})


def dump_estimator(estimator: Estimator) -> str:
    """Return an estimator as JSON, as :func:`parse_estimator` reads it."""
    layers = [
        {"weights": each.weights.tolist(), "bias": each.bias.tolist()} for each in estimator.layers
    ]
    return json.dumps({**estimator.public(), "layers": layers}, indent=1) + "\n"


def read_outputs(public: Mapping[str, Any], outputs: Floats) -> Floats:
    """Return the probability of "bad" for outputs as the client decrypts them.

    Points are whole numbers, so rounding takes all noise away.
    """
    logits = outputs
    if public["gives_points"]:
        logits = public["points_offset"] + np.rint(outputs) * public["points_factor"]
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), float)

"""Small estimators with random weights, for every set of parameters."""

import numpy as np
from numpy.typing import NDArray

from scoring.privacy.homomorphic.encoder import Encoder, Input
from scoring.privacy.homomorphic.estimator import Estimator, Layer, folded

SHAPES = {
    "linear-4096": (1,),
    "linear-8192": (1,),
    "one-hidden-8192": (20, 1),
    "two-hidden-16384": (40, 20, 1),
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

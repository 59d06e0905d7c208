"""A small network in numpy: inputs → tanh layer → log-odds of *bad*; Adam (Kingma and Ba 2015)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
WIDTH = 24


@dataclass(frozen=True)
class Training:
    """How a branch trains for one round; ``decay`` · weights is added to the mean gradient."""

    epochs: int
    rate: float
    batch: int
    seed: int
    decay: float


def initial(inputs: int, seed: int) -> FloatArray:
    """Return the flat weights of a fresh network (Glorot and Bengio 2010)."""
    draw = np.random.default_rng(seed)
    first = draw.normal(0, (2 / (inputs + WIDTH)) ** 0.5, (inputs, WIDTH))
    last = draw.normal(0, (2 / (WIDTH + 1)) ** 0.5, WIDTH)
    return np.concatenate([first.ravel(), np.zeros(WIDTH), last, [0.0]])


def layers(weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return weights (inputs, WIDTH), biases (WIDTH,), weights (WIDTH,) and the last bias."""
    inputs = (len(weights) - 1 - 2 * WIDTH) // WIDTH
    first, biases, last, bias = np.split(
        weights, np.cumsum([inputs * WIDTH, WIDTH, WIDTH], dtype=int)
    )
    return first.reshape(inputs, WIDTH), biases, last, float(bias[0])


def log_odds(weights: FloatArray, inputs: FloatArray) -> FloatArray:
    """Return ln(odds bad:good), shape (n,)."""
    first, biases, last, bias = layers(weights)
    return np.asarray(np.tanh(inputs @ first + biases) @ last + bias)


def errors(
    weights: FloatArray, inputs: FloatArray, bad: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return hidden values (n, WIDTH), d loss / d log-odds (n,) and d loss / d sums (n, WIDTH)."""
    first, biases, last, bias = layers(weights)
    hidden = np.tanh(inputs @ first + biases)
    error = 1 / (1 + np.exp(-(hidden @ last + bias))) - bad
    return hidden, error, error[:, None] * last * (1 - hidden**2)


def gradient(weights: FloatArray, inputs: FloatArray, bad: IntArray) -> FloatArray:
    """Return the gradient of the summed log loss, as flat as the weights."""
    hidden, error, back = errors(weights, inputs, bad)
    return np.concatenate(
        [(inputs.T @ back).ravel(), back.sum(axis=0), hidden.T @ error, [error.sum()]]
    )


def train(weights: FloatArray, inputs: FloatArray, bad: IntArray, how: Training) -> FloatArray:
    """Return the weights after ``how.epochs`` passes of Adam over shuffled batches."""
    draw = np.random.default_rng(how.seed)
    adam = Adam(len(weights), how.rate)
    for _ in range(how.epochs):
        order = draw.permutation(len(bad))
        for start in range(0, len(bad), how.batch):
            chosen = order[start : start + how.batch]
            slope = gradient(weights, inputs[chosen], bad[chosen]) / len(chosen)
            weights = adam.step(weights, slope + how.decay * weights)
    return weights


class Adam:
    """The state of one optimiser."""

    def __init__(self, size: int, rate: float) -> None:
        self.mean, self.square, self.rate, self.steps = np.zeros(size), np.zeros(size), rate, 0

    def step(self, weights: FloatArray, slope: FloatArray) -> FloatArray:
        """Return the weights after one step against ``slope``."""
        self.steps += 1
        self.mean = 0.9 * self.mean + 0.1 * slope
        self.square = 0.999 * self.square + 0.001 * slope**2
        mean = self.mean / (1 - 0.9**self.steps)
        square = self.square / (1 - 0.999**self.steps)
        return np.asarray(weights - self.rate * mean / (np.sqrt(square) + 1e-8))

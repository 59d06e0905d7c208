"""The sums that a branch answers with. There is no other way to its rows.

Each sum is a vector over rows of one part. Under a privacy budget ``noise`` (in sensitivities) is
asked for with the sum; a row's share is then clipped, and Gaussian noise is added by the branch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.federated import encoding, network
from scoring.training.federated.agreement import Agreement, AgreementError
from scoring.training.federated.rows import Rows
from scoring.training.private_noise import Noise

FloatArray = npt.NDArray[np.float64]
SCORE_BINS = 2000
SCORE_BINS_NOISY = 100
# Under a budget, inputs of one row are scaled down to this length.
LONGEST_INPUT = 3.0
LARGEST_GRADIENT = 1.0
# A larger parameter has no use, and its overflow could tell whether some row is in some cell.
LARGEST_PARAMETER = 1000.0
# For the same reason a training may not take larger steps, or so many that it never ends.
LARGEST_RATE = 1.0
MOST_STEPS = 1000
MOST_ESTIMATORS = 8


@dataclass(frozen=True)
class Question:
    """One sum as a branch sees it; ``size`` is its count of rows as far as it may be told."""

    agreement: Agreement
    rows: Rows
    parameters: Mapping[str, Any]
    noise: float
    draw: Noise
    size: float

    def noisy(self, values: FloatArray, sensitivity: float) -> FloatArray:
        """Return values with noise of the sensitivity's scale; without a budget unchanged."""
        if not self.noise:
            return values
        return values + self.draw.gaussian(self.noise * sensitivity, values.shape)


def counts(question: Question) -> FloatArray:
    """Count good and bad rows in each cell of each column: (cells of all columns, 2), flat."""
    rows, sizes = question.rows, question.agreement.sizes
    found = []
    for column, size in enumerate(sizes):
        cells = rows.cells[:, column]
        bad = np.bincount(cells[rows.bad == 1], minlength=size)
        good = np.bincount(cells[rows.bad == 0], minlength=size)
        found.append(np.column_stack([good, bad]))
    flat = np.concatenate(found).astype(np.float64).ravel()
    # One row is in one cell of each column.
    return question.noisy(flat, len(sizes) ** 0.5)


def newton(question: Question) -> FloatArray:
    """Sum gradient (k,) and upper Hessian (k · (k + 1) / 2,) of the log-likelihood of *good*."""
    inputs = _inputs(question)
    inputs = np.column_stack([np.ones(len(inputs)), inputs])
    if question.noise:
        inputs = inputs * np.minimum(1, LONGEST_INPUT / np.linalg.norm(inputs, axis=1))[:, None]
    good = 1 / (1 + np.exp(-(inputs @ numbers(question.parameters["coefficients"]))))
    slope = inputs.T @ (1 - question.rows.bad - good)
    curve = (inputs * (good * (1 - good))[:, None]).T @ inputs
    flat = np.concatenate([slope, curve[np.triu_indices(len(slope))]])
    # |x (y - p)| ≤ B, and p (1 - p) |x xᵀ| ≤ B² / 4.
    return question.noisy(flat, (LONGEST_INPUT**2 + LONGEST_INPUT**4 / 16) ** 0.5)


def weights(question: Question) -> FloatArray:
    """Train the network on the own rows; give rows · weights and rows (FedAvg).

    McMahan et al. 2017. Under a budget the training takes ``steps`` steps, each of clipped
    gradients of all rows with noise (Abadi et al. 2016), so that the weights may be told.
    """
    told = question.parameters
    start, inputs = numbers(told["weights"]), _inputs(question)
    _check_training(told, "steps" if question.noise else "epochs")
    if question.noise:
        found = _noisy_training(question, start, inputs)
    else:
        how = network.Training(
            epochs=int(told["epochs"]),
            rate=float(told["rate"]),
            batch=int(told["batch"]),
            seed=int(told["seed"]),
            decay=float(told["decay"]),
        )
        found = network.train(start, inputs, question.rows.bad, how)
    return np.append(found * question.size, question.size)


def _check_training(told: Mapping[str, Any], count: str) -> None:
    """Raise AgreementError for a training that overflows or has no end."""
    numbers([told.get("decay", 0.0)])
    if not 0 < float(told["rate"]) <= LARGEST_RATE or not 1 <= int(told[count]) <= MOST_STEPS:
        raise AgreementError("a training takes small steps, and not too many")
    if int(told.get("batch", 1)) < 1:
        raise AgreementError("a batch has at least one row")


def _noisy_training(question: Question, weights: FloatArray, inputs: FloatArray) -> FloatArray:
    adam = network.Adam(len(weights), float(question.parameters["rate"]))
    for _ in range(int(question.parameters["steps"])):
        hidden, error, back = network.errors(weights, inputs, question.rows.bad)
        # A row's gradient is an outer product in each layer, so its length needs no gradient.
        square = (np.sum(inputs**2, axis=1) + 1) * np.sum(back**2, axis=1)
        square += (np.sum(hidden**2, axis=1) + 1) * error**2
        shrink = np.minimum(1, LARGEST_GRADIENT / np.sqrt(np.maximum(square, 1e-12)))
        back, error = back * shrink[:, None], error * shrink
        slope = np.concatenate(
            [(inputs.T @ back).ravel(), back.sum(axis=0), hidden.T @ error, [error.sum()]]
        )
        weights = adam.step(weights, question.noisy(slope, LARGEST_GRADIENT) / question.size)
    return weights


def scores(question: Question) -> FloatArray:
    """Count good and bad rows by predicted risk: (estimators, bins, 2), flat."""
    bins = score_bins(question.agreement)
    found = []
    estimators = question.parameters["estimators"]
    if not 1 <= len(estimators) <= MOST_ESTIMATORS:
        raise AgreementError(f"scores are of 1 to {MOST_ESTIMATORS} estimators")
    for estimator in estimators:
        place = np.minimum((bins * risk(estimator, question.rows)).astype(int), bins - 1)
        for value in (0, 1):
            found.append(np.bincount(place[question.rows.bad == value], minlength=bins))
    flat = np.array(found, dtype=np.float64).reshape(len(estimators), 2, bins).transpose(0, 2, 1)
    return question.noisy(flat.ravel(), len(estimators) ** 0.5)


def score_bins(agreement: Agreement) -> int:
    """Return in how many bins of predicted risk rows are counted."""
    return SCORE_BINS if agreement.epsilon is None else SCORE_BINS_NOISY


def risk(estimator: Mapping[str, Any], rows: Rows) -> FloatArray:
    """Return the probability of *bad* (n,) of an estimator as the server describes it."""
    inputs = _encoded(estimator["inputs"], rows)
    if "weights" in estimator:
        log_odds = network.log_odds(numbers(estimator["weights"]), inputs)
    else:
        coefficients = numbers(estimator["coefficients"])
        log_odds = -(coefficients[0] + inputs @ coefficients[1:])
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _inputs(question: Question) -> FloatArray:
    return _encoded(question.parameters["inputs"], question.rows)


def _encoded(inputs: Sequence[Mapping[str, Any]], rows: Rows) -> FloatArray:
    columns = rows.cells.shape[1]
    if len(inputs) > encoding.INPUTS_A_COLUMN * columns:
        raise AgreementError("there are more inputs than the columns give")
    steps = encoding.parse(inputs)
    if any(not 0 <= each.column < columns for each in steps):
        raise AgreementError("an input is of no agreed column")
    for each in steps:
        numbers(each.values)
    return encoding.matrix(steps, rows.cells)


def numbers(values: Sequence[float]) -> FloatArray:
    """Return parameters as an array. Raises AgreementError where one is no number, or huge."""
    found = np.asarray(values, dtype=np.float64)
    if not np.all(np.abs(found) <= LARGEST_PARAMETER):
        raise AgreementError("a parameter is too large, or is no number")
    return found


SUMS = {"counts": counts, "newton": newton, "weights": weights, "scores": scores}
PARTS = {"counts": "train", "newton": "train", "weights": "train", "scores": "test"}

"""Logistic regression and networks with a parabola for activation, and their twins with ReLU.

A polynomial is all that CKKS evaluates. 0.1 h² + h bends as a leaky rectifier does for small h;
weight decay and dropout keep h small.
"""

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from scoring.privacy.homomorphic.estimator import CURVATURE, Layer, folded

EPOCHS, BATCH_ROWS, LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 40, 64, 3e-3, 1.0, 0.3
# A small inverse penalty: 54 inputs for 800 rows.
LOGISTIC_C = 0.1
# Weights are written with so many digits: the artifact is the estimator.
DIGITS = 7
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class SmallNetwork(nn.Module):
    """(n, inputs) → logits (n,), with 0.1 h² + h or max(0, h) in between."""

    def __init__(self, widths: tuple[int, ...], *, is_polynomial: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.is_polynomial = is_polynomial
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, values: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            hidden = layer(values)
            bent = CURVATURE * hidden**2 + hidden if self.is_polynomial else torch.relu(hidden)
            values = self.dropout(bent)
        return self.layers[-1](values)[:, 0]


def fit_network(
    inputs: FloatArray,
    is_bad: BoolArray,
    hidden: tuple[int, ...],
    seed: int,
    *,
    is_polynomial: bool,
) -> SmallNetwork:
    """Train on rows of shape (rows, inputs) by binary cross-entropy."""
    torch.manual_seed(seed)
    network = SmallNetwork((inputs.shape[1], *hidden, 1), is_polynomial=is_polynomial)
    values = torch.tensor(inputs, dtype=torch.float32)
    target = torch.tensor(is_bad, dtype=torch.float32)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    loss = nn.BCEWithLogitsLoss()
    network.train()
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(values)).split(BATCH_ROWS):
            optimiser.zero_grad()
            loss(network(values[rows]), target[rows]).backward()
            optimiser.step()
        schedule.step()
    return network.eval()


def logits_of(network: SmallNetwork, inputs: FloatArray) -> FloatArray:
    with torch.no_grad():
        return network(torch.tensor(inputs, dtype=torch.float32)).double().numpy()


def layers_of(network: SmallNetwork, inputs: FloatArray) -> tuple[Layer, ...]:
    """Return a polynomial network folded into squares; inputs that never vary weigh nothing."""
    layers = [
        Layer(each.weight.detach().double().numpy().copy(), each.bias.detach().double().numpy())
        for each in network.layers
    ]
    layers[0].weights[:, inputs.std(axis=0) == 0] = 0.0
    return rounded(folded(layers))


def logistic_layers(inputs: FloatArray, is_bad: BoolArray) -> tuple[Layer, ...]:
    """Return a ridge logistic regression as one layer."""
    fitted = LogisticRegression(C=LOGISTIC_C, max_iter=2000).fit(inputs, is_bad)
    return rounded((Layer(fitted.coef_, fitted.intercept_),))


def rounded(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    return tuple(Layer(each.weights.round(DIGITS), each.bias.round(DIGITS)) for each in layers)

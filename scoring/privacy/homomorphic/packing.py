"""How inputs and weights lie in the slots of one ciphertext.

Slots form blocks of ``width``. For a first layer with weights W of shape (width, inputs), slot
(i, j) = i·width + j of the input holds x_i, so that one product and rotations by width·2^t add up
Σ_i W_ji x_i in every block: the slots repeat with the period of the packing, so rotating wraps
around and nothing needs a mask. The second layer adds up within a block, its outputs at the first
slot of each; the third adds up those over the blocks, and its weights are 0 elsewhere, which is
the mask. (Hybrid of the row and column orders of Juvekar et al. 2018, *GAZELLE*.)

Every slot of the result holds the output, or 0: no slot tells the client a hidden value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.privacy.homomorphic.estimator import Estimator
from scoring.privacy.homomorphic.parameters import Parameters

Floats = NDArray[np.float64]
# All estimators are padded to so many inputs and, with two hidden layers, so many outputs of the
# second: a client's keys and ciphertexts then tell nothing of an estimator but its parameters.
INPUTS = 64
SECOND_OUTPUTS = 32
WIDTHS = {1: 1, 2: 32, 3: 64}


@dataclass(frozen=True, slots=True)
class Packing:
    """The places of everything for one set of parameters."""

    slots: int
    depth: int

    @classmethod
    def of(cls, parameters: Parameters) -> "Packing":
        return cls(parameters.slots, parameters.depth)

    @property
    def width(self) -> int:
        return WIDTHS[self.depth]

    def rotations(self, layer: int) -> list[int]:
        """Return the rotations that add up the products of a layer."""
        if layer == 1:
            return _doublings(self.width)
        count = INPUTS if layer == 0 else SECOND_OUTPUTS
        return [self.width * step for step in _doublings(count)]

    def all_rotations(self) -> list[int]:
        """Return every rotation that evaluation keys must allow."""
        steps = {step for layer in range(self.depth) for step in self.rotations(layer)}
        return sorted(steps)

    def inputs(self, values: Floats) -> Floats:
        """Return a row of at most 64 inputs in its slots. Raises ValueError for more."""
        padded = np.zeros(INPUTS)
        padded[: len(values)] = values
        return self._tiled(np.repeat(padded, self.width))

    def weights(self, layer: int, weights: Floats) -> Floats:
        """Return the weights of a layer, shape (outputs, inputs), in their slots."""
        outputs, inputs = weights.shape
        if layer == 0:
            block = np.zeros((INPUTS, self.width))
            block[:inputs, :outputs] = weights.T
        elif layer == 1:
            rows = SECOND_OUTPUTS if self.depth > 2 else 1
            block = np.zeros((rows, self.width))
            block[:outputs, :inputs] = weights
        else:
            block = np.zeros((SECOND_OUTPUTS, self.width))
            block[:inputs, 0] = weights[0]
        return self._tiled(block.ravel())

    def bias(self, layer: int, bias: Floats) -> Floats:
        """Return the bias of a layer in the slots where its outputs arrive."""
        if layer == 1 and self.depth > 2:
            block = np.zeros((SECOND_OUTPUTS, self.width))
            block[: len(bias), 0] = bias
            return self._tiled(block.ravel())
        block = np.zeros(self.width)
        # After two layers the output repeats in every slot, after one or three in every block.
        block[: 1 if layer == 2 else len(bias)] = bias
        return self._tiled(np.full(self.width, bias[0]) if layer == 1 else block)

    def _tiled(self, period: Floats) -> Floats:
        return np.tile(period, self.slots // len(period))


def check_fits(estimator: Estimator, parameters: Parameters) -> None:
    """Raise ValueError where an estimator has other layers than its parameters carry.

    Parameters for batches carry none: they leave no room for the noise of rotations.
    """
    packing = Packing.of(parameters)
    limits = [(packing.width, INPUTS), (SECOND_OUTPUTS, packing.width), (1, SECOND_OUTPUTS)]
    shapes = [layer.weights.shape for layer in estimator.layers]
    fits = len(shapes) == parameters.depth and shapes[-1][0] == 1 and not parameters.batch_of
    if not fits or any(
        _exceeds(shape, limit) for shape, limit in zip(shapes, limits, strict=False)
    ):
        raise ValueError(f"{estimator.name} does not fit {parameters.name}: layers of {shapes}")


def _exceeds(shape: tuple[int, ...], limit: tuple[int, int]) -> bool:
    return shape[0] > limit[0] or shape[1] > limit[1]


def _doublings(count: int) -> list[int]:
    return [1 << power for power in range(count.bit_length() - 1)]

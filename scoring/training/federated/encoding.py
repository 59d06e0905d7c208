"""Cells become numbers: the weight of evidence of their bin, and the rank of a finer bin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.federated.agreement import AgreementError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
# Weight of evidence and rank.
INPUTS_A_COLUMN = 2


@dataclass(frozen=True)
class Steps:
    """A function of one column's cell that is constant between ``cuts``.

    ``values`` has one entry more than ``cuts``: bin b holds the cells from cuts[b - 1] on.
    """

    column: int
    cuts: tuple[int, ...]
    values: tuple[float, ...]

    def of(self, cells: IntArray) -> FloatArray:
        """Return the value (n,) of rows of cells (n, columns)."""
        bins = np.searchsorted(self.cuts, cells[:, self.column], side="right")
        return np.asarray(self.values)[bins]

    def as_dict(self) -> dict[str, Any]:
        return {"column": self.column, "cuts": list(self.cuts), "values": list(self.values)}


def parse(content: Sequence[Mapping[str, Any]]) -> list[Steps]:
    """Build steps from their JSON.

    Raises AgreementError for steps without a value for every cell: what fails on some rows only
    would tell, without any noise, that a branch has such rows.
    """
    found = [
        Steps(int(each["column"]), tuple(map(int, each["cuts"])), tuple(map(float, each["values"])))
        for each in content
    ]
    for each in found:
        if len(each.values) != len(each.cuts) + 1 or list(each.cuts) != sorted(each.cuts):
            raise AgreementError("an input needs rising cuts, and a value between any two")
    return found


def matrix(steps: Sequence[Steps], cells: IntArray) -> FloatArray:
    """Return the inputs (n, steps) of rows of cells (n, columns)."""
    if not steps:
        return np.zeros((len(cells), 0))
    return np.column_stack([each.of(cells) for each in steps])

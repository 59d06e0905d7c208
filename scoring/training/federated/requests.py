"""Requests that the server sends and what it makes of the answers, apart from how they travel."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.federated import secure
from scoring.training.federated.agreement import Agreement
from scoring.training.federated.branch import Branch

FloatArray = npt.NDArray[np.float64]
Answers = Callable[[dict[str, Any]], Sequence[npt.NDArray[Any]]]


class Asking:
    """Numbers the requests of one run, and adds up the answers of all branches.

    ``answers`` takes a request and returns one vector per branch.
    """

    def __init__(self, agreement: Agreement, answers: Answers) -> None:
        self.agreement, self.answers = agreement, answers
        self.run, self.number = uuid.uuid4().hex, 0

    def __call__(self, name: str, parameters: dict[str, Any], noise: float = 0.0) -> FloatArray:
        """Return the sum over branches."""
        self.number += 1
        request = {
            "run": self.run,
            "number": self.number,
            "agreement": self.agreement.digest,
            "sum": name,
            "parameters": parameters,
            "noise": noise,
        }
        found = self.answers(request)
        if not self.agreement.secure:
            return np.sum(found, axis=0)
        return secure.from_fixed(np.sum(found, axis=0, dtype=np.uint64))


def in_process(agreement: Agreement, branches: Sequence[Branch]) -> Asking:
    """Ask branches of this very process: training in one place, and tests."""
    return Asking(agreement, lambda request: [each.answer(request) for each in branches])

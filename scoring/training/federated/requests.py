"""Requests that the server sends and what it makes of the answers, apart from how they travel."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.federated import answers, secure
from scoring.training.federated.agreement import Agreement
from scoring.training.federated.branch import Branch

FloatArray = npt.NDArray[np.float64]
Answers = Callable[[dict[str, Any]], Sequence[npt.NDArray[Any]]]


class Asking:
    """Numbers the requests of one run, and adds up the answers of all branches.

    ``ask`` takes a request and returns one vector per branch.
    """

    def __init__(self, agreement: Agreement, ask: Answers) -> None:
        self.agreement, self.ask = agreement, ask
        self.run, self.number = uuid.uuid4().hex, 0

    def __call__(self, name: str, parameters: dict[str, Any], noise: float = 0.0) -> FloatArray:
        """Return the sum over branches. Raises AgreementError for an answer that can be none."""
        self.number += 1
        request = {
            "run": self.run,
            "number": self.number,
            "agreement": self.agreement.digest,
            "sum": name,
            "parameters": parameters,
            "noise": noise,
        }
        found = self.ask(request)
        answers.check(found, request, self.agreement)
        if not self.agreement.secure:
            return np.sum(found, axis=0)
        total = secure.from_fixed(np.sum(found, axis=0, dtype=np.uint64))
        # Of masked answers only the sum can be looked at.
        answers.check_values(total, request, self.agreement)
        return total


def in_process(agreement: Agreement, branches: Sequence[Branch]) -> Asking:
    """Ask branches of this very process: training in one place, and tests."""
    return Asking(agreement, lambda request: [each.answer(request) for each in branches])

"""One branch alone cannot spoil the sum of all unnoticed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scoring.training.federated.agreement import AgreementError
from scoring.training.federated.branch import Branch
from scoring.training.federated.requests import Asking

Make = Callable[..., list[Branch]]


def _spoiled(branches: list[Branch], spoil: Callable[[Any], Any]) -> Asking:
    """Ask branches of which the last one answers something else."""

    def ask(request: dict[str, Any]) -> list[np.ndarray]:
        found = [each.answer(request) for each in branches]
        return [*found[:-1], spoil(found[-1])]

    return Asking(branches[0].agreement, ask)


def _one_changed(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def spoil(answer: np.ndarray) -> np.ndarray:
        answer = answer.copy()
        answer[5] = value
        return answer

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_one_changed(np.nan), "answer 3 .* no number"),
        (_one_changed(np.inf), "answer 3 .* too large"),
        (_one_changed(-1e6), "answer 3 .* below 0"),
        (_one_changed(0.5), "answer 3 .* whole rows"),
        (_one_changed(1e6), "answer 3 counts other rows"),
        (lambda answer: answer[:-2], "answer 3 is not the sum"),
        (lambda answer: answer[:1], "answer 3 is not the sum"),
        (lambda answer: answer.astype(np.float32), "answer 3 is not the sum"),
        (lambda answer: answer.astype(object), "answer 3 is not the sum"),
    ],
)
def test_what_no_rows_give_is_refused(
    make_branches: Make, spoil: Callable[[Any], Any], told: str
) -> None:
    with pytest.raises(AgreementError, match=told):
        _spoiled(make_branches(), spoil)("counts", {})


def test_weights_that_no_training_gives_are_refused(make_branches: Make) -> None:
    inputs = [{"column": 0, "cuts": [700], "values": [1.0, 0.0]}]
    told = {"inputs": inputs, "weights": [0.0] * 73, "seed": 1, "epochs": 1}
    told |= {"batch": 64, "rate": 0.01, "decay": 0.0}
    with pytest.raises(AgreementError, match="no training gives"):
        _spoiled(make_branches(), lambda answer: answer * [*([1e9] * 73), 1])("weights", told)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer + np.uint64(2**55),  # a mask that does not cancel
        np.zeros_like,
        lambda answer: answer.view(np.float64),
    ],
)
def test_a_masked_answer_that_spoils_the_sum_is_seen_in_the_sum(
    make_branches: Make, spoil: Callable[[Any], Any]
) -> None:
    with pytest.raises(AgreementError):
        _spoiled(make_branches(secure=True), spoil)("counts", {})


@pytest.mark.parametrize("terms", [{}, {"secure": True}])
def test_honest_answers_pass(make_branches: Make, terms: dict[str, Any]) -> None:
    branches = make_branches(**terms)
    total = _spoiled(branches, lambda answer: answer)("counts", {})
    assert total.sum() == pytest.approx(3 * sum(len(each.parts["train"]) for each in branches))

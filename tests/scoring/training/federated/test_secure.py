"""Masks hide a branch and cancel in the sum."""

from collections.abc import Callable

import numpy as np
import pytest

from scoring.training.federated import secure
from scoring.training.federated.branch import Branch

REQUEST = b"r" * 32


def _masked(values: np.ndarray, request: bytes = REQUEST) -> list[np.ndarray]:
    private = {name: bytes([number]) * 32 for number, name in enumerate("abc", start=1)}
    keys = {name: secure.public_key(key) for name, key in private.items()}
    return [
        secure.masked(values, name=name, private=key, keys=keys, request=request)
        for name, key in private.items()
    ]


def test_the_sum_is_exact_to_the_step() -> None:
    values = np.random.default_rng(0).normal(0, 1e6, 500)
    total = secure.from_fixed(np.sum(_masked(values), axis=0, dtype=np.uint64))
    assert np.abs(total - 3 * values).max() <= 1.5 * secure.STEP


def test_the_view_of_one_branch_is_noise() -> None:
    zeros = np.zeros(4000)
    for seen in _masked(zeros):
        bits = np.unpackbits(seen.view(np.uint8))
        # 256 000 fair bits: five standard deviations are 0.005.
        assert abs(bits.mean() - 0.5) < 0.005
        assert len(np.unique(seen)) == len(seen)


def test_two_branches_together_still_say_nothing_of_the_third() -> None:
    first, second, third = _masked(np.zeros(4000))
    for pair in (first + second, second + third, first + third):
        assert abs(np.unpackbits(pair.view(np.uint8)).mean() - 0.5) < 0.005


def test_another_request_has_another_mask() -> None:
    one, other = _masked(np.zeros(2000))[0], _masked(np.zeros(2000), b"s" * 32)[0]
    assert abs(np.unpackbits((one - other).view(np.uint8)).mean() - 0.5) < 0.008


@pytest.mark.parametrize("value", [np.nan, np.inf, 2.0**38])
def test_what_does_not_fit_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="too large"):
        secure.to_fixed(np.array([1.0, value]))


def test_an_answer_is_masked_where_that_was_agreed(
    make_branches: Callable[..., list[Branch]],
) -> None:
    branches = make_branches(secure=True)
    request = {"agreement": branches[0].agreement.digest, "sum": "counts", "parameters": {}}
    answers = [each.answer(request) for each in branches]
    assert all(each.dtype == np.uint64 for each in answers)
    # Cells without any row are masked like all others.
    assert all((each > 2**32).mean() > 0.99 for each in answers)

"""What an answer of a branch can be: one branch alone must not spoil the sum unnoticed.

An answer that is no sum of any rows is refused with a sentence. A branch can still lie within what
is possible; so can one that trains on rows that it made up.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.training.federated import secure, sums
from scoring.training.federated.agreement import Agreement, AgreementError

# Masked sums are rounded to steps of 2^-24.
ROUNDING = 1e-3


def check(
    found: Sequence[npt.NDArray[Any]], request: Mapping[str, Any], agreement: Agreement
) -> None:
    """Raise AgreementError for an answer that the request cannot have."""
    wanted = np.dtype(np.uint64 if agreement.secure else np.float64)
    size = _size(request, agreement)
    for number, answer in enumerate(found, start=1):
        if answer.shape != (size,) or answer.dtype != wanted:
            raise AgreementError(f"answer {number} is not the sum that was asked for")
        if not agreement.secure:
            check_values(answer, request, agreement, f"answer {number}")


def check_values(
    values: npt.NDArray[np.float64],
    request: Mapping[str, Any],
    agreement: Agreement,
    whose: str = "the sum of all answers",
) -> None:
    """Raise AgreementError for values that no rows give. Noise can make any finite value."""
    if not np.all(np.abs(values) < secure.LARGEST):
        raise AgreementError(f"{whose} holds a value that is too large, or is no number")
    if request["noise"]:
        return
    if request["sum"] in ("counts", "scores") and not _are_counts(values):
        raise AgreementError(f"{whose} holds counts below 0, or of no whole rows")
    if request["sum"] == "counts" and not _agree(values, agreement):
        raise AgreementError(f"{whose} counts other rows in one column than in another")
    if request["sum"] == "weights" and not _are_weights(values):
        raise AgreementError(f"{whose} holds weights that no training gives")


def _size(request: Mapping[str, Any], agreement: Agreement) -> int:
    name, told = request["sum"], request["parameters"]
    if name == "counts":
        return 2 * sum(agreement.sizes)
    if name == "newton":
        count = len(told["coefficients"])
        return count + count * (count + 1) // 2
    if name == "weights":
        return len(told["weights"]) + 1
    return 2 * sums.score_bins(agreement) * len(told["estimators"])


def _are_counts(values: npt.NDArray[np.float64]) -> bool:
    whole = np.abs(values - np.round(values)) <= ROUNDING
    return bool(np.all(values >= -ROUNDING) and np.all(whole))


def _agree(values: npt.NDArray[np.float64], agreement: Agreement) -> bool:
    """Tell whether every column counts the same good and bad rows."""
    starts = np.cumsum([0, *agreement.sizes[:-1]])
    totals = np.add.reduceat(values.reshape(-1, 2), starts, axis=0)
    return bool(np.all(np.abs(totals - totals[0]) <= ROUNDING))


def _are_weights(values: npt.NDArray[np.float64]) -> bool:
    rows = values[-1]
    return bool(rows >= 0 and np.all(np.abs(values[:-1]) <= sums.LARGEST_PARAMETER * rows + 1))

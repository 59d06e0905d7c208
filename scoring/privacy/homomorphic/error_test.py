"""How far encrypted outputs lie from plain ones: the test that parameters must pass.

A pair of estimator and parameters is published only with a stored test that passes; parameters that
are secure and compute may still round classes away.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.engine.metrics import auc
from scoring.privacy.homomorphic.estimator import read_outputs

Floats = NDArray[np.float64]
FEWEST_ROWS = 300
LARGEST_ERROR = 1e-3
AUC_DIGITS = 4


class InexactError(Exception):
    """An estimator and parameters whose encrypted outputs are not those of the estimator."""


@dataclass(frozen=True, slots=True)
class ErrorTest:
    """What was measured. Probabilities are those of "bad"; a flip is a change of class."""

    rows: int
    largest_output_error: float
    largest_probability_error: float
    flips: int
    auc_plain: float
    auc_encrypted: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measured(
    public: Mapping[str, Any], plain: Floats, encrypted: Floats, bad: NDArray[np.bool_]
) -> ErrorTest:
    """Compare outputs of shape (rows,); ``bad`` says what became of each row."""
    probability, under_encryption = read_outputs(public, plain), read_outputs(public, encrypted)
    flips = (probability >= public["threshold"]) != (under_encryption >= public["threshold"])
    return ErrorTest(
        rows=len(plain),
        largest_output_error=float(np.abs(plain - encrypted).max()),
        largest_probability_error=float(np.abs(probability - under_encryption).max()),
        flips=int(flips.sum()),
        auc_plain=auc(bad, probability),
        auc_encrypted=auc(bad, under_encryption),
    )


def require_exact(test: ErrorTest) -> ErrorTest:
    """Return a test that passes. Raises InexactError, naming everything that fails."""
    faults = []
    if test.rows < FEWEST_ROWS:
        faults.append(f"only {test.rows} rows of at least {FEWEST_ROWS}")
    if not test.largest_probability_error <= LARGEST_ERROR:
        faults.append(f"a probability is off by {test.largest_probability_error:.2g}")
    if test.flips:
        faults.append(f"{test.flips} of {test.rows} classes flip")
    if round(test.auc_plain, AUC_DIGITS) != round(test.auc_encrypted, AUC_DIGITS):
        faults.append(f"AUC {test.auc_encrypted:.4f} instead of {test.auc_plain:.4f}")
    if faults:
        raise InexactError("; ".join(faults))
    return test

"""What a client may pass on of an output.

CKKS is not secure once exact decryptions are known (IND-CPA-D; Li and Micciancio 2021): the noise
in the last digits leads to the secret key. What leaves the client is therefore rounded to three
decimals, which is far coarser than the noise; an error is told as the power of ten above it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scoring.privacy.homomorphic.estimator import read_outputs

DECIMALS = 3
GOOD, BAD = 1, 2


@dataclass(frozen=True, slots=True)
class Answer:
    """A score that may be passed on. ``points`` only where the estimator gives points."""

    probability: float
    credit_class: int
    points: int | None


def answered(public: Mapping[str, Any], output: float) -> Answer:
    """Return the rounded answer for a decrypted output."""
    probability = float(read_outputs(public, np.array([output]))[0])
    return Answer(
        probability=round(probability, DECIMALS),
        credit_class=BAD if probability >= public["threshold"] else GOOD,
        points=round(output) if public["gives_points"] else None,
    )


def error_bound(public: Mapping[str, Any], output: float, plain: float) -> float:
    """Return the least power of ten, at least 1e-9, above the error of the probability."""
    one, other = read_outputs(public, np.array([output, plain]))
    return float(10.0 ** math.ceil(math.log10(max(abs(one - other), 1e-9))))

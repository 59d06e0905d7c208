"""Refused rows with an inferred outcome, to be learned from beside the granted ones.

Each refused row gets the risk of parcelling (:mod:`scoring.training.reject_inference`), from a
scorecard of the granted and with the odds of *bad* raised by a stated factor, and an outcome drawn
at that risk. The rows are never measured on, and the factor is an assumption and not a finding.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.training.reject_inference import parcelled_risk
from scoring.training.woe_scorecard import WoeScorecard

IntArray = npt.NDArray[np.int64]
ODDS_FACTOR = 1.5


def with_refused(
    features: pd.DataFrame,
    is_bad: IntArray,
    refused: pd.DataFrame,
    *,
    seed: int,
    odds_factor: float = ODDS_FACTOR,
) -> tuple[pd.DataFrame, IntArray]:
    """Return the granted rows followed by the refused ones with an inferred outcome.

    Raises ValueError for a factor below 1.
    """
    card = WoeScorecard().fit(features, is_bad)
    risk = parcelled_risk(
        is_bad,
        card.predict_proba(features)[:, 1],
        card.predict_proba(refused)[:, 1],
        odds_factor=odds_factor,
    )
    inferred = (np.random.default_rng(seed).random(len(refused)) < risk).astype(np.int64)
    joined = pd.concat([features, refused], ignore_index=True)
    return joined, np.concatenate([is_bad, inferred])

"""Reject inference: what those who were declined would have done.

A scorecard that learns from the approved alone learns who is good *among those who were liked*.
Two classical helps (Siddiqi 2006, *Credit Risk Scorecards*, chapter 6), each honest only within its
assumption, and neither much use where nearly all are approved (Crook and Banasik 2004, *Journal of
Banking and Finance* 28(4)):

- **fuzzy augmentation** enters every declined case twice, as good and as bad, with the estimator's
  own probabilities as weights. It assumes that, at one score, the declined are as the approved are;
- **parcelling** does so in bands of the score and multiplies the odds of *bad* in each band by a
  factor above 1 where somebody knew more than the score said.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Augmented:
    """Rows to train on: the place of each in (approved, then declined), its class and weight.

    Each declined case stands twice; its two weights sum to 1.
    """

    source: npt.NDArray[np.int64]
    is_bad: npt.NDArray[np.int64]
    weight: FloatArray


def fuzzy_augmentation(approved_is_bad: npt.ArrayLike, declined_risk: npt.ArrayLike) -> Augmented:
    """Return the approved as they are and the declined as both classes.

    ``declined_risk`` is the probability of *bad* (0…1) that an estimator of the approved gives each
    declined case. Raises ValueError for a probability outside 0…1 or one class only.
    """
    is_bad = np.asarray(approved_is_bad, dtype=np.int64)
    risk = np.asarray(declined_risk, dtype=np.float64)
    if not 0 < is_bad.sum() < is_bad.size:
        raise ValueError("the approved need both good and bad cases")
    if risk.size and not ((risk >= 0) & (risk <= 1)).all():
        raise ValueError("the risk of the declined must be a probability")
    declined = is_bad.size + np.arange(risk.size)
    return Augmented(
        source=np.concatenate([np.arange(is_bad.size), declined, declined]),
        is_bad=np.concatenate([is_bad, np.ones_like(declined), np.zeros_like(declined)]),
        weight=np.concatenate([np.ones(is_bad.size), risk, 1.0 - risk]),
    )


def parcelled_risk(
    approved_is_bad: npt.ArrayLike,
    approved_risk: npt.ArrayLike,
    declined_risk: npt.ArrayLike,
    *,
    odds_factor: float,
    bands: int = 10,
) -> FloatArray:
    """Return the risk of each declined case: the bad rate of its band, its odds times the factor.

    Bands hold equal counts of the approved; a declined case beyond them falls into the last one.
    Raises ValueError for a factor below 1: prudence never makes the declined better.
    """
    if odds_factor < 1:
        raise ValueError("the factor on the odds must be 1 or more")
    risk = np.asarray(approved_risk, dtype=np.float64)
    bad = np.asarray(approved_is_bad, dtype=np.float64)
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, bands + 1)[1:-1]))
    band = np.searchsorted(edges, risk, side="right")
    counts = np.bincount(band, minlength=len(edges) + 1)
    # Half a case each way keeps the odds of a band without any bad finite.
    rate = (np.bincount(band, weights=bad, minlength=len(edges) + 1) + 0.5) / (counts + 1)
    rate_of_declined = rate[np.searchsorted(edges, declined_risk, side="right")]
    odds = odds_factor * rate_of_declined / (1 - rate_of_declined)
    return np.asarray(odds / (1 + odds))

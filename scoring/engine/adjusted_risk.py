"""What the adjustment would do to many stored scores at once, as :mod:`fusion` does it to one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.engine.policy import PolicyParameters
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """``final_points`` (n,) after the protection of class and cut-off, and their risk (0…1)."""

    final_points: FloatArray
    risk: FloatArray


def adjusted(
    risk: FloatArray,
    financial_points: FloatArray,
    computed_points: FloatArray,
    slope_per_point: float,
    policy: PolicyParameters,
) -> Adjusted:
    """Apply computed adjustments (n,) as the advisory mode would under a policy.

    ``risk`` is the probability of default of the financial score, and ``slope_per_point`` the
    log-odds good that one point is worth. A negative adjustment stops before a worse class and
    before the cut-off.
    """
    limited = (
        np.clip(financial_points + computed_points, MIN_SCORE_POINTS, MAX_SCORE_POINTS)
        - financial_points
    )
    lowest = np.minimum(0.0, _lowest(risk, financial_points, slope_per_point, policy))
    applied = np.where(limited < 0, np.maximum(limited, lowest), limited)
    log_odds_bad = _log_odds(risk) - slope_per_point * applied
    return Adjusted(financial_points + applied, 1.0 / (1.0 + np.exp(-log_odds_bad)))


def _lowest(
    risk: FloatArray, own: FloatArray, slope_per_point: float, policy: PolicyParameters
) -> FloatArray:
    """Return the most negative whole adjustment that keeps class and side of the cut-off."""
    limits = np.array([policy.good_below_probability, policy.poor_from_probability, 1.0])
    next_limit = limits[np.searchsorted(limits[:2], risk, side="right")]
    # A class ends where the risk reaches its limit, so the distance itself is too far.
    distance = (_log_odds(next_limit) - _log_odds(risk)) / slope_per_point
    by_class = np.floor(-distance) + 1
    cut_off = policy.approval_cut_off_points
    by_cut_off = np.where(own >= cut_off, cut_off - own, -np.inf)
    return np.asarray(np.maximum(by_class, by_cut_off))


def _log_odds(probability: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(probability) - np.log1p(-probability))

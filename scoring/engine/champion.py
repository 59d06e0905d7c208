"""A challenger in shadow against the estimator that decides, on the same applications."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.engine import metrics
from scoring.engine.policy import PolicyParameters

FloatArray = npt.NDArray[np.float64]
MIN_OUTCOMES_OF_A_KIND = 30


@dataclass(frozen=True, slots=True)
class Comparison:
    """``migration[i][j]``: cases of class i by the champion and j by the challenger, best first.

    The figures with outcomes are None with fewer than 30 good or 30 bad cases. The default rates
    are those among the approved where both approve the same share, the champion's at the cut-off.
    """

    cases: int
    migration: tuple[tuple[int, ...], ...]
    outcomes: int
    approval_share: float | None = None
    champion_auc: float | None = None
    challenger_auc: float | None = None
    champion_default_rate: float | None = None
    challenger_default_rate: float | None = None

    @property
    def moved(self) -> int:
        return self.cases - sum(row[place] for place, row in enumerate(self.migration))


def compare(
    champion: npt.ArrayLike,
    challenger: npt.ArrayLike,
    is_bad: npt.ArrayLike,
    reaches_cut_off: npt.ArrayLike,
    policy: PolicyParameters,
) -> Comparison:
    """Compare probabilities of default (n,); ``is_bad`` is 0, 1 or NaN where nothing is known."""
    mine = np.asarray(champion, dtype=np.float64)
    theirs = np.asarray(challenger, dtype=np.float64)
    bad = np.asarray(is_bad, dtype=np.float64)
    limits = (policy.good_below_probability, policy.poor_from_probability)
    pairs = np.searchsorted(limits, mine, side="right") * 3
    pairs += np.searchsorted(limits, theirs, side="right")
    counts = np.bincount(pairs, minlength=9).reshape(3, 3)
    known = ~np.isnan(bad)
    base = Comparison(mine.size, tuple(map(tuple, counts.tolist())), int(known.sum()))
    if min(bad[known].sum(), (1 - bad[known]).sum()) < MIN_OUTCOMES_OF_A_KIND:
        return base
    share = float(np.asarray(reaches_cut_off, dtype=np.float64)[known].mean())
    return _with_outcomes(base, bad[known], mine[known], theirs[known], share)


def _with_outcomes(
    base: Comparison, bad: FloatArray, mine: FloatArray, theirs: FloatArray, share: float
) -> Comparison:
    rates = (
        [metrics.bad_rate_among_approved(bad, risk, share) for risk in (mine, theirs)]
        if share
        else [None, None]
    )
    return Comparison(
        base.cases, base.migration, base.outcomes, share,
        metrics.auc(bad, mine), metrics.auc(bad, theirs), rates[0], rates[1],
    )  # fmt: skip

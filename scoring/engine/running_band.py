"""How far a score may still move while an applicant is being recorded.

The financial score brings the interval of what was not given. The behavioural part brings the
adjustments that the session would end at if it went on as it has been so far: in the limit of much
material its certainty is 1, so it ends at cap · tanh(z), and z is known as well as a mean over the
effective samples is, with the standard error σ/√n of each session and modality. Without a sample
that is the whole of -cap…cap; with every sample the interval narrows.

An observation counts as one draw from the mean distribution, which is wider than the true spread of
softmax outputs; the doubt in a person's own baseline is left out. The interval covers nine in ten,
as that of the financial score does, by the normal approximation of a mean (de Moivre 1733).
"""

import math
from collections.abc import Mapping, Sequence

from scoring.engine.behaviour import LEVELS, Adjustment
from scoring.engine.evidence import EvidenceItem, pooled
from scoring.engine.fusion import ScoreResult, protected_points
from scoring.engine.policy import PolicyParameters
from scoring.engine.types import MAX_SCORE_POINTS, MIN_SCORE_POINTS, BehaviourMode

# The 95 % quantile of the normal distribution: nine in ten lie between it and its mirror image.
QUANTILE = 1.6449
Key = tuple[str, str]


def running_band(
    result: ScoreResult, items: Sequence[EvidenceItem], policy: PolicyParameters
) -> tuple[int, int]:
    """Return the ends of the interval of a running score, in points 300…850; the score is inside.

    ``items`` is the evidence that ``result`` was made of.
    """
    low_points, high_points = _adjustments(result.adjustment, items, policy)
    low = result.interval.low + protected_points(result.financial, low_points, policy)
    high = result.interval.high + max(high_points, result.adjustment_points)
    final = result.final_score_points
    return _on_scale(min(low, final)), _on_scale(max(high, final))


def _adjustments(
    adjustment: Adjustment, items: Sequence[EvidenceItem], policy: PolicyParameters
) -> tuple[int, int]:
    """Return the least and the greatest adjustment that is open, in points."""
    if policy.mode is not BehaviourMode.ADVISORY:
        return 0, 0
    if not adjustment.used:
        return -policy.cap_points, policy.cap_points
    margin = QUANTILE * _standard_error_of_z(adjustment, items, policy)
    low, high = (
        policy.cap_points * math.tanh(adjustment.z + side * margin) for side in (-1.0, 1.0)
    )
    return min(math.floor(low), adjustment.points), max(math.ceil(high), adjustment.points)


def _standard_error_of_z(
    adjustment: Adjustment, items: Sequence[EvidenceItem], policy: PolicyParameters
) -> float:
    variances = _variances(items)
    total = math.fsum(each.weight for each in adjustment.used)
    parts = [
        (each.weight / total) ** 2 * variances[each.session_id, each.modality] / each.samples
        for each in adjustment.used
    ]
    return policy.gain * math.sqrt(math.fsum(parts))


def _variances(items: Sequence[EvidenceItem]) -> Mapping[Key, float]:
    """Return the variance of one observation's level, by session and modality."""
    grouped: dict[Key, list[EvidenceItem]] = {}
    for item in items:
        if item.consented:
            grouped.setdefault((item.session_id, item.modality), []).append(item)
    return {
        key: _variance(pooled([item.summary for item in rows]).mean_probabilities)
        for key, rows in grouped.items()
    }


def _variance(probabilities: Sequence[float]) -> float:
    mean = math.fsum(p * level for p, level in zip(probabilities, LEVELS, strict=True))
    squares = [p * (level - mean) ** 2 for p, level in zip(probabilities, LEVELS, strict=True)]
    return math.fsum(squares)


def _on_scale(points: int) -> int:
    return min(max(points, MIN_SCORE_POINTS), MAX_SCORE_POINTS)

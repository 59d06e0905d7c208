"""A scorecard in shadow: it scores what the one in force scores, and decides nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.db.models import QuerySet

from scoring.engine.artifacts import ArtifactError, verified_bytes
from scoring.engine.policy import PolicyParameters
from scoring.engine.scorecard import parse_scorecard_bytes
from scoring.models import ChallengerScore, ModelVersion, ScoreRevision
from scoring.services import estimators

logger = structlog.get_logger(__name__)

SHADOW_NAME = "scorecard_shadow"
SMALLEST = 1e-9


def run(revision: ScoreRevision, values: Mapping[str, float | None]) -> ChallengerScore | None:
    """Store what the scorecard in shadow gives for a revision; a broken file holds nothing up."""
    version = estimators.in_shadow()
    if version is None:
        return None
    try:
        probability = _probability(version, values)
    except ArtifactError as error:
        logger.error("shadow_not_run", version=str(version), reason=str(error))
        return None
    score, __ = ChallengerScore.objects.get_or_create(
        revision=revision,
        estimator=SHADOW_NAME,
        defaults={
            "version": version.version,
            "sha256": version.sha256,
            "probability_of_default": probability,
        },
    )
    return score


def _probability(version: ModelVersion, values: Mapping[str, float | None]) -> float:
    found = estimators.placed(version)
    card = parse_scorecard_bytes(verified_bytes(found.entry, found.folder))
    return 1.0 / (1.0 + math.exp(card.log_odds(values)))


@dataclass(frozen=True, slots=True)
class ShadowFigures:
    """How a scorecard in shadow compares with the one in force, over the same scores.

    Probabilities and shares lie in 0…1; ``newly_approved`` and ``newly_declined`` count scores
    that would change sides of the approval cut-off.
    """

    scores: int
    mean_in_force: float
    mean_in_shadow: float
    mean_points: float
    same_class: float
    newly_approved: int
    newly_declined: int


def compared(version: ModelVersion) -> QuerySet[ChallengerScore]:
    """Return what a version gave in shadow, where the scorecard in force decided."""
    return ChallengerScore.objects.filter(
        estimator=SHADOW_NAME, sha256=version.sha256, revision__estimator=estimators.SCORECARD
    )


def figures(version: ModelVersion) -> ShadowFigures | None:
    """Return the comparison of a version, or None where it was never in shadow."""
    rows = list(compared(version).select_related("revision__policy"))
    if not rows:
        return None
    policies = {row.revision.policy_id: row.revision.policy.parsed for row in rows}
    pairs = [_pair(row, policies[row.revision.policy_id]) for row in rows]
    count = len(pairs)
    return ShadowFigures(
        scores=count,
        mean_in_force=math.fsum(row.revision.probability_of_default for row in rows) / count,
        mean_in_shadow=math.fsum(row.probability_of_default for row in rows) / count,
        mean_points=math.fsum(pair.points for pair in pairs) / count,
        same_class=sum(pair.same_class for pair in pairs) / count,
        newly_approved=sum(pair.side > 0 for pair in pairs),
        newly_declined=sum(pair.side < 0 for pair in pairs),
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """``points``: shadow minus in force. ``side``: +1 passes the cut-off only in shadow, -1 not."""

    points: float
    same_class: bool
    side: int


def _pair(row: ChallengerScore, policy: PolicyParameters) -> _Pair:
    # At 0 or 1 the points would not be finite.
    probability = min(max(row.probability_of_default, SMALLEST), 1.0 - SMALLEST)
    cut_off = policy.approval_cut_off_points
    scale = policy.scale
    points = scale.offset + scale.factor * math.log((1.0 - probability) / probability)
    in_force = row.revision.financial_score
    return _Pair(
        points=points - in_force,
        same_class=policy.credit_class(probability).value == row.revision.financial_class,
        side=int(points >= cut_off) - int(in_force >= cut_off),
    )

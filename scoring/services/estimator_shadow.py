"""How an estimator in shadow compares with the one in force, over the same scores."""

import math
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from scoring.engine.places import PLACES
from scoring.engine.policy import PolicyParameters
from scoring.models import ChallengerScore, ModelVersion

SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class ShadowFigures:
    """How an estimator in shadow compares with the one in force.

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


def compared(version: ModelVersion) -> QuerySet[ChallengerScore, Any]:
    """Return what a version gave in shadow, with ``in_force``: what its place gave beside it.

    A scorecard is compared where the one in force decided, a challenger where the one in force ran.
    """
    place = PLACES[version.name]
    rows = ChallengerScore.objects.filter(estimator=place.in_shadow, sha256=version.sha256)
    if place.decides:
        decided = rows.filter(revision__estimator=place.name)
        return decided.annotate(in_force=F("revision__probability_of_default"))
    beside = ChallengerScore.objects.filter(revision=OuterRef("revision"), estimator=place.name)
    given = Subquery(beside.values("probability_of_default")[:1])
    return rows.annotate(in_force=given).filter(in_force__isnull=False)


def figures(version: ModelVersion) -> ShadowFigures | None:
    """Return the comparison of a version, or None where it was never in shadow."""
    if version.name not in PLACES:
        return None
    rows = list(compared(version).select_related("revision__policy"))
    if not rows:
        return None
    policies = {row.revision.policy_id: row.revision.policy.parsed for row in rows}
    pairs = [
        _pair(row.in_force, row.probability_of_default, policies[row.revision.policy_id])
        for row in rows
    ]
    count = len(pairs)
    return ShadowFigures(
        scores=count,
        mean_in_force=math.fsum(row.in_force for row in rows) / count,
        mean_in_shadow=math.fsum(row.probability_of_default for row in rows) / count,
        mean_points=math.fsum(pair.points for pair in pairs) / count,
        same_class=sum(pair.same_class for pair in pairs) / count,
        newly_approved=sum(pair.side > 0 for pair in pairs),
        newly_declined=sum(pair.side < 0 for pair in pairs),
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """``points``: shadow minus in force. ``side``: +1 passes the cut-off only in shadow, -1 not."""

    points: int
    same_class: bool
    side: int


def _pair(in_force: float, in_shadow: float, policy: PolicyParameters) -> _Pair:
    old, new = _points(in_force, policy), _points(in_shadow, policy)
    cut_off = policy.approval_cut_off_points
    return _Pair(
        points=new - old,
        same_class=policy.credit_class(in_force) == policy.credit_class(in_shadow),
        side=int(new >= cut_off) - int(old >= cut_off),
    )


def _points(probability: float, policy: PolicyParameters) -> int:
    # At 0 or 1 the points would not be finite.
    limited = min(max(probability, SMALLEST), 1.0 - SMALLEST)
    return round(policy.scale.offset + policy.scale.factor * math.log((1.0 - limited) / limited))

"""Running what is in shadow beside a score. It decides nothing, and holds nothing up."""

import math
from collections.abc import Mapping

import structlog

from applicants.models import Applicant
from scoring.engine.artifacts import ArtifactError, verified_bytes
from scoring.engine.classifier import load_challenger
from scoring.engine.places import PLACES
from scoring.engine.scorecard import parse_scorecard_bytes
from scoring.models import ChallengerScore, ModelVersion, ScoreRevision
from scoring.services import estimators

logger = structlog.get_logger(__name__)


def run_shadows(
    revision: ScoreRevision, values: Mapping[str, float | None]
) -> list[ChallengerScore]:
    """Store what each version in shadow gives for a revision; a broken file is left out."""
    is_business = revision.application.applicant.kind == Applicant.Kind.BUSINESS
    scores = []
    for version in estimators.in_shadow(of_businesses=is_business):
        try:
            probability = _probability(version, values)
        except ArtifactError as error:
            logger.error("shadow_not_run", version=str(version), reason=str(error))
            continue
        score, __ = ChallengerScore.objects.get_or_create(
            revision=revision,
            estimator=PLACES[version.name].in_shadow,
            defaults={
                "version": version.version,
                "sha256": version.sha256,
                "probability_of_default": probability,
            },
        )
        scores.append(score)
    return scores


def _probability(version: ModelVersion, values: Mapping[str, float | None]) -> float:
    found = estimators.placed(version)
    if not PLACES[version.name].decides:
        challenger = load_challenger(found.entry, found.folder)
        return float(challenger.probabilities([values])[0])
    card = parse_scorecard_bytes(verified_bytes(found.entry, found.folder))
    return 1.0 / (1.0 + math.exp(card.log_odds(values)))

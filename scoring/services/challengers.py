"""Running the challengers beside a revision. Only the scoring worker does this."""

import math
from typing import Any

import structlog
from django.db import transaction

from applicants.errors import ProblemError
from applicants.models import Applicant
from scoring.engine.artifacts import load_estimators
from scoring.engine.attribution import attributions
from scoring.engine.classifier import INPUTS, ChallengerResult, challenger_results
from scoring.engine.shapley import ShapleyValues
from scoring.models import ChallengerScore, Evidence, ScoreRevision
from scoring.paths import ARTIFACTS_DIR
from scoring.services import estimator_shadow, estimators, review
from scoring.services.rescore import factors_of, final_items, replay

logger = structlog.get_logger(__name__)


@transaction.atomic
def run_challengers(revision: ScoreRevision) -> list[ChallengerScore]:
    """Store what each challenger gives for a revision, and flag estimators that disagree.

    A scorecard in shadow runs beside them and raises no flag: nobody has decided on it yet.
    Running it twice gives one row per estimator. They learnt from people, so a business has none.
    """
    if revision.application.applicant.kind == Applicant.Kind.BUSINESS:
        return []
    factors = factors_of(revision.application, revision.profile)
    values = factors.characteristics()
    results = challenger_results(values, estimators.in_force())
    # The challengers came with the release, and so did the population that they learnt from.
    explained = {each.entry.name: each.values for each in attributions(values, ARTIFACTS_DIR)}
    scores = [_store(revision, each, explained.get(each.entry.name)) for each in results]
    estimator_shadow.run(revision, values)
    if revision.erased_at is None:
        _flag_disagreement(revision, scores)
    return scores


def _store(
    revision: ScoreRevision, result: ChallengerResult, explained: ShapleyValues | None
) -> ChallengerScore:
    score, __ = ChallengerScore.objects.get_or_create(
        revision=revision,
        estimator=result.entry.name,
        defaults={
            "version": result.entry.version,
            "sha256": result.entry.sha256,
            "probability_of_default": result.probability_of_default,
            "attributions": explained and _as_json(explained),
        },
    )
    return score


def _as_json(explained: ShapleyValues) -> dict[str, Any]:
    parts = zip(INPUTS, explained.values, explained.standard_errors, strict=True)
    return {
        "base_log_odds": explained.base,
        "is_exact": explained.is_exact,
        "parts": [
            {"characteristic": name, "log_odds": value, "standard_error": error}
            for name, value, error in parts
        ],
    }


def _flag_disagreement(revision: ScoreRevision, scores: list[ChallengerScore]) -> None:
    probabilities = {score.estimator: score.probability_of_default for score in scores}
    try:
        probabilities["scorecard"] = _comparable_probability(revision)
        result = replay(revision)
    except ProblemError as problem:
        # Of an earlier release: the next score of the application is compared again.
        logger.warning("revision_not_replayed", revision=revision.pk, code=problem.code)
        return
    rows = list(Evidence.objects.filter(pk__in=revision.evidence_ids))
    items = [row.as_item(consented=True) for row in rows]
    review.raise_flags(revision, result, final_items(rows, items), probabilities)


def _comparable_probability(revision: ScoreRevision) -> float:
    """Return what the scorecard gives for the characteristics that the challengers read too.

    They know nothing of expert points, so expert points are no disagreement.
    """
    values = factors_of(revision.application, revision.profile).characteristics()
    shared = {name: value if name in INPUTS else None for name, value in values.items()}
    log_odds_good = load_estimators(estimators.folder_of(revision)).scorecard.log_odds(shared)
    return 1.0 / (1.0 + math.exp(log_odds_good))

"""Running the challengers beside a revision. Only the scoring worker does this."""

import math

import structlog
from django.db import transaction

from applicants.errors import ProblemError
from applicants.models import Applicant
from scoring.engine.artifacts import load_estimators
from scoring.engine.classifier import INPUTS, ChallengerResult, challenger_results
from scoring.models import ChallengerScore, Evidence, ScoreRevision
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
    results = challenger_results(factors.characteristics(), estimators.in_force())
    scores = [_store(revision, result) for result in results]
    estimator_shadow.run(revision, factors.characteristics())
    if revision.erased_at is None:
        _flag_disagreement(revision, scores)
    return scores


def _store(revision: ScoreRevision, result: ChallengerResult) -> ChallengerScore:
    score, __ = ChallengerScore.objects.get_or_create(
        revision=revision,
        estimator=result.entry.name,
        defaults={
            "version": result.entry.version,
            "sha256": result.entry.sha256,
            "probability_of_default": result.probability_of_default,
        },
    )
    return score


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

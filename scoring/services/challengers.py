"""Running the challengers beside a revision. Only the scoring worker does this."""

from django.db import transaction

from scoring.engine.classifier import ChallengerResult, challenger_results
from scoring.models import ChallengerScore, Evidence, ScoreRevision
from scoring.paths import ARTIFACTS_DIR
from scoring.services import review
from scoring.services.rescore import factors_of, final_items, replay


@transaction.atomic
def run_challengers(revision: ScoreRevision) -> list[ChallengerScore]:
    """Store what each challenger gives for a revision, and flag estimators that disagree.

    Running it twice gives one row per estimator.
    """
    factors = factors_of(revision.application, revision.profile)
    results = challenger_results(factors.characteristics(), ARTIFACTS_DIR)
    scores = [_store(revision, result) for result in results]
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
    probabilities[revision.estimator] = revision.probability_of_default
    rows = list(Evidence.objects.filter(pk__in=revision.evidence_ids))
    items = [row.as_item(consented=True) for row in rows]
    review.raise_flags(revision, replay(revision), final_items(rows, items), probabilities)

"""Running the challengers beside a revision. Only the scoring worker does this."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from django.db import transaction

from applicants.errors import ProblemError
from applicants.models import Applicant
from applicants.selectors import processable
from scoring.engine.artifacts import load_estimators
from scoring.engine.attribution import Attribution, attributions, background_of
from scoring.engine.classifier import ChallengerResult, challenger_results, challengers_of
from scoring.engine.places import SHADOW_SUFFIX
from scoring.models import ChallengerScore, Evidence, ScoreRevision
from scoring.services import estimators, review
from scoring.services.rescore import factors_of, final_items, replay
from scoring.services.shadow_running import run_shadows

logger = structlog.get_logger(__name__)
Values = Mapping[str, float | None]


@transaction.atomic
def run_challengers(revision: ScoreRevision) -> list[ChallengerScore]:
    """Store what each challenger gives for a revision, and flag estimators that disagree.

    What is in shadow runs beside them and raises no flag: nobody has decided on it yet. Running it
    twice gives one row per estimator.
    """
    values, folder = _values(revision), estimators.in_force()
    is_business = _is_business(revision)
    results = challenger_results(values, folder, of_businesses=is_business)
    explained = _explained(values, folder, of_businesses=is_business)
    scores = [_store(revision, each, explained.get(each.entry.name)) for each in results]
    run_shadows(revision, values)
    if scores and revision.erased_at is None:
        _flag_disagreement(revision, scores, folder)
    return scores


def explain_older(limit: int) -> int:
    """Work out attributions that are missing, newest scores first; return how many were stored.

    Of scores that an estimator in force gave: another one's file may be gone. What is stored is
    not looked at again, so a task that was cut off goes on.
    """
    folder, stored = estimators.in_force(), 0
    for of_businesses in (False, True):
        explainable = [
            entry.sha256
            for entry, challenger in challengers_of(folder, of_businesses=of_businesses)
            if background_of(challenger, folder, of_businesses=of_businesses) is not None
        ]
        rows = ChallengerScore.objects.filter(
            processable("revision__application__applicant"),
            attributions__isnull=True,
            sha256__in=explainable,
            revision__erased_at__isnull=True,
        ).exclude(estimator__endswith=SHADOW_SUFFIX)
        chunk = rows.order_by("-revision_id").values_list("revision_id", flat=True)[:limit]
        revisions = ScoreRevision.objects.filter(pk__in=set(chunk))
        for revision in revisions.select_related("application__applicant", "profile"):
            explained = _explained(_values(revision), folder, of_businesses=of_businesses)
            missing = rows.filter(revision=revision, estimator__in=explained)
            for row in missing:
                row.attributions = explained[row.estimator]
                row.save(update_fields=["attributions"])
                stored += 1
    return stored


def _is_business(revision: ScoreRevision) -> bool:
    return revision.application.applicant.kind == Applicant.Kind.BUSINESS


def _values(revision: ScoreRevision) -> dict[str, float | None]:
    return factors_of(revision.application, revision.profile).characteristics()


def _explained(values: Values, folder: Path, *, of_businesses: bool) -> dict[str, dict[str, Any]]:
    found = attributions(values, folder, of_businesses=of_businesses)
    return {each.entry.name: _as_json(each) for each in found}


def _store(
    revision: ScoreRevision, result: ChallengerResult, explained: dict[str, Any] | None
) -> ChallengerScore:
    score, __ = ChallengerScore.objects.get_or_create(
        revision=revision,
        estimator=result.entry.name,
        defaults={
            "version": result.entry.version,
            "sha256": result.entry.sha256,
            "probability_of_default": result.probability_of_default,
            "attributions": explained,
        },
    )
    return score


def _as_json(explained: Attribution) -> dict[str, Any]:
    found = explained.values
    parts = zip(explained.names, found.values, found.standard_errors, strict=True)
    return {
        "base_log_odds": found.base,
        "is_exact": found.is_exact,
        "parts": [
            {"characteristic": name, "log_odds": value, "standard_error": error}
            for name, value, error in parts
        ],
    }


def _flag_disagreement(
    revision: ScoreRevision, scores: list[ChallengerScore], folder: Path
) -> None:
    probabilities = {score.estimator: score.probability_of_default for score in scores}
    try:
        probabilities["scorecard"] = _comparable_probability(revision, folder)
        result = replay(revision)
    except ProblemError as problem:
        # Of an earlier release: the next score of the application is compared again.
        logger.warning("revision_not_replayed", revision=revision.pk, code=problem.code)
        return
    rows = list(Evidence.objects.filter(pk__in=revision.evidence_ids))
    items = [row.as_item(consented=True) for row in rows]
    review.raise_flags(revision, result, final_items(rows, items), probabilities)


def _comparable_probability(revision: ScoreRevision, folder: Path) -> float:
    """Return what the scorecard gives for the characteristics that the challengers read too.

    They know nothing of expert points, so expert points are no disagreement.
    """
    challengers = challengers_of(folder, of_businesses=_is_business(revision))
    read = {name for __, challenger in challengers for name in challenger.names}
    factors = factors_of(revision.application, revision.profile)
    values = factors.characteristics()
    shared = {name: value if name in read else None for name, value in values.items()}
    card = load_estimators(estimators.folder_of(revision)).card_for(factors)
    return 1.0 / (1.0 + math.exp(card.log_odds(shared)))

"""Reads of the whole book for the strategy pages: summed in the database, no name among them.

The score of a decided application is the one that was decided on; of an open one, its newest.
Scores on another scale than that of the policy in force cannot be added to it and are left out.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Count, F, FloatField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from applicants.models import Application, Officer
from applicants.selectors import processable
from scoring.engine.policy import PolicyParameters
from scoring.engine.strategy import ScoreSum
from scoring.models import ChallengerScore, LoanOutcome, Policy, ScoreRevision
from scoring.models.outcome import LoanOutcomeQuerySet

FloatArray = npt.NDArray[np.float64]
SCALE = ("base_points", "base_odds", "points_to_double_odds")
MAX_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Book:
    """One currency's applications by score, and how many scores of another scale were left out."""

    currency: str
    sums: tuple[ScoreSum, ...]
    left_out: int
    simulated: int

    @property
    def applications(self) -> int:
        return sum(each.applications for each in self.sums)


def _deciding_revisions(officer: Officer) -> QuerySet[ScoreRevision]:
    """Return the revision that each application was, or would now be, decided on."""
    rows = Application.objects.filter(processable("applicant"), current_score__isnull=False)
    if officer.branch_id is not None:
        rows = rows.filter(branch=officer.branch_id)
    keys = rows.annotate(key=Coalesce("decision__revision_id", "current_score__revision_id"))
    return ScoreRevision.objects.filter(pk__in=keys.values("key")).order_by()


def currencies(officer: Officer) -> list[str]:
    """Return the currencies of the officer's scored applications, the commonest first."""
    rows = Application.objects.filter(current_score__isnull=False)
    if officer.branch_id is not None:
        rows = rows.filter(branch=officer.branch_id)
    counted = rows.order_by().values_list("currency").annotate(n=Count("pk")).order_by("-n")
    return [currency for currency, __ in counted]


def book(officer: Officer, currency: str, policy: PolicyParameters) -> Book:
    """Sum the officer's applications in a currency by final score."""
    rows = _deciding_revisions(officer).filter(application__currency=currency)
    amount = Cast("application__amount", FloatField())
    summed = rows.values("final_score", "policy_id").annotate(
        n=Count("pk"),
        expected_bad=Sum("probability_of_default"),
        amount=Sum(amount),
        at_risk=Sum(F("probability_of_default") * amount),
        simulated=Count("pk", filter=Q(simulated=True)),
    )
    same_scale = set(_same_scale(policy).values_list("pk", flat=True))
    by_score: dict[int, list[dict[str, Any]]] = defaultdict(list)
    left_out = 0
    for row in summed.order_by("final_score", "policy_id"):
        if row["policy_id"] in same_scale:
            by_score[row["final_score"]].append(row)
        else:
            left_out += row["n"]
    known = _outcomes_by_score(officer, rows.filter(policy__in=same_scale))
    return Book(
        currency=currency,
        sums=tuple(
            ScoreSum(score, *_totals(each), *known.get(score, (0, 0)))
            for score, each in by_score.items()
        ),
        left_out=left_out,
        simulated=sum(row["simulated"] for each in by_score.values() for row in each),
    )


def _totals(rows: Sequence[dict[str, Any]]) -> tuple[int, float, float, float]:
    sums = (math.fsum(row[name] for row in rows) for name in ("expected_bad", "amount", "at_risk"))
    return (sum(row["n"] for row in rows), *sums)


def _same_scale(policy: PolicyParameters) -> QuerySet[Policy]:
    same = {f"parameters__{name}": getattr(policy, name) for name in SCALE}
    return Policy.objects.filter(**same)


def known_outcomes(officer: Officer) -> LoanOutcomeQuerySet:
    """Return the standing outcomes of the officer's branches that are good or bad."""
    known = LoanOutcome.objects.standing().filter(is_bad__isnull=False)
    rows = known.filter(processable("application__applicant"))
    if officer.branch_id is None:
        return rows
    return rows.filter(application__branch=officer.branch_id)


def with_deciding_revision(rows: QuerySet[LoanOutcome]) -> QuerySet[LoanOutcome]:
    """Add the key of the revision that each loan was decided on, as ``revision_id``."""
    return rows.annotate(
        revision_id=Coalesce(
            "application__decision__revision_id", "application__current_score__revision_id"
        )
    )


def _outcomes_by_score(
    officer: Officer, rows: QuerySet[ScoreRevision]
) -> dict[int, tuple[int, int]]:
    """Return how many good and bad outcomes there are by final score.

    Joined from the scores' side: from the side of the outcomes the database looks up row by row.
    """
    known = rows.filter(application__outcomes__in=known_outcomes(officer).values("pk"))
    counted = known.values_list("final_score", "application__outcomes__is_bad").annotate(
        n=Count("pk")
    )
    found: dict[int, tuple[int, int]] = {}
    for score, is_bad, n in counted:
        good, bad = found.get(score, (0, 0))
        found[score] = (good, bad + n) if is_bad else (good + n, bad)
    return found


@dataclass(frozen=True, slots=True)
class ChallengerRows:
    """One challenger's probabilities beside the champion's, newest first, at most MAX_COMPARED.

    ``is_bad`` is 1, 0, or NaN where the outcome is not known.
    """

    estimator: str
    version: str
    champion: FloatArray
    challenger: FloatArray
    is_bad: FloatArray
    final_score: FloatArray


def challenger_rows(officer: Officer) -> list[ChallengerRows]:
    """Return what each version of each challenger gave for the deciding revisions."""
    versions = ChallengerScore.objects.order_by("estimator", "version")
    pairs = versions.values_list("estimator", "version").distinct()
    found = (_challenger_rows(officer, name, version) for name, version in pairs)
    return [rows for rows in found if rows is not None]


def _challenger_rows(officer: Officer, name: str, version: str) -> ChallengerRows | None:
    """Return the newest rows of a version; None where it ran beside no deciding revision."""
    scores = ChallengerScore.objects.filter(
        estimator=name, version=version, revision__in=_deciding_revisions(officer)
    )
    outcome = LoanOutcome.objects.latest_of(OuterRef("revision__application"))
    rows = scores.order_by("-revision_id").values_list(
        "revision__probability_of_default",
        "probability_of_default",
        Subquery(outcome.values("is_bad")[:1]),
        "revision__final_score",
    )[:MAX_COMPARED]
    # An outcome that is not known is None, and so NaN.
    table = np.array(list(rows), dtype=np.float64)
    return ChallengerRows(name, version, *table.T) if table.size else None

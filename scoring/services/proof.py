"""The proof of value on the lender's own outcomes: without it the behavioural part is not scored.

Cases are the newest decided applications whose score had behavioural evidence; simulated ones count
in the demo only. The adjustment is the one that was computed then, in shadow or scored, with the
protection of class and cut-off that scoring it brings.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from applicants.models import Application
from applicants.selectors import processable
from scoring.engine import proof
from scoring.engine.adjusted_risk import FloatArray, adjusted
from scoring.engine.artifacts import load_estimators
from scoring.engine.proof import Gate, Outcomes, Selections
from scoring.models import LoanOutcome, Policy, ScoreRevision
from scoring.paths import ARTIFACTS_DIR
from scoring.services.fairness import declarations_state, declared_values

MAX_CASES = 20_000
CACHE_S = 900
COLUMNS = (
    "application_id",
    "application__applicant_id",
    "policy_id",
    "estimator",
    "probability_of_default",
    "financial_score",
    "computed_adjustment",
)
TABLE_ESTIMATOR = "points_table"
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Cases:
    """n cases, each without and with the adjustment."""

    applications: Sequence[object]
    applicants: Sequence[object]
    risk: FloatArray
    risk_with: FloatArray
    reaches: BoolArray
    reaches_with: BoolArray


def needs_proof() -> bool:
    """Return whether this jurisdiction asks for the proof; the demo does not."""
    return bool(settings.JURISDICTION != "demo")


def gate() -> Gate:
    """Return the state of the proof, worked out anew when outcomes or declarations were added."""
    outcome = LoanOutcome.objects.order_by("-pk").values_list("pk", flat=True).first()
    key = f"proof:{settings.JURISDICTION}:{outcome}:{declarations_state()}"
    found: Gate | None = cache.get(key)
    if found is None:
        found = measure()
        cache.set(key, found, CACHE_S)
    return found


def measure() -> Gate:
    """Work the proof out from the rows as they stand now."""
    cases = _cases(_with_evidence())
    return proof.gate(_outcomes(cases), _selections(cases), needs_groups=needs_proof())


def _with_evidence() -> QuerySet[ScoreRevision]:
    """Return the deciding revisions that had behavioural evidence, newest first."""
    scored = Application.objects.filter(processable("applicant"), current_score__isnull=False)
    decided = scored.annotate(key=Coalesce("decision__revision_id", "current_score__revision_id"))
    rows = ScoreRevision.objects.filter(pk__in=decided.values("key")).filter(
        Q(behaviour__used__0__isnull=False) | ~Q(computed_adjustment=0)
    )
    if needs_proof():
        rows = rows.filter(simulated=False)
    return rows.order_by("-pk")


def _cases(revisions: QuerySet[ScoreRevision]) -> _Cases:
    rows = list(revisions.values_list(*COLUMNS)[:MAX_CASES])
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    applications, applicants, policies, estimators = columns[:4]
    risk, own, computed = (np.array(each, dtype=np.float64) for each in columns[4:])
    places: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for place, (policy, estimator) in enumerate(zip(policies, estimators, strict=True)):
        places[policy, estimator == TABLE_ESTIMATOR].append(place)
    risk_with, final, cut_off = np.empty_like(risk), np.empty_like(risk), np.empty_like(risk)
    parsed = {each.pk: each.parsed for each in Policy.objects.filter(pk__in=set(policies))}
    for (key, by_table), chosen in places.items():
        slope = _slope(by_table, parsed[key].points_to_double_odds)
        found = adjusted(risk[chosen], own[chosen], computed[chosen], slope, parsed[key])
        risk_with[chosen], final[chosen] = found.risk, found.final_points
        cut_off[chosen] = parsed[key].approval_cut_off_points
    return _Cases(applications, applicants, risk, risk_with, own >= cut_off, final >= cut_off)


def _slope(by_table: bool, points_to_double_odds: int) -> float:
    if by_table:
        return load_estimators(ARTIFACTS_DIR).table_calibration.slope_per_point
    return math.log(2) / points_to_double_odds


def _outcomes(cases: _Cases) -> Outcomes:
    rows = LoanOutcome.objects.standing().filter(application__in=cases.applications)
    known = dict(rows.filter(is_bad__isnull=False).values_list("application_id", "is_bad"))
    chosen = [place for place, key in enumerate(cases.applications) if key in known]
    bad = np.array([known[cases.applications[place]] for place in chosen], dtype=np.float64)
    return Outcomes(bad, cases.risk[chosen], cases.risk_with[chosen])


def _selections(cases: _Cases) -> dict[str, Selections]:
    """Return the cases of each attribute that applicants declared; a group is never inferred."""
    declared = declared_values(set(cases.applicants))
    return {
        attribute: _selection(cases, values) for attribute, values in declared.items() if values
    }


def _selection(cases: _Cases, values: dict[object, str]) -> Selections:
    chosen = [place for place, key in enumerate(cases.applicants) if key in values]
    groups = [values[cases.applicants[place]] for place in chosen]
    return Selections(groups, cases.reaches[chosen], cases.reaches_with[chosen])

"""Reads of the whole portfolio for monitoring: counted in the database, no name among them.

A month's population is every application of people, or of businesses, that was scored in it, once,
with its last score of the month: each kind has a scorecard of its own.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    F,
    Func,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import MD5, Cast, TruncMonth
from django.utils import timezone

from applicants.models import Applicant, FinancialProfile
from applicants.selectors import processable
from scoring.engine.factor_columns import FACTORS, HUNDRED, MISSING, FactorColumns
from scoring.models import LoanOutcome, ScoreRevision

# Characteristics are computed per row from the profile; a sample of this size tells a share
# of 10 % within ±0.5 points.
MAX_SAMPLE_ROWS = 20_000
COUNTED = ("financial_score", "final_score", "credit_class", "estimator", "simulated")
_NUMBER = f"COALESCE((%(expressions)s * {HUNDRED})::bigint, {MISSING})"
_YES_OR_NO = f"COALESCE(%(expressions)s::int * {HUNDRED}, {MISSING})"


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """What the database counted of one month; scores as (points, applications)."""

    month: date
    rows: int
    simulated_rows: int
    financial: tuple[tuple[int, int], ...]
    final: tuple[tuple[int, int], ...]
    classes: dict[str, int]
    estimators: dict[str, int]
    missing: dict[str, int]


def months_scored(*, of_businesses: bool = False) -> list[tuple[date, int]]:
    """Return each month with scores and how many applications were scored in it, oldest first."""
    rows = (
        _of(ScoreRevision.objects.all(), of_businesses)
        .annotate(month=TruncMonth("created_at"))
        .order_by("month")
    )
    counted = rows.values("month").annotate(n=Count("application", distinct=True))
    return [(row["month"].date(), row["n"]) for row in counted]


def scored_in(month: date, *, of_businesses: bool = False) -> QuerySet[ScoreRevision]:
    """Return the last revision of each application that was scored in the month."""
    rows = ScoreRevision.objects.filter(
        created_at__gte=start_of(month), created_at__lt=start_of(next_month(month))
    )
    newest = _of(rows, of_businesses)
    newest = newest.order_by("application_id", "-sequence").distinct("application_id")
    return ScoreRevision.objects.filter(pk__in=newest.values("pk")).order_by()


def _of(rows: QuerySet[ScoreRevision], of_businesses: bool) -> QuerySet[ScoreRevision]:
    free = processable("application__applicant")
    return rows.filter(free, application__applicant__kind=_kind(of_businesses))


def _kind(of_businesses: bool) -> str:
    return Applicant.Kind.BUSINESS if of_businesses else Applicant.Kind.PERSON


def count_month(month: date, *, of_businesses: bool = False) -> MonthCounts:
    """Count scores, classes, estimators and missing characteristics of a month."""
    rows = scored_in(month, of_businesses=of_businesses)
    table = rows.values_list(*COUNTED).annotate(n=Count("pk"))
    counts: dict[str, Counter[Any]] = {name: Counter() for name in COUNTED}
    for *values, n in table:
        for name, value in zip(COUNTED, values, strict=True):
            counts[name][value] += n
    return MonthCounts(
        month=month,
        rows=counts["financial_score"].total(),
        simulated_rows=counts["simulated"][True],
        financial=tuple(sorted(counts["financial_score"].items())),
        final=tuple(sorted(counts["final_score"].items())),
        classes=dict(sorted(counts["credit_class"].items())),
        estimators=dict(sorted(counts["estimator"].items())),
        missing=_missing(rows),
    )


def _missing(rows: QuerySet[ScoreRevision]) -> dict[str, int]:
    """Return how many applications lack each characteristic, by name."""
    name = Func(
        F("missing"),
        function="jsonb_array_elements_text",
        output_field=TextField(),
        set_returning=True,
    )
    named = rows.annotate(name=name).values_list("name")
    return dict(named.annotate(n=Count("pk")).order_by("name"))


def sampled_factors(
    month: date, limit: int = MAX_SAMPLE_ROWS, *, of_businesses: bool = False
) -> FactorColumns:
    """Return the factors of up to ``limit`` scored applications of a month, as they were scored.

    Which ones is drawn by a digest of the application's id and the month, so that a report can be
    made again.
    """
    key = Func(Cast("application_id", TextField()), Value(month.isoformat()), function="CONCAT")
    scored = scored_in(month, of_businesses=of_businesses)
    # Keys first: sorting whole rows of a large month would not fit into memory.
    drawn = scored.order_by(MD5(key)).values("pk")[:limit]
    rows = ScoreRevision.objects.filter(pk__in=drawn).order_by("pk")
    names = [name for name in FACTORS if name != "is_business"]
    values = list(rows.values_list(*(_in_hundredths(name) for name in names)))
    columns = np.array(values, dtype=np.int64).reshape(-1, len(names)).T
    is_business = np.full(len(values), HUNDRED * of_businesses)
    return FactorColumns(dict(zip(names, columns, strict=True)) | {"is_business": is_business})


def _in_hundredths(factor: str) -> Func:
    """Return a factor as the engine's columns hold it: amounts are kept to the hundredth."""
    owner = "application" if factor in {"amount", "term_months"} else "profile"
    is_number = owner == "application" or not isinstance(
        FinancialProfile._meta.get_field(factor), BooleanField
    )
    template = _NUMBER if is_number else _YES_OR_NO
    return Func(F(f"{owner}__{factor}"), template=template, output_field=BigIntegerField())


def known_outcomes(month: date, *, of_businesses: bool = False) -> list[tuple[float, bool]]:
    """Return (expected probability of *bad*, whether it was) of loans observed in a year's window.

    The window is the twelve months up to the end of the month; the probability is that of the
    score on which the loan was decided. Loans that are neither good nor bad yet are left out.
    """
    end = next_month(month)
    rows = LoanOutcome.objects.standing().filter(
        processable("application__applicant"),
        is_bad__isnull=False,
        observed_on__lt=end,
        observed_on__gte=end.replace(year=end.year - 1),
        application__decision__isnull=False,
        application__applicant__kind=_kind(of_businesses),
    )
    probability = "application__decision__revision__probability_of_default"
    return list(rows.order_by("pk").values_list(probability, "is_bad"))


def outcome_by_application() -> dict[UUID, bool]:
    """Return whether a loan went bad, by application; without those that are not known yet."""
    known = LoanOutcome.objects.standing().filter(is_bad__isnull=False)
    rows = known.filter(processable("application__applicant"))
    return dict(rows.values_list("application_id", "is_bad"))


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def start_of(month: date) -> datetime:
    return timezone.make_aware(datetime(month.year, month.month, 1))  # noqa: DTZ001

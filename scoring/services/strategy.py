"""The figures of the strategy page, kept for some minutes: a book does not change by the click."""

from dataclasses import dataclass

from django.core.cache import cache

from applicants.models import Officer
from scoring import book as books
from scoring.book import Book
from scoring.engine.champion import Comparison, compare
from scoring.models import LoanOutcome
from scoring.services import policy as policies

CACHE_S = 900


@dataclass(frozen=True, slots=True)
class Challenger:
    """A challenger's version and how it compares with the champion."""

    estimator: str
    version: str
    comparison: Comparison


def book_of(officer: Officer, currency: str) -> Book:
    """Return the book of a currency, at most CACHE_S old; a new outcome counts at once."""
    policy = policies.active()
    key = f"book:{officer.branch_id}:{currency}:{policy.pk}:{_newest()}"
    found: Book | None = cache.get(key)
    if found is None:
        found = books.book(officer, currency, policy.parsed)
        cache.set(key, found, CACHE_S)
    return found


def challengers_of(officer: Officer) -> list[Challenger]:
    """Return each challenger in shadow against the champion, on the newest applications."""
    policy = policies.active()
    key = f"challengers:{officer.branch_id}:{policy.pk}:{_newest()}"
    found: list[Challenger] | None = cache.get(key)
    if found is None:
        cut_off = policy.parsed.approval_cut_off_points
        found = [
            Challenger(
                rows.estimator,
                rows.version,
                compare(
                    rows.champion,
                    rows.challenger,
                    rows.is_bad,
                    rows.final_score >= cut_off,
                    policy.parsed,
                ),
            )
            for rows in books.challenger_rows(officer)
        ]
        cache.set(key, found, CACHE_S)
    return found


def _newest() -> int | None:
    """Return the newest outcome. Scores come by the minute, and a sum of the book takes seconds."""
    return LoanOutcome.objects.order_by("-pk").values_list("pk", flat=True).first()

"""Decisions that differ from what the cut-off suggested: counted by month and branch.

No officer is counted, named or ranked here, and nothing that was observed of applicants is read:
figures of people by their applicants' expressions are what they must not be used for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext

from applicants.models import Officer
from scoring.models import ApplicationDecision

# Below this many decisions, no override or nothing but overrides is no pattern yet.
MIN_DECISIONS_FOR_A_NOTE = 20
APPROVED = ApplicationDecision.Outcome.APPROVED
COUNTS = {
    "decisions": Count("pk"),
    "approved_below": Count("pk", filter=Q(is_override=True, outcome=APPROVED)),
    "declined_above": Count("pk", filter=Q(is_override=True) & ~Q(outcome=APPROVED)),
}


@dataclass(frozen=True, slots=True)
class OverrideCounts:
    """The decisions of one month, or of one branch, or all. ``label`` names which."""

    label: str
    decisions: int
    approved_below: int
    declined_above: int

    @property
    def overrides(self) -> int:
        return self.approved_below + self.declined_above

    @property
    def rate(self) -> float | None:
        return self.overrides / self.decisions if self.decisions else None

    @property
    def is_never(self) -> bool:
        """Whether nobody ever decided otherwise: the score may be deciding in people's place."""
        return self.decisions >= MIN_DECISIONS_FOR_A_NOTE and not self.overrides

    @property
    def is_always(self) -> bool:
        """Whether everybody always decided otherwise: the score may be worth nothing to them."""
        return self.decisions >= MIN_DECISIONS_FOR_A_NOTE and self.overrides == self.decisions


def decisions_since(officer: Officer, since: date) -> QuerySet[ApplicationDecision]:
    """Return the decisions on applications of the officer's branches from a day on."""
    rows = ApplicationDecision.objects.filter(created_at__date__gte=since)
    if officer.branch_id is not None:
        rows = rows.filter(application__branch=officer.branch_id)
    return rows


def in_all(decisions: QuerySet[ApplicationDecision]) -> OverrideCounts:
    return OverrideCounts("", **decisions.aggregate(**COUNTS))


def by_month(decisions: QuerySet[ApplicationDecision]) -> list[OverrideCounts]:
    """Count by month, oldest first; labels read as a page writes a month, Nov 2026."""
    rows = decisions.order_by().annotate(month=TruncMonth("created_at")).values("month")
    counted = rows.annotate(**COUNTS).order_by("month")
    return [_counts(date_format(row.pop("month"), gettext("M Y")), row) for row in counted]


def by_branch(decisions: QuerySet[ApplicationDecision], nowhere: str) -> list[OverrideCounts]:
    """Count by the branch that the deciding officer works for, in the order of names."""
    rows = decisions.order_by().values("officer__branch__name").annotate(**COUNTS)
    counted = rows.order_by("officer__branch__name")
    return [_counts(row.pop("officer__branch__name") or nowhere, row) for row in counted]


def _counts(label: str, row: dict[str, int]) -> OverrideCounts:
    return OverrideCounts(label, **row)


def worth_a_note(counts: Iterable[OverrideCounts]) -> list[OverrideCounts]:
    """Return those of which a person should know that no, or every, decision is an override."""
    return [each for each in counts if each.is_never or each.is_always]


def overrides_of(decisions: QuerySet[ApplicationDecision]) -> QuerySet[ApplicationDecision]:
    """Return the overrides with their reasons, newest first."""
    rows = decisions.filter(is_override=True).order_by("-created_at", "-pk")
    return rows.select_related("application", "revision__policy", "officer__branch")

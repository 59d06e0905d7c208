"""Which fields of an application a person can change within a year, which way, and how far.

What a suggestion may name stands here and nowhere else: age, sex and origin are no fields of the
engine at all, and what only time or another party changes is listed with the reason why it is no
advice (Ustun, Spangher & Liu 2019, *Actionable Recourse in Linear Classification*: actionable,
conditionally actionable and immutable features).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from scoring.engine.words import gettext_noop

SIGNIFICANT_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Changeable:
    """A field that can move, from its present value step by step to the year's limit.

    ``direction`` is +1 or -1. A ``relative`` field moves by shares of its present value, another
    one in its own unit to round multiples of ``step``. ``sentence`` holds ``{before}`` and
    ``{after}``; ``why`` says on what the limit rests.
    """

    name: str
    direction: int
    step: Decimal
    limit: Decimal
    relative: bool
    sentence: str
    why: str

    def values(self, present: Decimal) -> Iterator[Decimal]:
        """Yield the values that the field can take within a year, nearest first."""
        last = present
        for value in self._relative(present) if self.relative else self._rounded(present):
            if (value - last) * self.direction > 0:
                yield value
                last = value

    def effort(self, present: Decimal, value: Decimal) -> float:
        """Return how much of the year's limit a change takes, 0…1."""
        limit = self.limit * present if self.relative else self.limit
        return float(abs(value - present) / limit)

    def _relative(self, present: Decimal) -> Iterator[Decimal]:
        # Towards the present value, so that a round number never passes the limit.
        rounding = ROUND_DOWN if self.direction > 0 else ROUND_UP
        for step in range(1, int(self.limit / self.step) + 1):
            yield _readable(present * (1 + self.direction * step * self.step), rounding)

    def _rounded(self, present: Decimal) -> Iterator[Decimal]:
        rounding = ROUND_DOWN if self.direction < 0 else ROUND_UP
        value = (present / self.step).quantize(Decimal(1), rounding) * self.step
        while abs(value - present) <= self.limit and value >= 0:
            yield value
            value += self.direction * self.step


def _readable(value: Decimal, rounding: str) -> Decimal:
    """Round money to three significant digits, as a person would say it, and never below cents."""
    if not value:
        return Decimal(0)
    exponent = max(value.adjusted() - SIGNIFICANT_DIGITS + 1, -2)
    unit = Decimal(1).scaleb(exponent)
    return (value / unit).quantize(Decimal(1), rounding) * unit


CHANGEABLE: tuple[Changeable, ...] = (
    Changeable(
        name="amount",
        direction=-1,
        step=Decimal("0.05"),
        limit=Decimal("0.50"),
        relative=True,
        sentence=gettext_noop("Ask for {after} instead of {before}."),
        why=gettext_noop("Less can be asked for at any time; less than half is another loan."),
    ),
    Changeable(
        name="monthly_debt_payments",
        direction=-1,
        step=Decimal("0.05"),
        limit=Decimal("0.50"),
        relative=True,
        sentence=gettext_noop("Bring debt payments from {before} to {after} a month."),
        why=gettext_noop("Paying off or refinancing loans can halve payments within a year."),
    ),
    Changeable(
        name="card_utilisation_percent",
        direction=-1,
        step=Decimal(5),
        limit=Decimal(60),
        relative=False,
        sentence=gettext_noop("Bring card balances from {before} to {after} of the limits."),
        why=gettext_noop("Balances can be paid down by 60 points of the limits within a year."),
    ),
    Changeable(
        name="total_liabilities",
        direction=-1,
        step=Decimal("0.05"),
        limit=Decimal("0.30"),
        relative=True,
        sentence=gettext_noop("Pay debts down from {before} to {after}."),
        why=gettext_noop("Within a year, up to 30 % of all debts can be repaid."),
    ),
    Changeable(
        name="total_assets",
        direction=1,
        step=Decimal("0.05"),
        limit=Decimal("0.20"),
        relative=True,
        sentence=gettext_noop("Save until assets rise from {before} to {after}."),
        why=gettext_noop("Within a year, savings can add up to 20 % to what is there."),
    ),
    Changeable(
        name="annual_income",
        direction=1,
        step=Decimal("0.01"),
        limit=Decimal("0.10"),
        relative=True,
        sentence=gettext_noop("Show an income of {after} a year instead of {before}."),
        why=gettext_noop("More than a tenth in a year is not to be counted on."),
    ),
    Changeable(
        name="recent_enquiries",
        direction=-1,
        step=Decimal(1),
        limit=Decimal(12),
        relative=False,
        sentence=gettext_noop(
            "Ask for no other credit until the enquiries of the last twelve months fall from "
            "{before} to {after}."
        ),
        why=gettext_noop("An enquiry counts for twelve months, so all of them age within a year."),
    ),
)

# Field → why it is never suggested.
FIXED: Mapping[str, str] = {
    "term_months": gettext_noop("The term does not enter the score."),
    "employment_years": gettext_noop("Only time makes an employment longer."),
    "income_stable": gettext_noop("Whether an income is regular rests with others as well."),
    "credit_history_years": gettext_noop("Only time makes a credit history longer."),
    "overdue_payments": gettext_noop("What was paid late stays on record."),
    "open_accounts": gettext_noop("Opening credit to gain points is no advice to give."),
    "is_business": gettext_noop("Who asks is no property of a loan."),
    "guaranteed_share_percent": gettext_noop("What a guarantor covers rests with the guarantor."),
    "employees": gettext_noop("Nobody should be employed to gain points."),
    "jobs_created": gettext_noop("A promise of jobs can be made to gain points."),
    "real_estate_backed": gettext_noop("Pledging a house to gain points is no advice to give."),
}

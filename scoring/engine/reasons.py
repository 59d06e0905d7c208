"""Reasons: where points were lost or won against the population, each in its own sentence.

They come from the estimator that decided. Only financial characteristics have a sentence here,
so an observed expression, a voice or a walk can never become a reason.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scoring.engine.types import FinancialScore, Reason
from scoring.engine.words import gettext_noop

MAX_REASONS = 4


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one characteristic; ``{value}`` is the applicant's own value."""

    code: str
    lost: str
    won: str
    not_given: str
    value_format: str = "{:.0f}"


WORDINGS: Mapping[str, Wording] = {
    "card_utilisation_percent": Wording(
        code="card_utilisation",
        lost=gettext_noop(
            "Card balances use {value} % of the limits; a lower share scores better."
        ),
        won=gettext_noop("Card balances use only {value} % of the limits."),
        not_given=gettext_noop("The share of card limits in use was not given."),
    ),
    "overdue_payments": Wording(
        code="overdue_payments",
        lost=gettext_noop(
            "Overdue payments on record: {value}; fewer overdue payments score better."
        ),
        won=gettext_noop("Overdue payments on record: {value}."),
        not_given=gettext_noop("The number of overdue payments was not given."),
    ),
    "debt_to_income_percent": Wording(
        code="debt_to_income",
        lost=gettext_noop(
            "Debt payments take {value} % of the income; a lower share scores better."
        ),
        won=gettext_noop("Debt payments take only {value} % of the income."),
        not_given=gettext_noop(
            "Income or debt payments were not given, so their ratio is not known."
        ),
    ),
    "open_accounts": Wording(
        code="open_accounts",
        lost=gettext_noop(
            "Open credit accounts: {value}; more accounts kept in order score better."
        ),
        won=gettext_noop("Open credit accounts kept in order: {value}."),
        not_given=gettext_noop("The number of open credit accounts was not given."),
    ),
    "credit_history_years": Wording(
        code="credit_history",
        lost=gettext_noop("The credit history is {value} years long; a longer one scores better."),
        won=gettext_noop("The credit history is {value} years long."),
        not_given=gettext_noop("The length of the credit history was not given."),
        value_format="{:.1f}",
    ),
    "income_stable": Wording(
        code="income_stability",
        lost=gettext_noop("The income is not yet stable; longer employment scores better."),
        won=gettext_noop("The income is stable."),
        not_given=gettext_noop("Nothing was given about the stability of the income."),
    ),
    "assets_to_liabilities": Wording(
        code="assets_and_debts",
        lost=gettext_noop("Assets are {value} times the debts; a higher ratio scores better."),
        won=gettext_noop("Assets are {value} times the debts."),
        not_given=gettext_noop("Assets or debts were not given, so their ratio is not known."),
        value_format="{:.2f}",
    ),
    "recent_enquiries": Wording(
        code="recent_enquiries",
        lost=gettext_noop("Recent credit enquiries: {value}; fewer enquiries score better."),
        won=gettext_noop("Recent credit enquiries: {value}."),
        not_given=gettext_noop("The number of recent credit enquiries was not given."),
    ),
    "loan_to_income": Wording(
        code="loan_to_income",
        lost=gettext_noop(
            "The loan is {value} times the yearly income; a smaller loan scores better."
        ),
        won=gettext_noop("The loan is only {value} times the yearly income."),
        not_given=gettext_noop("Amount or income was not given, so their ratio is not known."),
        value_format="{:.2f}",
    ),
    "guaranteed_share_percent": Wording(
        code="guaranteed_share",
        lost=gettext_noop(
            "A guarantor covers {value} % of the loan; a higher share scores better."
        ),
        won=gettext_noop("A guarantor covers {value} % of the loan."),
        not_given=gettext_noop("The share of the loan that a guarantor covers was not given."),
    ),
    "employees": Wording(
        code="employees",
        lost=gettext_noop("People employed: {value}; firms with more employees score better."),
        won=gettext_noop("People employed: {value}."),
        not_given=gettext_noop("The number of employees was not given."),
    ),
    "jobs_created": Wording(
        code="jobs_created",
        lost=gettext_noop("Jobs that the loan creates: {value}; more jobs score better."),
        won=gettext_noop("Jobs that the loan creates: {value}."),
        not_given=gettext_noop("The number of jobs that the loan creates was not given."),
    ),
    "real_estate_backed": Wording(
        code="real_estate_security",
        lost=gettext_noop(
            "The loan is not secured by land or buildings; one that is scores better."
        ),
        won=gettext_noop("The loan is secured by land or buildings."),
        not_given=gettext_noop("Nothing was given about land or buildings as security."),
    ),
}
WITHOUT_DEBTS = gettext_noop("There are no debts against the assets.")


def adverse_reasons(
    score: FinancialScore, values: Mapping[str, float | None]
) -> tuple[Reason, ...]:
    """Return at most four reasons, most points lost first. ``values`` by characteristic."""
    lost = [reason for reason in _reasons(score, values) if reason.points < 0]
    return tuple(sorted(lost, key=lambda reason: reason.points)[:MAX_REASONS])


def strengths(score: FinancialScore, values: Mapping[str, float | None]) -> tuple[Reason, ...]:
    """Return at most four positive factors, most points won first."""
    won = [reason for reason in _reasons(score, values) if reason.points > 0]
    return tuple(sorted(won, key=lambda reason: -reason.points)[:MAX_REASONS])


def _reasons(score: FinancialScore, values: Mapping[str, float | None]) -> list[Reason]:
    reasons = []
    for contribution in score.contributions:
        name = contribution.characteristic
        if name not in score.population_points:
            continue  # the limit of the scale is nobody's characteristic
        points = contribution.points - score.population_points[name]
        reasons.append(_reason(name, values[name], points))
    return reasons


def _reason(characteristic: str, value: float | None, points: int) -> Reason:
    wording = WORDINGS[characteristic]
    finite = value if value is not None and math.isfinite(value) else None
    return Reason(wording.code, _text(wording, value, points), characteristic, finite, points)


def _text(wording: Wording, value: float | None, points: int) -> str:
    if value is None:
        return wording.not_given
    if math.isinf(value):
        return WITHOUT_DEBTS
    template = wording.lost if points < 0 else wording.won
    return template.format(value=wording.value_format.format(value))

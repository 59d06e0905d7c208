"""What other finances would give: suggestions that reach a goal, and a score for values at will.

Everything is scored again by the estimator and the policy of the revision; nothing is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.forms import LoanForm, profile_form_of
from applicants.templatetags.ui import money
from scoring import explanation
from scoring.engine import changeable, fusion, reasons
from scoring.engine.artifacts import load_estimators
from scoring.engine.counterfactual import (
    Change,
    Counterfactual,
    Goal,
    ScoreOf,
    Values,
    class_of,
    counterfactuals,
    next_goal,
    replaced,
)
from scoring.engine.types import CreditClass, FinancialFactors, FinancialScore, Reason
from scoring.models import ScoreRevision
from scoring.models.revision import CreditClass as ClassName
from scoring.services import estimators
from scoring.services.rescore import factors_of

Text = explanation.Text
MONEY = ("amount", "monthly_debt_payments", "total_liabilities", "total_assets", "annual_income")
SENTENCES: Mapping[str, str] = {field.name: field.sentence for field in changeable.CHANGEABLE}


@dataclass(frozen=True, slots=True)
class Move:
    """One field's move in figures and in words."""

    field_name: str
    before: Decimal
    after: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Changes, and the score and class that they give together."""

    changes: tuple[Move, ...]
    score_points: int
    change_points: int
    credit_class: CreditClass

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(each.text for each in self.changes)


@dataclass(frozen=True, slots=True)
class Advice:
    """What would change the decision. ``goal`` is empty where nothing better is left to reach.

    ``is_outdated``: the present estimator gives other points than the revision holds, so nothing
    is suggested before it is scored anew.
    """

    goal: str
    suggestions: tuple[Suggestion, ...] = ()
    is_outdated: bool = False


def advise(revision: ScoreRevision) -> Advice:
    """Return at most three suggestions with which the application would reach its next goal."""
    factors = factors_of(revision.application, revision.profile)
    try:
        score_of = _score_of(revision)
    except ProblemError:  # another release made this score
        return Advice("", is_outdated=True)
    present = score_of(factors)
    if present.score_points != revision.financial_score:
        return Advice("", is_outdated=True)
    goal = next_goal(present, revision.policy.parsed)
    if goal is None:
        return Advice("")
    currency = revision.application.currency
    found = counterfactuals(factors, score_of, goal)
    suggestions = (_suggestion(each, present, goal, currency) for each in found)
    return Advice(_goal_text(goal), tuple(suggestions))


def _score_of(revision: ScoreRevision) -> ScoreOf:
    used, policy = load_estimators(estimators.folder_of(revision)), revision.policy.parsed
    return lambda factors: fusion.financial_scores(factors, used, policy)[0]


def _suggestion(
    found: Counterfactual, present: FinancialScore, goal: Goal, currency: str
) -> Suggestion:
    return Suggestion(
        changes=tuple(
            Move(each.field, each.before, each.after, _sentence(each, currency))
            for each in found.changes
        ),
        score_points=found.score.score_points,
        change_points=found.score.score_points - present.score_points,
        credit_class=class_of(found.score, goal.policy),
    )


def _sentence(change: Change, currency: str) -> str:
    before, after = (
        _written(change.field, value, currency) for value in (change.before, change.after)
    )
    return _(SENTENCES[change.field]).format(before=before, after=after)


def _written(field: str, value: Decimal, currency: str) -> str:
    return money(value, currency) if field in MONEY else explanation.written(field, float(value))


def _goal_text(goal: Goal) -> str:
    if goal.cut_off_points is not None:
        return _("reach the cut-off of %(points)d points") % {"points": goal.cut_off_points}
    assert goal.credit_class is not None
    name = ClassName(goal.credit_class.value).label
    return _("reach the class %(name)s") % {"name": name}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A financial score with what it means and why, for the page that compares two of them."""

    score_points: int
    credit_class: CreditClass
    probability_of_default: float
    preview: explanation.Preview
    reasons: tuple[Reason, ...]
    strengths: tuple[Reason, ...]


def outcome(revision: ScoreRevision, values: Values) -> Outcome:
    """Score a revision's application with other values for some fields; nothing is stored."""
    factors = replaced(factors_of(revision.application, revision.profile), values)
    return _outcome(_score_of(revision)(factors), factors, revision)


def _outcome(score: FinancialScore, factors: FinancialFactors, revision: ScoreRevision) -> Outcome:
    policy, characteristics = revision.policy.parsed, factors.characteristics()
    return Outcome(
        score_points=score.score_points,
        credit_class=class_of(score, policy),
        probability_of_default=score.probability_of_default,
        preview=explanation.preview(score.score_points, policy.approval_cut_off_points),
        reasons=reasons.adverse_reasons(score, characteristics),
        strengths=reasons.strengths(score, characteristics),
    )


@dataclass(frozen=True, slots=True)
class NotSuggested:
    """A field that is never suggested, and why."""

    label: Text
    why: str


def never_suggested(revision: ScoreRevision) -> list[NotSuggested]:
    """Return the fields of the applicant's form that only time or others change."""
    form = profile_form_of(revision.application.applicant.kind)
    fields = {**LoanForm.base_fields, **form.base_fields}
    return [
        NotSuggested(fields[name].label or explanation.label_of(name), _(why))
        for name, why in changeable.FIXED.items()
        if name in fields
    ]

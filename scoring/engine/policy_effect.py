"""What another policy would suggest for the same finances and the same evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scoring.engine import behaviour
from scoring.engine.evidence import EvidenceItem
from scoring.engine.fusion import Estimators, financial_scores, protected_points
from scoring.engine.policy import PolicyParameters
from scoring.engine.types import CreditClass, FinancialFactors, FinancialScore


@dataclass(frozen=True, slots=True)
class Case:
    """One scored application: what was stated, what was seen, and on which day."""

    factors: FinancialFactors
    evidence: tuple[EvidenceItem, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a policy makes of a case. ``reaches_cut_off`` suggests an approval; people decide.

    ``financial_points`` and ``final_points`` lie on the policy's own scale; the probability of
    default (0…1) is that of the final score.
    """

    financial_points: int
    final_points: int
    credit_class: CreditClass
    probability_of_default: float
    reaches_cut_off: bool


def suggest(
    cases: Iterable[Case], estimators: Estimators, policies: Sequence[PolicyParameters]
) -> list[tuple[Suggestion, ...]]:
    """Return, for each case, what each policy suggests. The scores are those of ``fusion.score``.

    Policies with one scale share the financial score, which is the dear part.
    """
    return [_suggestions(case, estimators, policies) for case in cases]


def _suggestions(
    case: Case, estimators: Estimators, policies: Sequence[PolicyParameters]
) -> tuple[Suggestion, ...]:
    by_scale: dict[object, FinancialScore] = {}
    suggestions = []
    for policy in policies:
        if policy.scale not in by_scale:
            by_scale[policy.scale] = financial_scores(case.factors, estimators, policy)[0]
        suggestions.append(_suggestion(by_scale[policy.scale], case, policy))
    return tuple(suggestions)


def _suggestion(financial: FinancialScore, case: Case, policy: PolicyParameters) -> Suggestion:
    adjustment = behaviour.adjust(case.evidence, policy, case.as_of)
    own = financial.score_points
    final = own + protected_points(financial, adjustment.points, policy)
    probability = financial.calibration.probability_of_default(final)
    return Suggestion(
        financial_points=own,
        final_points=final,
        credit_class=policy.credit_class(probability),
        probability_of_default=probability,
        reaches_cut_off=final >= policy.approval_cut_off_points,
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """How many of ``cases`` move when one policy takes the place of another.

    ``classes[i][j]`` counts the cases of class i before and j after, best class first.
    """

    cases: int
    approved_before: int
    approved_after: int
    newly_above: int
    newly_below: int
    classes: tuple[tuple[int, ...], ...]

    @property
    def approval_rate_before(self) -> float | None:
        return self.approved_before / self.cases if self.cases else None

    @property
    def approval_rate_after(self) -> float | None:
        return self.approved_after / self.cases if self.cases else None

    @property
    def change_class(self) -> int:
        """The number of cases whose class is another one afterwards."""
        return self.cases - sum(row[place] for place, row in enumerate(self.classes))

    @property
    def cross_cut_off(self) -> int:
        return self.newly_above + self.newly_below


def effect_of(pairs: Iterable[tuple[Suggestion, ...]]) -> Effect:
    """Count what changes from the first to the second suggestion of each pair."""
    rows = [(before, after) for before, after in pairs]
    above_before = sum(before.reaches_cut_off for before, __ in rows)
    above_after = sum(after.reaches_cut_off for __, after in rows)
    newly_above = sum(after.reaches_cut_off > before.reaches_cut_off for before, after in rows)
    return Effect(
        cases=len(rows),
        approved_before=above_before,
        approved_after=above_after,
        newly_above=newly_above,
        newly_below=newly_above - (above_after - above_before),
        classes=tuple(
            tuple(
                sum((b.credit_class, a.credit_class) == (old, new) for b, a in rows)
                for new in CreditClass
            )
            for old in CreditClass
        ),
    )

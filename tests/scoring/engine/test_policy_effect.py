from dataclasses import replace

import pytest

from scoring.engine import fusion
from scoring.engine.policy_effect import Case, Suggestion, effect_of, suggest
from scoring.engine.types import CreditClass, FinancialFactors
from tests.scoring.engine import builders

GOOD, STANDARD, POOR = CreditClass


def test_a_suggestion_has_the_points_that_scoring_gives() -> None:
    estimators, policy = builders.estimators(), builders.policy()
    evidence = (builders.item(builders.only("sad")), builders.item(builders.only("angry")))
    case = Case(FinancialFactors(overdue_payments=1, open_accounts=3), evidence, builders.TODAY)
    for each in (policy, replace(policy, points_to_double_odds=40, approval_cut_off_points=700)):
        result = fusion.score(
            case.factors, evidence, estimators=estimators, policy=each, as_of=builders.TODAY
        )
        ((suggestion,),) = suggest([case], estimators, [each])
        assert suggestion.final_points == result.final_score_points
        assert suggestion.credit_class is result.credit_class
        assert suggestion.reaches_cut_off == (
            result.final_score_points >= each.approval_cut_off_points
        )


def _suggestion(credit_class: CreditClass, reaches: bool) -> Suggestion:
    return Suggestion(600, 600, credit_class, 0.1, reaches)


def test_an_effect_counts_classes_and_crossings() -> None:
    effect = effect_of(
        [
            (_suggestion(GOOD, True), _suggestion(GOOD, True)),
            (_suggestion(GOOD, True), _suggestion(STANDARD, False)),
            (_suggestion(POOR, False), _suggestion(STANDARD, True)),
            (_suggestion(POOR, False), _suggestion(STANDARD, True)),
            (_suggestion(POOR, False), _suggestion(POOR, False)),
        ]
    )
    assert (effect.cases, effect.change_class) == (5, 3)
    assert (effect.newly_above, effect.newly_below, effect.cross_cut_off) == (2, 1, 3)
    assert effect.approval_rate_before == pytest.approx(0.4)
    assert effect.approval_rate_after == pytest.approx(0.6)
    assert effect.classes == ((1, 1, 0), (0, 0, 0), (0, 2, 1))


def test_no_case_has_no_rate() -> None:
    effect = effect_of([])
    assert (effect.cases, effect.change_class, effect.approval_rate_before) == (0, 0, None)

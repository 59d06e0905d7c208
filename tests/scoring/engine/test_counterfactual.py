from dataclasses import fields
from decimal import Decimal
from functools import partial
from itertools import combinations, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.engine import fusion
from scoring.engine.artifacts import load_estimators
from scoring.engine.changeable import CHANGEABLE, FIXED
from scoring.engine.counterfactual import (
    MAX_FIELDS,
    Counterfactual,
    Goal,
    ScoreOf,
    counterfactuals,
    next_goal,
    replaced,
)
from scoring.engine.types import CreditClass, FinancialFactors, FinancialScore
from scoring.paths import ARTIFACTS_DIR
from tests.scoring.engine import builders, strategies

POLICY = builders.policy()
FIELDS = {field.name: field for field in CHANGEABLE}


def score_of(factors: FinancialFactors, estimators: fusion.Estimators) -> FinancialScore:
    return fusion.financial_scores(factors, estimators, POLICY)[0]


shipped: ScoreOf = partial(score_of, estimators=load_estimators(ARTIFACTS_DIR))
small: ScoreOf = partial(score_of, estimators=builders.estimators())
scorers = st.sampled_from([shipped, small])
IN_DEBT = FinancialFactors(
    amount=Decimal(12_000),
    annual_income=Decimal(30_000),
    monthly_debt_payments=Decimal(1_345),
    card_utilisation_percent=Decimal("88.5"),
    open_accounts=3,
    recent_enquiries=4,
)


def suggestions_of(
    factors: FinancialFactors, score: ScoreOf
) -> tuple[Goal, tuple[Counterfactual, ...]]:
    goal = next_goal(score(factors), POLICY)
    assume(goal is not None)
    assert goal is not None
    return goal, counterfactuals(factors, score, goal)


def values_of(suggestion: Counterfactual) -> dict[str, Decimal]:
    return {change.field: change.after for change in suggestion.changes}


def test_every_field_of_an_application_can_be_changed_or_says_why_not() -> None:
    names = [field.name for field in CHANGEABLE] + list(FIXED)
    assert sorted(names) == sorted(field.name for field in fields(FinancialFactors))


def test_paying_down_the_cards_is_found_and_scored_again() -> None:
    goal = Goal(POLICY, cut_off_points=560)
    best, *_others = counterfactuals(IN_DEBT, shipped, goal)
    (change,) = best.changes
    assert change.field == "card_utilisation_percent"
    assert shipped(IN_DEBT).score_points < 560 <= best.score.score_points
    assert best.score == shipped(replaced(IN_DEBT, values_of(best)))


def test_no_suggestion_where_only_time_would_help() -> None:
    factors = FinancialFactors(overdue_payments=6, credit_history_years=Decimal(1))
    assert counterfactuals(factors, shipped, Goal(POLICY, cut_off_points=560)) == ()


def test_no_suggestion_where_the_goal_is_reached() -> None:
    assert counterfactuals(IN_DEBT, shipped, Goal(POLICY, cut_off_points=300)) == ()


def test_the_goal_is_the_cut_off_and_then_the_next_class() -> None:
    low, middle, best = (
        FinancialScore("scorecard", points, points, (), POLICY.scale.calibration)
        for points in (540, 600, 800)
    )
    assert next_goal(low, POLICY) == Goal(POLICY, cut_off_points=560)
    assert next_goal(middle, POLICY) == Goal(POLICY, credit_class=CreditClass.GOOD)
    assert next_goal(best, POLICY) is None


@given(strategies.factors, scorers)
@settings(max_examples=60, deadline=None)
def test_each_suggestion_flips_when_scored_again(factors: FinancialFactors, score: ScoreOf) -> None:
    goal, suggestions = suggestions_of(factors, score)
    assert len(suggestions) <= 3
    assert list(suggestions) == sorted(suggestions, key=lambda each: each.cost)
    for suggestion in suggestions:
        again = score(replaced(factors, values_of(suggestion)))
        assert goal.is_reached(again) and not goal.is_reached(score(factors))
        assert again == suggestion.score


@given(strategies.factors, scorers)
@settings(max_examples=60, deadline=None)
def test_each_change_is_one_that_a_person_can_make(
    factors: FinancialFactors, score: ScoreOf
) -> None:
    _goal, suggestions = suggestions_of(factors, score)
    for suggestion in suggestions:
        assert 1 <= len(suggestion.changes) <= MAX_FIELDS
        for change in suggestion.changes:
            field, present = FIELDS[change.field], Decimal(getattr(factors, change.field))
            limit = field.limit * present if field.relative else field.limit
            assert change.before == present and change.after >= 0
            assert 0 < (change.after - present) * field.direction <= limit
            assert 0 < change.effort <= 1
            alone = score(replaced(factors, {change.field: change.after}))
            assert alone.score_points >= score(factors).score_points


@given(strategies.factors, scorers)
@settings(max_examples=60, deadline=None)
def test_no_change_can_be_left_out_or_made_smaller(
    factors: FinancialFactors, score: ScoreOf
) -> None:
    goal, suggestions = suggestions_of(factors, score)
    for suggestion in suggestions:
        values = values_of(suggestion)
        for change in suggestion.changes:
            steps = [change.before, *FIELDS[change.field].values(change.before)]
            less = steps[steps.index(change.after) - 1]
            others = {name: value for name, value in values.items() if name != change.field}
            assert not goal.is_reached(score(replaced(factors, others)))
            assert not goal.is_reached(score(replaced(factors, {**others, change.field: less})))


@given(strategies.factors)
@settings(max_examples=15, deadline=None)
def test_the_first_suggestion_costs_least_of_all_combinations(factors: FinancialFactors) -> None:
    goal, suggestions = suggestions_of(factors, small)
    present = {name: getattr(factors, name) for name in FIELDS}
    paths = {
        name: list(FIELDS[name].values(Decimal(value)))
        for name, value in present.items()
        if value is not None
    }
    costs = [
        (size, sum(FIELDS[n].effort(Decimal(present[n]), v) for n, v in values.items()))
        for size in (1, 2)
        for names in combinations(paths, size)
        for values in (
            dict(zip(names, step, strict=True)) for step in product(*map(paths.get, names))
        )
        if goal.is_reached(small(replaced(factors, values)))
    ]
    if not costs:
        assert all(len(each.changes) > 2 for each in suggestions)
    else:
        assert suggestions[0].cost == pytest.approx(min(costs))


@given(strategies.factors, scorers)
@settings(max_examples=40, deadline=None)
def test_nothing_is_said_only_where_all_that_three_fields_can_do_does_not_help(
    factors: FinancialFactors, score: ScoreOf
) -> None:
    goal, suggestions = suggestions_of(factors, score)
    assume(not suggestions)
    furthest = {
        name: [*field.values(Decimal(value))][-1:]
        for name, field in FIELDS.items()
        if (value := getattr(factors, name)) is not None
    }
    reachable = {name: steps[0] for name, steps in furthest.items() if steps}
    for names in combinations(reachable, min(MAX_FIELDS, len(reachable))):
        values = {name: reachable[name] for name in names}
        assert not goal.is_reached(score(replaced(factors, values)))


def test_a_field_that_costs_points_on_its_way_is_never_suggested() -> None:
    content = builders.scorecard_content()
    middle = content["characteristics"][0]["bins"]
    middle[1]["log_odds"] = -3.0
    odd = fusion.Estimators(
        builders.parse_scorecard(content),
        builders.estimators().table_calibration,
    )
    factors = FinancialFactors(card_utilisation_percent=Decimal(75), overdue_payments=1)
    goal = Goal(POLICY, cut_off_points=550)
    assert counterfactuals(factors, partial(score_of, estimators=odd), goal) == ()
    assert counterfactuals(factors, small, goal) != ()

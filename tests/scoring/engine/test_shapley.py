import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine import shapley
from scoring.engine.artifacts import load_estimators, read_json
from scoring.engine.attribution import attributions, background_of, representatives
from scoring.engine.classifier import challenger_results, challengers_of
from scoring.engine.described_inputs import INPUTS
from scoring.engine.scorecard import parse_scorecard
from scoring.engine.shapley import FloatArray, product_background, shapley_values
from scoring.paths import ARTIFACTS_DIR

numbers = st.floats(-3, 3).map(lambda value: round(value, 2))
small_rows = st.lists(numbers, min_size=3, max_size=3)
BACKGROUND = product_background(
    [[0.0, 1.0], [0.0, 2.0, math.nan], [1.0, 3.0]], [[0.5, 0.5], [0.2, 0.3, 0.5], [0.9, 0.1]]
)


def uneven(rows: FloatArray) -> FloatArray:
    """A function with interactions and a value of its own for what is missing."""
    first, second, third = np.nan_to_num(rows, nan=-1.0).T
    return first * second + np.maximum(second, third) - 0.5 * third


def by_definition(row: list[float]) -> list[float]:
    """Average the gain of each input over all orders, with coalitions worked out one by one."""

    def value(inputs: set[int]) -> float:
        rows = BACKGROUND.rows.copy()
        for each in inputs:
            rows[:, each] = row[each]
        return float(BACKGROUND.weights @ uneven(rows))

    gains = np.zeros(3)
    for order in permutations(range(3)):
        for place, each in enumerate(order):
            gains[each] += value(set(order[: place + 1])) - value(set(order[:place]))
    return list(gains / math.factorial(3))


def test_the_background_weighs_every_combination_by_the_product_of_shares() -> None:
    assert BACKGROUND.rows.shape == (12, 3)
    assert BACKGROUND.weights.sum() == pytest.approx(1.0)
    assert BACKGROUND.weights.max() == pytest.approx(0.5 * 0.5 * 0.9)


@given(small_rows)
@settings(max_examples=50)
def test_values_are_those_of_the_definition_and_sum_to_the_difference(row: list[float]) -> None:
    result = shapley_values(uneven, row, BACKGROUND)
    assert result.values == pytest.approx(by_definition(row))
    own = float(uneven(np.array([row]))[0])
    assert result.base + sum(result.values) == pytest.approx(own)
    assert result.is_exact and set(result.standard_errors) == {0.0}


def test_an_input_that_is_not_read_is_worth_nothing() -> None:
    result = shapley_values(lambda rows: rows[:, 0] ** 2, [2.0, 2.0, 3.0], BACKGROUND)
    assert result.values == pytest.approx((3.5, 0.0, 0.0))


def test_sampling_sums_exactly_and_states_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    row = [1.0, 2.0, 3.0]
    exact = shapley_values(uneven, row, BACKGROUND)
    monkeypatch.setattr(shapley, "MAX_EXACT_INPUTS", 2)
    sampled = shapley_values(uneven, row, BACKGROUND, seed=5)
    assert not sampled.is_exact and min(sampled.standard_errors) > 0
    assert sum(sampled.values) == pytest.approx(sum(exact.values))
    pairs = zip(sampled.values, exact.values, sampled.standard_errors, strict=True)
    assert all(abs(value - true) < 4 * error for value, true, error in pairs)


ROWS = [
    dict(zip(INPUTS, (92.0, 1.0, 15.0, 4.0), strict=True)),
    dict(zip(INPUTS, (3.0, 0.0, None, 9.0), strict=True)),
    dict.fromkeys(INPUTS),
]


@pytest.mark.parametrize("row", ROWS)
def test_every_challenger_is_explained_to_its_last_digit(row: dict[str, float | None]) -> None:
    risks = {
        each.entry.name: each.probability_of_default
        for each in challenger_results(row, ARTIFACTS_DIR)
    }
    explained = attributions(row, ARTIFACTS_DIR)
    assert [each.entry.name for each in explained] == list(risks)
    for each in explained:
        risk = risks[each.entry.name]
        whole = each.values.base + sum(each.values.values)
        assert whole == pytest.approx(math.log((1 - risk) / risk), abs=1e-5)


def test_an_additive_challenger_keeps_its_own_points_less_their_mean() -> None:
    card = parse_scorecard(read_json("ebm", ARTIFACTS_DIR))
    (_, ebm) = next(each for each in challengers_of(ARTIFACTS_DIR) if each[0].name == "ebm")
    background = background_of(ebm, ARTIFACTS_DIR)
    (values,) = (
        each.values for each in attributions(ROWS[0], ARTIFACTS_DIR) if each.entry.name == "ebm"
    )
    by_name = {each.name: each for each in card.characteristics}
    for place, name in enumerate(INPUTS):
        column = background.rows[:, place]
        means = [by_name[name].bin_of(None if np.isnan(v) else v).log_odds for v in column]
        own = by_name[name].bin_of(ROWS[0][name]).log_odds
        assert values.values[place] == pytest.approx(own - background.weights @ means)


def test_the_representatives_of_bins_lie_in_them() -> None:
    for each in load_estimators(ARTIFACTS_DIR).scorecard.characteristics:
        values = representatives(each)
        assert math.isnan(values[-1])
        assert [each.bin_of(value) for value in values[:-1]] == list(each.bins)

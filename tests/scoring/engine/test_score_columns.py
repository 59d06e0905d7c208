"""Scoring many gives each one the bits that scoring it alone gives."""

from dataclasses import fields
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scoring.engine import fusion, reasons
from scoring.engine.artifacts import load_estimators
from scoring.engine.factor_columns import FACTORS, FactorColumns, factor_columns
from scoring.engine.fusion import BUREAU_CHARACTERISTICS, Estimators
from scoring.engine.reason_columns import adverse_reasons, losses
from scoring.engine.score_columns import score_many
from scoring.engine.types import FinancialFactors, FinancialScore
from scoring.paths import ARTIFACTS_DIR
from tests.scoring.engine import builders, strategies

POLICY = builders.policy()
BUREAU = dict.fromkeys(BUREAU_CHARACTERISTICS)
HUGE = Decimal("99999999999999.99")
Rows = list[FinancialFactors]

edges = st.builds(
    FinancialFactors,
    amount=strategies.optional(st.sampled_from([Decimal(0), Decimal("0.01"), HUGE])),
    annual_income=strategies.optional(st.sampled_from([Decimal(0), Decimal("0.03"), HUGE])),
    monthly_debt_payments=strategies.optional(st.sampled_from([Decimal(0), Decimal(7), HUGE])),
    total_assets=strategies.optional(st.sampled_from([Decimal(0), Decimal(99), HUGE])),
    total_liabilities=strategies.optional(st.sampled_from([Decimal(0), Decimal(100), HUGE])),
    employment_years=strategies.optional(st.sampled_from([Decimal("1.99"), Decimal(2)])),
    card_utilisation_percent=strategies.optional(st.sampled_from([Decimal(30), Decimal("30.01")])),
)
thin = strategies.factors.map(
    lambda factors: FinancialFactors(
        **{each.name: getattr(factors, each.name) for each in fields(factors)} | BUREAU
    )
)
tables = st.lists(
    st.one_of(strategies.factors, thin, edges, strategies.businesses), min_size=1, max_size=12
)


def many(rows: Rows, estimators: Estimators) -> list[FinancialScore]:
    columns = factor_columns(rows)
    blocks = score_many(columns, columns.characteristics(), estimators, POLICY.scale)
    placed = {
        int(row): block.score_of(place) for block in blocks for place, row in enumerate(block.rows)
    }
    return [placed[row] for row in range(len(rows))]


def alone(rows: Rows, estimators: Estimators) -> list[FinancialScore]:
    return [fusion.financial_scores(row, estimators, POLICY)[0] for row in rows]


@settings(max_examples=120, deadline=None)
@given(tables)
@example([FinancialFactors()])
def test_many_are_scored_as_each_alone(rows: Rows) -> None:
    for estimators in (builders.estimators(), load_estimators(ARTIFACTS_DIR)):
        assert many(rows, estimators) == alone(rows, estimators)


@settings(max_examples=80, deadline=None)
@given(tables)
def test_characteristics_have_the_same_bits(rows: Rows) -> None:
    columns = factor_columns(rows).characteristics()
    for place, row in enumerate(rows):
        expected = row.characteristics()
        found = {name: column[place] for name, column in columns.items()}
        assert set(found) == set(expected)
        assert {name: None if np.isnan(value) else value for name, value in found.items()} == (
            expected
        )


@settings(max_examples=80, deadline=None)
@given(tables)
def test_reasons_are_those_of_each_alone(rows: Rows) -> None:
    columns = factor_columns(rows)
    values = columns.characteristics()
    estimators = load_estimators(ARTIFACTS_DIR)
    for block in score_many(columns, values, estimators, POLICY.scale):
        given = adverse_reasons(block, values)
        for place, row in enumerate(block.rows):
            score = fusion.financial_scores(rows[row], estimators, POLICY)[0]
            expected = reasons.adverse_reasons(score, rows[row].characteristics())
            assert given[place] == expected


def test_at_most_four_losses_are_ranked_from_the_largest() -> None:
    columns = factor_columns([FinancialFactors(overdue_payments=9, card_utilisation_percent=99)])
    (block,) = score_many(
        columns, columns.characteristics(), load_estimators(ARTIFACTS_DIR), POLICY.scale
    )
    (ranked,) = losses(block)
    points = [
        block.points[0, each] - block.population_points[0, each] for each in ranked if each >= 0
    ]
    assert 0 < len(points) <= 4
    assert points == sorted(points)
    assert max(points) < 0


def test_both_estimators_decide_in_one_table() -> None:
    known = FinancialFactors(overdue_payments=1)
    unknown = FinancialFactors(
        income_stable=True, annual_income=Decimal(48_000), monthly_debt_payments=Decimal(600),
        total_assets=Decimal(60_000), total_liabilities=Decimal(20_000),
    )  # fmt: skip
    scores = many([known, unknown, known], builders.estimators())
    assert [score.estimator for score in scores] == ["scorecard", "points_table", "scorecard"]


def test_a_table_without_rows_has_no_scores() -> None:
    assert many([], builders.estimators()) == []


def test_a_value_finer_than_a_hundredth_is_refused() -> None:
    with pytest.raises(ValueError, match="hundredths"):
        factor_columns([FinancialFactors(employment_years=Decimal("1.001"))])


def test_columns_of_other_names_or_lengths_are_refused() -> None:
    good = {name: np.array([0]) for name in FACTORS}
    with pytest.raises(ValueError, match="one column per factor"):
        FactorColumns({"amount": np.array([0])})
    with pytest.raises(ValueError, match="length"):
        FactorColumns(good | {"amount": np.array([0, 1])})

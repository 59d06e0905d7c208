from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine import fusion
from scoring.engine.evidence import EvidenceItem
from scoring.engine.fusion import protected_points
from scoring.engine.types import Calibration, CreditClass, FinancialFactors, FinancialScore
from tests.scoring.engine import builders, strategies
from tests.scoring.engine.builders import TODAY, item, only, policy

Items = list[EvidenceItem]
ESTIMATORS = builders.estimators()
POLICY = policy()


def scored(factors: FinancialFactors, evidence: Items, **changes: object) -> fusion.ScoreResult:
    return fusion.score(
        factors, evidence, estimators=ESTIMATORS, policy=policy(**changes), as_of=TODAY
    )


@settings(max_examples=300)
@given(strategies.factors, strategies.evidence_lists)
def test_the_parts_sum_to_the_final_score(factors: FinancialFactors, evidence: Items) -> None:
    result = scored(factors, evidence)
    contributions = sum(each.points for each in result.financial.contributions)
    assert result.financial.base_points + contributions == result.financial.score_points
    assert result.financial.score_points + result.adjustment_points == result.final_score_points
    assert 300 <= result.final_score_points <= 850
    assert abs(result.adjustment_points) <= 30


@settings(max_examples=500)
@given(st.integers(300, 850), st.integers(-30, 30), st.integers(300, 850))
def test_behaviour_never_gives_a_worse_class_nor_crosses_the_cut_off(
    score_points: int, points: int, cut_off: int
) -> None:
    rules = policy(approval_cut_off_points=cut_off)
    financial = FinancialScore("scorecard", score_points, score_points, (), rules.scale.calibration)
    applied = protected_points(financial, points, rules)
    final = score_points + applied
    own = rules.credit_class(financial.probability_of_default)
    probability = financial.calibration.probability_of_default(final)
    assert rules.credit_class(probability).rank <= own.rank
    assert not (final < cut_off <= score_points)
    assert abs(applied) <= abs(points)
    assert 300 <= final <= 850


def test_an_adjustment_that_would_cost_the_class_stops_at_its_edge() -> None:
    financial = FinancialScore("scorecard", 600, 600, (), POLICY.scale.calibration)
    assert protected_points(financial, -10, replace(POLICY, approval_cut_off_points=596)) == -4


def test_a_flat_calibration_keeps_every_class() -> None:
    financial = FinancialScore("points_table", 400, 400, (), Calibration(2.0, 0.0))
    assert protected_points(financial, -25, replace(POLICY, approval_cut_off_points=300)) == -25


@given(strategies.factors, strategies.evidence_lists)
def test_refusing_consent_costs_nothing(factors: FinancialFactors, evidence: Items) -> None:
    refused = [replace(each, consented=False) for each in evidence]
    result = scored(factors, refused)
    assert result.final_score_points == result.financial.score_points
    assert result.credit_class is result.financial_class


@pytest.mark.parametrize("mode", ["off", "shadow"])
@given(factors=strategies.factors, evidence=strategies.evidence_lists)
def test_off_and_shadow_score_without_behaviour(
    mode: str, factors: FinancialFactors, evidence: Items
) -> None:
    result = scored(factors, evidence, mode=mode)
    assert result.adjustment_points == 0
    assert result.final_score_points == result.financial.score_points


@given(strategies.factors, strategies.evidence_lists, st.sampled_from(["0.01", "3", "1000"]))
def test_the_currency_does_not_matter(
    factors: FinancialFactors, evidence: Items, constant: str
) -> None:
    other = strategies.scaled(factors, Decimal(constant))
    assert scored(other, evidence) == scored(factors, evidence)


def test_the_scorecard_decides_where_the_bureau_knows_anything() -> None:
    result = scored(FinancialFactors(overdue_payments=1), [])
    assert result.financial.estimator == "scorecard"
    assert result.comparison is not None
    assert result.comparison.estimator == "points_table"


def test_the_points_table_decides_where_the_bureau_knows_nothing() -> None:
    known = FinancialFactors(
        income_stable=True, annual_income=Decimal(48_000), monthly_debt_payments=Decimal(600),
        total_assets=Decimal(60_000), total_liabilities=Decimal(20_000),
    )  # fmt: skip
    result = scored(known, [])
    assert result.financial.estimator == "points_table"
    assert result.comparison is not None
    assert result.comparison.estimator == "scorecard"


def test_one_good_factor_alone_does_not_give_the_highest_score() -> None:
    known = FinancialFactors(annual_income=Decimal(48_000), monthly_debt_payments=Decimal(500))
    result = scored(known, [])
    assert result.financial.estimator == "scorecard"
    assert result.comparison is not None
    assert result.comparison.score_points == 850
    assert result.financial.score_points < 660


def test_nothing_given_is_still_scored_by_the_scorecard_as_missing() -> None:
    result = scored(FinancialFactors(), [])
    assert result.financial.estimator == "scorecard"
    assert len(result.financial.missing) == 3
    assert result.comparison is None


def test_the_mapped_total_is_history_alone_without_evidence() -> None:
    total = scored(FinancialFactors(overdue_payments=1), []).mapped_total
    assert (total.history_weight, total.voice_weight, total.face_weight) == (1.0, 0.0, 0.0)
    assert total.points == total.history_points


def test_the_mapped_total_weighs_by_quality_and_recency() -> None:
    face = item(only("happy"))
    voice = item(only("happy"), evidence_id="e2", modality="voice", summary={"quality": 0.45})
    total = scored(FinancialFactors(overdue_payments=1), [face, voice]).mapped_total
    assert total.face_points == pytest.approx(825.0)
    assert total.face_weight == pytest.approx(0.9 / (0.9 + 0.45 + 1.0))
    assert total.voice_weight == pytest.approx(0.45 / (0.9 + 0.45 + 1.0))
    assert total.voice_weight + total.face_weight + total.history_weight == pytest.approx(1.0)


def test_the_mapped_total_changes_no_score() -> None:
    smiling = scored(FinancialFactors(overdue_payments=1), [item(only("happy"))], mode="shadow")
    assert smiling.mapped_total.points > smiling.final_score_points
    assert smiling.final_score_points == smiling.financial.score_points


def test_an_adjustment_upward_may_reach_a_better_class_and_is_seen() -> None:
    rules = replace(POLICY, good_below_probability=0.05)
    edge = FinancialScore("scorecard", 605, 605, (), rules.scale.calibration)
    assert rules.credit_class(edge.probability_of_default) is CreditClass.STANDARD
    assert protected_points(edge, 30, rules) == 30

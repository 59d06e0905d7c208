"""The band of a running score: the score is inside, and with more material it narrows."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine.evidence import EvidenceItem
from scoring.engine.fusion import ScoreResult, score
from scoring.engine.policy import PolicyParameters
from scoring.engine.running_band import running_band
from scoring.engine.types import FinancialFactors
from tests.scoring.engine import builders, strategies
from tests.scoring.engine.builders import TODAY, item, policy

ESTIMATORS = builders.estimators()
FACTORS = FinancialFactors(
    amount=Decimal(10_000), card_utilisation_percent=Decimal(20), overdue_payments=0
)
MOSTLY_NEUTRAL = (0.05, 0.02, 0.03, 0.2, 0.6, 0.05, 0.05)


def band(items: list[EvidenceItem], given_policy: PolicyParameters) -> tuple[ScoreResult, int, int]:
    result = score(FACTORS, items, estimators=ESTIMATORS, policy=given_policy, as_of=TODAY)
    return result, *running_band(result, items, given_policy)


@settings(max_examples=50)
@given(strategies.evidence_lists, st.integers(0, 30))
def test_the_score_lies_inside_and_behaviour_opens_no_more_than_the_cap(
    evidence: list[EvidenceItem], cap_points: int
) -> None:
    result, low, high = band(evidence, policy(cap_points=cap_points))
    assert low <= result.final_score_points <= high
    assert low >= result.interval.low - cap_points
    assert high <= result.interval.high + cap_points


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_what_is_not_scored_opens_nothing(mode: str) -> None:
    result, low, high = band([item(MOSTLY_NEUTRAL)], policy(mode=mode))
    assert (low, high) == (result.interval.low, result.interval.high)


def test_before_any_evidence_the_whole_cap_is_open() -> None:
    result, low, high = band([], policy(cap_points=12))
    assert high == result.interval.high + 12
    assert low <= result.financial.score_points


def test_more_material_of_the_same_kind_narrows_the_band() -> None:
    widths = []
    for samples in (20, 200, 2000):
        grown = {"samples": float(samples), "usable_s": float(samples)}
        _result, low, high = band([item(MOSTLY_NEUTRAL, summary=grown)], policy(cap_points=30))
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0]

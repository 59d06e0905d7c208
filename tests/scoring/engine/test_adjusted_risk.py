from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from scoring.engine import fusion
from scoring.engine.adjusted_risk import adjusted
from scoring.engine.back_test import back_test
from scoring.engine.types import FinancialFactors
from tests.scoring.engine import builders

OWN = np.arange(300, 851, 3)


@pytest.mark.parametrize("cut_off", [300, 560, 850])
def test_many_are_adjusted_as_one_is(cut_off: int) -> None:
    policy = replace(builders.policy(), approval_cut_off_points=cut_off)
    one, __ = fusion.financial_scores(FinancialFactors(), builders.estimators(), policy)
    cases = list(product(OWN.tolist(), (-30, -7, 0, 5, 30)))
    financial = [replace(one, score_points=own) for own, __ in cases]
    expected = [
        own + fusion.protected_points(score, points, policy)
        for score, (own, points) in zip(financial, cases, strict=True)
    ]
    found = adjusted(
        np.array([score.probability_of_default for score in financial]),
        np.array([own for own, __ in cases], dtype=np.float64),
        np.array([points for __, points in cases], dtype=np.float64),
        one.calibration.slope_per_point,
        policy,
    )
    assert found.final_points.tolist() == expected
    risks = [one.calibration.probability_of_default(points) for points in expected]
    assert found.risk == pytest.approx(risks)


def test_a_back_test_counts_the_four_kinds() -> None:
    found = back_test([True, True, True, False, False], [0, 0, 1, 0, 1])
    assert (found.approved_good, found.approved_bad) == (2, 1)
    assert (found.declined_good, found.declined_bad) == (1, 1)
    assert (found.loans, found.approval_rate) == (5, 0.6)
    assert found.default_rate == pytest.approx(1 / 3)
    assert back_test([], []).default_rate is None
    with pytest.raises(ValueError, match="one outcome per loan"):
        back_test([True], [])

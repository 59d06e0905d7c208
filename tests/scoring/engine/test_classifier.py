import math

import numpy as np
import pytest

from scoring.engine.classifier import challenger_results
from scoring.engine.described_inputs import INPUTS
from scoring.engine.table_estimator import load
from scoring.paths import ARTIFACTS_DIR

SOUND = {
    "card_utilisation_percent": 8.0,
    "overdue_payments": 0.0,
    "debt_to_income_percent": 22.0,
    "open_accounts": 8.0,
}
STRAINED = {
    "card_utilisation_percent": 99.0,
    "overdue_payments": 4.0,
    "debt_to_income_percent": 85.0,
    "open_accounts": 2.0,
}


def test_every_challenger_tells_a_sound_applicant_from_a_strained_one() -> None:
    sound = challenger_results(SOUND, ARTIFACTS_DIR)
    strained = challenger_results(STRAINED, ARTIFACTS_DIR)
    assert [each.entry.name for each in sound] == ["boosting", "ebm", "neural"]
    assert all(each.probability_of_default < 0.05 for each in sound)
    assert all(each.probability_of_default > 0.30 for each in strained)


def test_missing_values_are_taken_as_missing() -> None:
    results = challenger_results(dict.fromkeys(INPUTS), ARTIFACTS_DIR)
    assert len(results) == 3
    assert all(0 < each.probability_of_default < 1 for each in results)


@pytest.mark.parametrize("name", ["boosting", "neural"])
def test_none_and_nan_are_the_same_missing_value(name: str) -> None:
    estimator = load("graph.onnx", (ARTIFACTS_DIR / f"{name}.onnx").read_bytes())
    row = dict(zip(INPUTS, (50.0, None, 30.0, 5.0), strict=True))
    first, second = estimator.probabilities([row, row | {"overdue_payments": math.nan}])
    assert first == second


def test_boosting_never_lowers_the_risk_for_more_overdue_payments() -> None:
    estimator = load("boosting.onnx", (ARTIFACTS_DIR / "boosting.onnx").read_bytes())
    rows = np.array([[40.0, float(count), 30.0, 6.0] for count in range(12)])
    risks = estimator.probabilities_of_numbers(rows)
    assert list(risks) == sorted(risks)

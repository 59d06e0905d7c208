"""What branches find together is what one place finds with all rows."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scoring.engine.metrics import auc
from scoring.training.federated import budget, encoding, fit, network, requests, sums
from scoring.training.federated.branch import Branch
from tests.scoring.training.federated.conftest import joined

Make = Callable[..., list[Branch]]
QUICK = fit.Settings(network_rounds=4)


def _together(branches: list[Branch]) -> dict:
    return fit.fit(
        requests.in_process(branches[0].agreement, branches), branches[0].agreement, QUICK
    )


def _in_one_place(branches: list[Branch]) -> dict:
    agreement = replace(branches[0].agreement, secure=False)
    parts = {part: joined(branches, part) for part in ("train", "test")}
    only = Branch(agreement, parts, budget.Ledger(None, None, 1e-5))
    return fit.fit(requests.in_process(agreement, [only]), agreement, QUICK)


@pytest.mark.parametrize("is_secure", [False, True])
def test_the_scorecard_is_that_of_one_place(make_branches: Make, is_secure: bool) -> None:
    branches = make_branches(secure=is_secure)
    together, alone = _together(branches), _in_one_place(branches)
    one, other = (each["estimators"]["scorecard"] for each in (together, alone))
    assert one["inputs"] == other["inputs"]
    assert one["coefficients"] == pytest.approx(other["coefficients"], abs=1e-6)
    assert together["auc"]["scorecard"] == pytest.approx(alone["auc"]["scorecard"], abs=1e-9)
    assert together["rows"] == 1200


def test_the_coefficients_are_those_of_logistic_regression(make_branches: Make) -> None:
    regression = pytest.importorskip("sklearn.linear_model").LogisticRegression(C=1.0, tol=1e-10)
    branches = make_branches()
    found = _together(branches)["estimators"]["scorecard"]
    rows = joined(branches, "train")
    inputs = encoding.matrix(encoding.parse(found["inputs"]), rows.cells)
    regression.fit(inputs, 1 - rows.bad)
    assert min(found["coefficients"][1:]) > 0
    assert found["coefficients"][1:] == pytest.approx(regression.coef_[0], abs=1e-4)
    assert found["coefficients"][0] == pytest.approx(regression.intercept_[0], abs=1e-4)


def test_a_coefficient_never_turns_its_characteristic_around() -> None:
    # At 0 the best unbounded step is 1 and -0.5; bounded the second stays and the first adapts.
    curve = np.array([[50.0, 0, 0], [0, 40.0, 10.0], [0, 10.0, 40.0]])
    slope = (curve + np.diag([0, 1, 1])) @ np.array([0.2, 1.0, -0.5])
    answer = np.concatenate([slope, curve[np.triu_indices(3)]])
    assert fit.newton_step(np.zeros(3), answer) == pytest.approx([0.2, 36 / 41, 0.0], abs=1e-9)


def test_the_network_separates_as_well_as_in_one_place(make_branches: Make) -> None:
    branches = make_branches()
    together, alone = _together(branches), _in_one_place(branches)
    assert together["auc"]["neural"] > 0.7
    assert abs(together["auc"]["neural"] - alone["auc"]["neural"]) < 0.02


def test_the_auc_of_the_histograms_is_that_of_the_rows(make_branches: Make) -> None:
    branches = make_branches()
    found, test = _together(branches), joined(branches, "test")
    for name, estimator in found["estimators"].items():
        exact = auc(test.bad, sums.risk(estimator, test))
        assert found["auc"][name] == pytest.approx(exact, abs=2e-3)


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    draw = np.random.default_rng(1)
    inputs, bad = draw.normal(size=(20, 3)), draw.integers(0, 2, 20)
    weights = network.initial(3, seed=0)

    def loss(at: np.ndarray) -> float:
        log_odds = network.log_odds(at, inputs)
        return float(np.logaddexp(0, log_odds).sum() - log_odds[bad == 1].sum())

    along = draw.normal(size=len(weights))
    measured = (loss(weights + 1e-6 * along) - loss(weights - 1e-6 * along)) / 2e-6
    assert network.gradient(weights, inputs, bad) @ along == pytest.approx(measured, rel=1e-5)


def test_a_budget_is_kept_and_the_scorecard_still_separates(make_branches: Make) -> None:
    branches = make_branches(epsilon=20.0)
    found = _together(branches)
    whole = budget.rho_of(20.0, 1e-5)
    for each in branches:
        assert each.ledger.spent["train"] == pytest.approx(whole)
        assert each.ledger.spent["test"] == pytest.approx(whole)
    test = joined(branches, "test")
    assert auc(test.bad, sums.risk(found["estimators"]["scorecard"], test)) > 0.6

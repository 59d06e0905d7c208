"""How rare classes and trends are treated: probabilities stay true, trends keep one direction."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from scoring.engine import metrics
from scoring.training import calibration, exports
from scoring.training.effort import Effort
from scoring.training.estimators import NAMES, makers
from scoring.training.method import Method, class_weights, prior_corrected
from scoring.training.tables import CreditRows, read_rows
from scoring.training.woe_scorecard import fit_bins
from tests.scoring.training.conftest import made_table

pytestmark = pytest.mark.training
COUNT = 1600


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> CreditRows:
    """A table with one bad row in nine or so."""
    table = made_table(COUNT)
    is_bad = table["outcome"] == "bad"
    kept = ~is_bad | (np.random.default_rng(1).random(COUNT) < 0.12)
    path = tmp_path_factory.mktemp("rare") / "table.csv"
    table[kept].to_csv(path, index=False)
    return read_rows(path, target="outcome", positive="bad", left_out=["number"], group=None)


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_mean_probability_is_the_base_rate(rows: CreditRows, name: str, balanced: bool) -> None:
    learned = np.arange(len(rows.target)) % 2 == 0
    make = makers(0, {name: Effort(members=2, passes=0.25)}, Method(balanced))[name]
    estimator = make().fit(rows.features[learned], rows.target[learned])
    risk = estimator.predict_proba(rows.features)[:, 1]
    base_rate = rows.target.mean()
    assert 0.06 < base_rate < 0.16
    assert risk.mean() == pytest.approx(base_rate, abs=0.02)
    assert metrics.auc(rows.target[~learned], risk[~learned]) > 0.6


@pytest.mark.parametrize("name", ["scorecard", "boosting", "ebm"])
def test_files_of_balanced_estimators_give_what_was_fitted(
    rows: CreditRows, tmp_path: Path, name: str
) -> None:
    effort = Effort(members=2, passes=0.25)
    estimator = makers(0, {name: effort}, Method(balanced=True))[name]()
    estimator.fit(rows.features, rows.target)
    origin = exports.Origin("t", len(rows.target), "own", {}, classes=rows.classes)
    assert exports.write(name, estimator, rows, origin, tmp_path) < 1e-4


def test_weights_of_classes_are_taken_out_again() -> None:
    target = np.array([0] * 90 + [1] * 10)
    weights = class_weights(target, 2)
    assert weights[target].mean() == pytest.approx(1)
    assert prior_corrected(np.zeros(1), weights)[0] == pytest.approx(np.log(10 / 90))
    assert prior_corrected(np.zeros(1), None)[0] == 0


def test_offsets_make_the_mean_of_each_class_true() -> None:
    target = np.repeat([0, 1, 2], [60, 30, 10])
    logits = np.random.default_rng(0).normal(size=(100, 3))
    found = calibration.offsets(logits, target, class_weights(target, 3))
    raised = np.exp(found.apply(logits))
    means = (raised / raised.sum(axis=1, keepdims=True)).mean(axis=0)
    assert means == pytest.approx([0.6, 0.3, 0.1], abs=1e-4)
    assert calibration.offsets(logits, target, None).kind == "none"


def test_a_monotone_trend_has_no_turn() -> None:
    import pandas as pd

    generator = np.random.default_rng(4)
    age = generator.uniform(18, 80, 6000)
    is_event = (generator.random(6000) < 0.1 + 0.3 * ((age - 49) / 31) ** 2).astype(np.int64)
    table = pd.DataFrame({"age": age})
    turning = fit_bins(table, "age", is_event)
    straight = fit_bins(table, "age", is_event, monotone=True)
    steps = [np.sign(np.diff(each.woe[: each.plain_bins])) for each in (turning, straight)]
    assert len(set(steps[0])) == 2
    assert len(set(steps[1])) <= 1

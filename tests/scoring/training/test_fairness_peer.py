"""Our figures by group against those of fairlearn on the same rows."""

import numpy as np
import pytest

from scoring.engine.fairness import Part, compare

pytestmark = pytest.mark.training


def test_rates_ratios_and_gaps_are_those_of_fairlearn() -> None:
    metrics = pytest.importorskip("fairlearn.metrics")
    random = np.random.default_rng(11)
    rows = 3000
    groups = random.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    scores = random.normal(600, 40, rows) - 15 * (groups == "b")
    is_bad = (random.random(rows) < 1 / (1 + np.exp((scores - 560) / 20))).astype(float)
    favoured = scores >= 590
    report = compare(Part("final", scores, favoured, is_bad), list(groups))

    # For fairlearn the positive label is the outcome that an applicant wants.
    frame = metrics.MetricFrame(
        metrics={
            "rate": metrics.selection_rate,
            "tpr": metrics.true_positive_rate,
            "fpr": metrics.false_positive_rate,
        },
        y_true=1 - is_bad.astype(int),
        y_pred=favoured.astype(int),
        sensitive_features=groups,
    )
    peer = frame.by_group
    best = report.reference
    for each in report.groups:
        assert each.favourable_rate == pytest.approx(peer.loc[each.group, "rate"])
        if each.is_reference:
            continue
        assert each.adverse_impact_ratio is not None
        assert each.true_positive_gap is not None
        assert each.false_positive_gap is not None
        ratio = peer.loc[each.group, "rate"] / peer.loc[best, "rate"]
        assert each.adverse_impact_ratio.value == pytest.approx(ratio)
        for gap, name in ((each.true_positive_gap, "tpr"), (each.false_positive_gap, "fpr")):
            expected = peer.loc[each.group, name] - peer.loc[best, name]
            assert gap.value == pytest.approx(expected)
            assert gap.low < expected < gap.high
    lowest = min(e.adverse_impact_ratio.value for e in report.groups if e.adverse_impact_ratio)
    assert lowest == pytest.approx(
        metrics.demographic_parity_ratio(
            1 - is_bad.astype(int), favoured.astype(int), sensitive_features=groups
        )
    )

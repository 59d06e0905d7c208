"""The files that serve are the estimators that the branches found."""

import io
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("optbinning")

from scoring.engine.artifacts import read_manifest, verified_bytes
from scoring.engine.scorecard import parse_scorecard_bytes
from scoring.engine.table_estimator import probabilities_of
from scoring.training.exports import ParityError
from scoring.training.federated import export, fit, requests, rows, sums
from scoring.training.federated.branch import Branch

pytestmark = pytest.mark.training
ROWS = [
    (12.0, 900.0, "own"),
    (37.0, 1200.0, "rent"),
    (None, 33.0, "caravan"),
    (-4.0, None, None),
    # On an edge, where a value belongs to the upper bin.
    *((float(debt), 10.0 * debt, "rent") for debt in range(1, 60)),
]
TOLD = {
    "table": "loans.csv",
    "choice": {"secure": False, "epsilon": None, "split_by": None},
    "branches": [{"name": "north", "train_rows": 1200, "test_rows": 9, "event_rate": 0.3}],
    "auc": {
        "difference": {"scorecard": 0.0, "neural": 0.001},
        "federated": {"scorecard": 0.8, "neural": 0.8},
        "in_one_place": {"scorecard": 0.8, "neural": 0.8},
        "by_histograms": {"scorecard": 0.8, "neural": 0.8},
        "alone": {},
    },
    "synthetic_rows": 0,
    "traffic": {
        "by_sum": {},
        "bytes_to_branch": 1,
        "bytes_from_branch": 1,
        "median_seconds_per_round": 1.0,
    },
    "rounds": 1,
    "seconds": 1.0,
}


def _sample(path: Path) -> Path:
    text = io.StringIO()
    text.write("bad,debt,income,home\n")
    for row in ROWS:
        text.write("1," + ",".join("" if cell is None else str(cell) for cell in row) + "\n")
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.mark.parametrize("epsilon", [None, 50.0])
def test_scorecard_and_network_serve_what_was_found(
    make_branches: Callable[..., list[Branch]], tmp_path: Path, epsilon: float | None
) -> None:
    branches = make_branches(epsilon=epsilon)
    agreement, sample = branches[0].agreement, _sample(tmp_path / "sample.csv")
    quick = fit.Settings(network_rounds=2, network_rounds_noisy=2)
    found = fit.fit(requests.in_process(agreement, branches), agreement, quick)["estimators"]
    differences = export.write(tmp_path, agreement, found, TOLD | {"synthetic_rows": 7}, sample)
    assert max(differences.values()) < 1e-5
    values = [dict(zip(("debt", "income", "home"), row, strict=True)) for row in ROWS]
    read = rows.read(sample, agreement)
    manifest = read_manifest(tmp_path)
    assert {each.synthetic_rows for each in manifest.values()} == {7}
    assert "7 of the rows are synthetic" in (tmp_path / "card.md").read_text(encoding="utf-8")
    card = parse_scorecard_bytes(verified_bytes(manifest["scorecard"], tmp_path))
    served = [1 / (1 + math.exp(card.log_odds(row))) for row in values]
    assert served == pytest.approx(sums.risk(found["scorecard"], read), abs=1e-5)
    graph = verified_bytes(manifest["neural"], tmp_path)
    served = probabilities_of("neural.onnx", graph, values)
    assert served == pytest.approx(sums.risk(found["neural"], read), abs=1e-5)
    assert np.ptp(served) > 0.05
    shares = [
        sum(each.share for each in (*one.bins, *one.texts.values(), one.missing))
        for one in card.characteristics
    ]
    assert shares == pytest.approx([1.0] * len(shares), abs=1e-5)


def test_a_file_that_is_not_what_was_found_is_refused(
    make_branches: Callable[..., list[Branch]], tmp_path: Path
) -> None:
    branches = make_branches()
    agreement = branches[0].agreement
    quick = fit.Settings(network_rounds=1)
    found = fit.fit(requests.in_process(agreement, branches), agreement, quick)["estimators"]
    shifted = tuple(replace(column, unit=0.01) for column in agreement.columns[:2])
    other = replace(agreement, columns=(*shifted, agreement.columns[2]))
    sample = _sample(tmp_path / "sample.csv")
    export.write(tmp_path, agreement, found, TOLD, sample)
    with pytest.raises(ParityError, match=r"scorecard\.json differs"):
        export._parity(tmp_path, other, "scorecard", found["scorecard"], sample)

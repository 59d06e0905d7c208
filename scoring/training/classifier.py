"""Train the challengers: boosting, an explainable boosting machine and a small neural network.

All three read the four trained characteristics of the scorecard, NaN where missing, and learn on
the same train rows. Boosting and the network become ONNX graphs; the explainable boosting machine
is a sum of step functions, so it becomes a table like the scorecard's.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from interpret.glassbox import ExplainableBoostingClassifier
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from scoring.engine.described_inputs import INPUTS
from scoring.engine.table_estimator import load
from scoring.training import artifact_files, give_me_some_credit
from scoring.training.give_me_some_credit import CreditTable
from scoring.training.measures import auc_interval, figures
from scoring.training.neural import NeuralClassifier

logger = logging.getLogger(__name__)

VERSION = "1"
# More utilisation or more overdue payments never lower the risk; the other two are left free.
MONOTONE = (1, 1, 0, 0)
EBM_BINS = 64
FloatArray = npt.NDArray[np.float64]


def main(data: Path, out: Path, seed: int) -> dict[str, Any]:
    """Train on the train rows, measure the written files on the test rows; return the figures."""
    table = give_me_some_credit.read_table(data)
    rows = table.is_train & ~table.has_late_codes
    features, is_bad = table.matrix()[rows], table.is_bad[rows]
    out.mkdir(parents=True, exist_ok=True)
    trainings: dict[str, Callable[..., str]] = {
        "boosting": _boosting,
        "ebm": _explainable_boosting,
        "neural": _neural,
    }
    measured = {}
    for name, train in trainings.items():
        logger.info("training %s", name)
        file = train(features, is_bad, out, seed)
        measured[name] = _measure(out / file, table, seed)
        _register(out, name, file)
    artifact_files.write_json(out / "challenger_figures.json", measured)
    return measured


def _boosting(
    features: npt.NDArray[np.float32], is_bad: npt.NDArray[np.int64], out: Path, seed: int
) -> str:
    classifier = lightgbm.LGBMClassifier(
        n_estimators=300,
        learning_rate=0.03,
        num_leaves=15,
        min_child_samples=200,
        monotone_constraints=MONOTONE,
        n_jobs=1,
        random_state=seed,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    classifier.fit(features, is_bad)
    graph = convert_lightgbm(
        classifier,
        initial_types=[("characteristics", FloatTensorType([None, len(INPUTS)]))],
        zipmap=False,
        target_opset=15,
    )
    (out / "boosting.onnx").write_bytes(graph.SerializeToString())
    return "boosting.onnx"


def _neural(
    features: npt.NDArray[np.float32], is_bad: npt.NDArray[np.int64], out: Path, seed: int
) -> str:
    classifier = NeuralClassifier(seed=seed).fit(features, is_bad)
    classifier.export_onnx(out / "neural.onnx")
    return "neural.onnx"


def _explainable_boosting(
    features: npt.NDArray[np.float32], is_bad: npt.NDArray[np.int64], out: Path, seed: int
) -> str:
    machine = ExplainableBoostingClassifier(
        feature_names=list(INPUTS),
        feature_types=["continuous"] * len(INPUTS),
        interactions=0,
        max_bins=EBM_BINS,
        random_state=seed,
        n_jobs=1,
    )
    machine.fit(features, is_bad)
    content = {
        "name": "ebm",
        "version": VERSION,
        "intercept_log_odds": -float(machine.intercept_[0]),
        "characteristics": [
            _step_function(name, machine.bins_[index][0], machine.term_scores_[index])
            for index, name in enumerate(INPUTS)
        ],
    }
    artifact_files.write_json(out / "ebm.json", content)
    return "ebm.json"


def _step_function(name: str, edges: FloatArray, scores: FloatArray) -> dict[str, Any]:
    """Turn one term into bins; its scores are log-odds of *bad*: missing, bins, unseen."""
    bounds = [None, *(float(edge) for edge in edges), None]
    bins = [
        {
            "lower": bounds[index],
            "upper": bounds[index + 1],
            "log_odds": -float(scores[index + 1]),
            "share": 0.0,
        }
        for index in range(len(edges) + 1)
    ]
    missing = {"lower": None, "upper": None, "log_odds": -float(scores[0]), "share": 0.0}
    source = {
        "kind": "trained",
        "data_set": give_me_some_credit.DATA_SET,
        "rows": 0,
        "licence": give_me_some_credit.LICENCE,
    }
    return {"name": name, "unit": "", "source": source, "bins": bins, "missing": missing}


def _measure(path: Path, table: CreditTable, seed: int) -> dict[str, Any]:
    """Measure the file that was written, not the estimator in memory."""
    test = ~table.is_train
    risk = _risk_of_file(path, table.matrix()[test])
    is_bad = table.is_bad[test]
    return {**figures(is_bad, risk), "auc_ci": auc_interval(is_bad, risk, seed)}


def _risk_of_file(path: Path, features: npt.NDArray[np.float32]) -> FloatArray:
    return load(path.name, path.read_bytes()).probabilities_of_numbers(features.astype(np.float64))


def _register(out: Path, name: str, file: str) -> None:
    artifact_files.register(
        out,
        name=name,
        version=VERSION,
        role="challenger",
        file=file,
        licence=give_me_some_credit.LICENCE,
        trained_on=[give_me_some_credit.DATA_SET],
        card="challengers.md",
    )

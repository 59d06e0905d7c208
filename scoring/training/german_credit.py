"""``manage.py train_model german --data DIR --out DIR --seed N``: the estimators of German credit.

The scorecard decides; the BCE neural classifier stands beside it. Both learn from the train rows of
``german.data`` without the protected attributes, and are measured out of fold on the fixed folds
and on the test rows. What leaving the protected attributes out costs is measured too.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.engine import metrics
from scoring.engine.scorecard import parse_scorecard
from scoring.engine.table_estimator import probabilities_of
from scoring.training import artifact_files, german_tokens
from scoring.training.exports import Origin, scorecard_content
from scoring.training.german_table import (
    DATA_SET,
    FOLDS,
    LICENCE,
    REPEATS,
    VERSION,
    GermanTable,
    read_table,
    register_german,
)
from scoring.training.graphs import neural_graph
from scoring.training.measures import APPROVAL_SHARE, auc_interval, figures
from scoring.training.tabular_network import Neural
from scoring.training.woe_scorecard import WoeScorecard

logger = logging.getLogger(__name__)
CARD = "german_credit.md"
RECIPE = "german_token_recipe"
# Where most rows are classed rightly; a lender for whom a bad loan costs more cuts lower.
CUT_OFF_PROBABILITY = 0.5
NEURAL_REPEATS = 1
FloatArray = npt.NDArray[np.float64]
Make = Callable[[], Any]


def main(
    data: Path,
    out: Path,
    seed: int,
    *,
    tokens: bool = False,
    tenant: str | None = None,
    allow_synthetic: bool = False,
) -> dict[str, Any]:
    """Train, write and measure; return the figures.

    With ``tokens`` the data is a table of tokens of ``tenant``, and nothing else is read. Raises
    ValueError for tokens of nobody.
    """
    if tokens:
        if tenant is None:
            raise ValueError("--tokens needs --tenant, the name that their key was made with")
        return german_tokens.train(data, out, seed, tenant, allow_synthetic=allow_synthetic)
    table = read_table(data)
    _write(out, RECIPE, german_tokens.recipe_content(table))
    scorecard, neural = _scorecard(table, out, seed), _neural(table, out, seed)
    rows = table.scored()
    risks = repeated_out_of_fold(WoeScorecard, rows, table, REPEATS)
    beside = repeated_out_of_fold(lambda: Neural(seed=seed), rows, table, NEURAL_REPEATS)
    measured = {
        "rows": len(table.rows),
        "train_rows": int(table.is_train.sum()),
        "scorecard": scorecard | {"out_of_fold": _figures(table, risks)},
        "neural": neural | {"out_of_fold": _figures(table, beside)},
        "protected": _protected_attributes(table, risks),
    }
    artifact_files.write_json(out / "german_credit_figures.json", measured)
    return measured


def _scorecard(table: GermanTable, out: Path, seed: int) -> dict[str, Any]:
    rows, is_bad = _train_rows(table)
    estimator = WoeScorecard().fit(rows, is_bad)
    origin = Origin(DATA_SET, len(rows), LICENCE, {})
    content = scorecard_content(estimator, origin) | {
        "name": "german_scorecard",
        "version": VERSION,
        "event": "bad (class 2)",
        "cut_off_probability": CUT_OFF_PROBABILITY,
    }
    _write(out, "german_scorecard", content)
    card = parse_scorecard(content)
    test = table.scored()[~table.is_train].to_dict("records")
    risk = np.array([1 / (1 + np.exp(card.log_odds(row))) for row in test])
    return {
        "characteristics": [each.name for each in card.characteristics],
        "test": _on_test(table, risk, seed),
    }


def _neural(table: GermanTable, out: Path, seed: int) -> dict[str, Any]:
    rows, is_bad = _train_rows(table)
    estimator = Neural(seed=seed).fit(rows, is_bad)
    graph = neural_graph(estimator, estimator.encoding_.describe())
    (out / "german_neural.onnx").write_bytes(graph)
    register_german(out, "german_neural", "german_neural.onnx", CARD)
    test = table.scored()[~table.is_train].to_dict("records")
    risk = probabilities_of("german_neural.onnx", graph, test)
    return {"test": _on_test(table, risk, seed)}


def _protected_attributes(table: GermanTable, without: list[FloatArray]) -> dict[str, Any]:
    """Return what leaving out age, marital state and sex, and foreign worker costs and changes.

    Approval ratios: the share of a group that is among the least risky 70 %, over that of everybody
    else. No ratio by sex: the column does not tell it (its code A92 holds single men too).
    """
    risks = {
        "with": repeated_out_of_fold(WoeScorecard, table.rows, table, REPEATS),
        "without": without,
    }
    found: dict[str, Any] = {
        name: {
            "auc": [round(metrics.auc(table.is_bad, risk), 4) for risk in each],
            "approval_ratio_young": _mean_ratio(each, table.is_young),
            "approval_ratio_foreign": _mean_ratio(each, table.is_foreign),
        }
        for name, each in risks.items()
    }
    return found | {
        "approval_share": APPROVAL_SHARE,
        "young_rows": int(table.is_young.sum()),
        "foreign_rows": int(table.is_foreign.sum()),
    }


def _mean_ratio(risks: list[FloatArray], is_member: npt.NDArray[np.bool_]) -> float:
    ratios = []
    for risk in risks:
        is_approved = np.argsort(np.argsort(risk, kind="stable")) < APPROVAL_SHARE * len(risk)
        ratios.append(is_approved[is_member].mean() / is_approved[~is_member].mean())
    return round(float(np.mean(ratios)), 3)


def repeated_out_of_fold(
    make: Make, rows: pd.DataFrame, table: GermanTable, repeats: int
) -> list[FloatArray]:
    """Return :func:`out_of_fold` of each of the fixed repeats."""
    return [out_of_fold(make, rows, table, repeat) for repeat in range(repeats)]


def out_of_fold(make: Make, rows: pd.DataFrame, table: GermanTable, repeat: int) -> FloatArray:
    """Return the probability of *bad* of each row by an estimator that did not see its fold."""
    risk = np.zeros(len(rows))
    for fold in range(FOLDS):
        held = table.folds[:, repeat] == fold
        learnt = rows[~held].reset_index(drop=True)
        estimator = make().fit(learnt, table.is_bad[~held])
        risk[held] = estimator.predict_proba(rows[held].reset_index(drop=True))[:, 1]
        logger.info("repeat %d, fold %d", repeat, fold)
    return risk


def _figures(table: GermanTable, risks: list[FloatArray]) -> dict[str, Any]:
    found = [
        figures(table.is_bad, risk) | {"accuracy": _accuracy(table.is_bad, risk)} for risk in risks
    ]
    mean = {name: round(float(np.mean([each[name] for each in found])), 4) for name in found[0]}
    return {"repeats": len(risks), "mean": mean, "auc": [each["auc"] for each in found]}


def _on_test(table: GermanTable, risk: FloatArray, seed: int) -> dict[str, Any]:
    is_bad = table.is_bad[~table.is_train]
    return {
        "rows": len(is_bad),
        **figures(is_bad, risk),
        "accuracy": _accuracy(is_bad, risk),
        "auc_ci": auc_interval(is_bad, risk, seed),
    }


def _accuracy(is_bad: npt.NDArray[np.int64], risk: FloatArray) -> float:
    return round(float(((risk >= CUT_OFF_PROBABILITY) == is_bad).mean()), 4)


def _train_rows(table: GermanTable) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    rows = table.scored()[table.is_train].reset_index(drop=True)
    return rows, table.is_bad[table.is_train]


def _write(out: Path, name: str, content: Mapping[str, Any]) -> None:
    artifact_files.write_json(out / f"{name}.json", content)
    register_german(out, name, f"{name}.json", CARD)

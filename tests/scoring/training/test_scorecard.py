import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

import json
from pathlib import Path

import numpy as np
import pandas as pd

from scoring.engine.artifacts import load_estimators
from scoring.engine.scorecard import parse_scorecard
from scoring.engine.table_estimator import load
from scoring.engine.types import FinancialFactors
from scoring.training import give_me_some_credit, scorecard
from scoring.training.give_me_some_credit import TRAINED_CHARACTERISTICS, CreditTable
from scoring.training.neural import NeuralClassifier
from tests.scoring.engine import builders

pytestmark = pytest.mark.training
ROWS = 4000


@pytest.fixture(scope="module")
def table() -> CreditTable:
    """Cases made by code whose risk follows each characteristic; few values keep binning quick."""
    generator = np.random.default_rng(3)
    utilisation = generator.choice([5.0, 20.0, 45.0, 80.0, 100.0], ROWS)
    overdue = generator.integers(0, 4, ROWS).astype(float)
    debt = generator.choice([10.0, 30.0, 50.0, 80.0], ROWS)
    accounts = generator.choice([0.0, 2.0, 5.0, 9.0], ROWS)
    log_odds = -3.0 + 0.03 * utilisation + 0.8 * overdue + 0.01 * debt - 0.1 * accounts
    is_bad = (generator.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    debt[::5] = np.nan
    columns = (utilisation, overdue, debt, accounts)
    return CreditTable(
        characteristics=pd.DataFrame(dict(zip(TRAINED_CHARACTERISTICS, columns, strict=True))),
        is_bad=is_bad,
        is_train=np.arange(ROWS) % 7 > 0,
        fold=np.arange(ROWS) % 3,
        has_late_codes=np.zeros(ROWS, dtype=bool),
    )


def test_the_written_scorecard_reads_back_and_ranks_by_risk(
    table: CreditTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(give_me_some_credit, "read_table", lambda data: table)
    figures = scorecard.main(tmp_path, tmp_path, seed=1)
    assert figures["scorecard"]["auc"] > 0.75
    card = load_estimators(tmp_path).scorecard
    scale = builders.policy().scale
    sound = card.score(FinancialFactors(card_utilisation_percent=5, overdue_payments=0), scale)
    strained = card.score(FinancialFactors(card_utilisation_percent=95, overdue_payments=3), scale)
    assert sound.score_points > strained.score_points + 50
    assert json.loads((tmp_path / "scorecard_figures.json").read_text()) == figures


def test_the_engine_gives_what_the_training_measured(table: CreditTable) -> None:
    fitted = scorecard.fit(table, table.is_train)
    content = scorecard.content_of(fitted, table)
    card = parse_scorecard(content)
    expected = fitted.log_odds(table.characteristics.head(50))
    for row, log_odds in zip(
        table.characteristics.head(50).to_dict("records"), expected, strict=True
    ):
        values = {name: None if np.isnan(value) else value for name, value in row.items()}
        others = dict.fromkeys(FinancialFactors().characteristics())
        assert card.log_odds({**others, **values}) == pytest.approx(log_odds, abs=1e-4)


def test_a_missing_value_never_earns_points(table: CreditTable) -> None:
    fitted = scorecard.fit(table, table.is_train)
    assert all(bins.woe[-1] <= 0 for bins in fitted.bins.values())


def test_the_exported_network_gives_what_the_trained_one_gives(
    table: CreditTable, tmp_path: Path
) -> None:
    features = table.matrix()
    network = NeuralClassifier(seed=1, epochs=2).fit(features, table.is_bad)
    network.export_onnx(tmp_path / "network.onnx")
    graph = (tmp_path / "network.onnx").read_bytes()
    served = load("neural.onnx", graph).probabilities_of_numbers(features[:64].astype(float))
    assert served == pytest.approx(network.predict_proba(features[:64])[:, 1], abs=1e-5)

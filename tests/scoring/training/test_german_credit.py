"""The training of German credit: what it reads, what it leaves out, and what its card says."""

import json
from pathlib import Path

import numpy as np
import pytest

from scoring.engine import metrics
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.german_credit import PROTECTED
from scoring.privacy.german_estimator import load_german_estimator
from scoring.privacy.recipe import read_recipe
from scoring.training.german_table import FOLDS, GermanTable, read_table

DATA = Path(__file__).resolve().parents[4] / "shared/data/credit"
FIGURES = json.loads((ARTIFACTS_DIR / "german_credit_figures.json").read_text(encoding="utf-8"))


@pytest.fixture
def table() -> GermanTable:
    if not DATA.is_dir():
        pytest.skip("needs the shared credit data")
    return read_table(DATA)


def test_nothing_protected_is_scored_or_made_a_token() -> None:
    names = {each.name for each in PROTECTED}
    card = load_german_estimator(ARTIFACTS_DIR).card
    assert not names & {each.name for each in card.characteristics}
    assert not names & set(read_recipe().edges)
    assert not names & set(FIGURES["scorecard"]["characteristics"])


def test_the_cost_of_leaving_them_out_is_small() -> None:
    found = FIGURES["protected"]
    cost = np.mean(found["with"]["auc"]) - np.mean(found["without"]["auc"])
    assert 0 <= cost < 0.01
    for group in ("young", "foreign"):
        name = f"approval_ratio_{group}"
        assert abs(found["without"][name] - 1) < abs(found["with"][name] - 1)


@pytest.mark.shared_data
def test_the_shipped_scorecard_is_as_good_as_its_card_says(table: GermanTable) -> None:
    estimator = load_german_estimator(ARTIFACTS_DIR)
    test = table.scored()[~table.is_train].to_dict("records")
    risk = np.array([estimator.probability_of_bad(row) for row in test])
    is_bad = table.is_bad[~table.is_train]
    assert metrics.auc(is_bad, risk) == pytest.approx(FIGURES["scorecard"]["test"]["auc"], abs=1e-4)
    classes = np.array([estimator.class_number(each) for each in risk])
    assert ((classes == 2) == is_bad).mean() == FIGURES["scorecard"]["test"]["accuracy"]


@pytest.mark.shared_data
def test_the_table_has_its_fixed_folds_and_corrected_groups(table: GermanTable) -> None:
    assert (len(table.rows), int(table.is_bad.sum()), int(table.is_train.sum())) == (1000, 300, 800)
    assert set(np.unique(table.folds)) == set(range(FOLDS))
    assert (int(table.is_foreign.sum()), int(table.is_young.sum())) == (37, 190)

"""Refused rows get the risk of their band, raised by the stated factor."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from scoring.training.credit_run import TableError, TrainingChoice, train_credit
from scoring.training.fit_pool import Here
from scoring.training.refused_rows import with_refused
from scoring.training.table_reading import read_text
from scoring.training.tables import CreditRows, rows_of
from tests.scoring.training.conftest import made_table

pytestmark = pytest.mark.training
GRANTED = 400


@pytest.fixture(autouse=True)
def without_untuned(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there to be measured against is tested elsewhere, and takes long."""
    monkeypatch.setattr("scoring.training.evaluate_credit.UNTUNED", ())
    monkeypatch.setattr("scoring.training.credit_run.Workers", Here)


@pytest.fixture
def rows(tmp_path: Path) -> CreditRows:
    table = made_table(2 * GRANTED)
    table.loc[GRANTED:, "outcome"] = None
    table.to_csv(tmp_path / "t.csv", index=False)
    return rows_of(
        read_text(tmp_path / "t.csv"),
        target="outcome",
        positive="bad",
        left_out=["number"],
        group=None,
        keep_rejected=True,
    )


def test_the_refused_are_worse_by_the_factor(rows: CreditRows) -> None:
    features, target = with_refused(
        rows.features, rows.target, rows.rejected, seed=1, odds_factor=1.5
    )
    assert len(features) == 2 * GRANTED
    assert target[:GRANTED].tolist() == rows.target.tolist()
    ratio = target[GRANTED:].mean() / rows.target.mean()
    assert 1.05 < ratio < 1.5
    risky = (features["housing"] == "rent").to_numpy()[GRANTED:]
    assert target[GRANTED:][risky].mean() > target[GRANTED:][~risky].mean()


def test_the_same_seed_infers_the_same(rows: CreditRows) -> None:
    first, second = (
        with_refused(rows.features, rows.target, rows.rejected, seed=4)[1] for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_a_run_learns_from_the_refused_and_measures_the_granted(
    tmp_path: Path, rows: CreditRows
) -> None:
    plain = TrainingChoice("outcome", "bad", folds=2, estimators=("logistic",))
    runs = [
        train_credit(tmp_path / "t.csv", choice, tmp_path / f"out{number}")
        for number, choice in enumerate((plain, replace(plain, reject_inference=True)))
    ]
    assert [run["rows"] for run in runs] == [GRANTED, GRANTED]
    assert runs[0]["logistic"]["brier"] != runs[1]["logistic"]["brier"]


def test_a_table_without_refused_rows_is_told_so(credit_csv: Path, tmp_path: Path) -> None:
    choice = TrainingChoice("outcome", "bad", reject_inference=True)
    with pytest.raises(TableError, match="refused rows"):
        train_credit(credit_csv, choice, tmp_path)


def test_the_refused_are_never_taken_to_be_better(rows: CreditRows) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        with_refused(rows.features, rows.target, rows.rejected, seed=1, odds_factor=0.9)

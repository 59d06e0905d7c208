import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from pathlib import Path

import numpy as np
import pandas as pd

from scoring.training import encodings, evaluate_credit
from scoring.training.comparison import delong
from scoring.training.cross_validation import make_splits
from scoring.training.effort import Effort
from scoring.training.encodings import DenseEncoding
from scoring.training.estimators import makers
from scoring.training.evaluate_credit import evaluate
from scoring.training.fit_pool import Here
from scoring.training.tables import read_rows

pytestmark = pytest.mark.training
ROWS = 240


def made_table() -> pd.DataFrame:
    """A table whose risk really follows income and housing, with faults to clean."""
    generator = np.random.default_rng(5)
    income = generator.normal(40, 12, ROWS)
    housing = generator.choice(["own", "rent", "free"], ROWS)
    risk = 1 / (1 + np.exp(0.16 * (income - 38) - 1.2 * (housing == "rent")))
    bad = generator.random(ROWS) < risk
    return pd.DataFrame(
        {
            "number": np.arange(ROWS),
            "income": [f"{value:.2f}_" if value > 60 else f"{value:.2f}" for value in income],
            "housing": housing,
            "sex": generator.choice(["m", "f"], ROWS),
            "customer": [f"c{row // 4}" for row in range(ROWS)],
            "outcome": np.where(bad, "bad", "good"),
            "grade": np.select([risk > 0.6, risk > 0.3], ["poor", "standard"], "good"),
        }
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made_table().to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the estimators that fit within a blink; the slow ones have the same two verbs."""
    monkeypatch.setattr(evaluate_credit, "full_effort", lambda rows: Effort(members=2))
    monkeypatch.setattr(evaluate_credit, "Workers", Here)
    quick_ones = ("boosting", "logistic", "tree")
    monkeypatch.setattr(
        evaluate_credit,
        "estimator_names",
        lambda rows: [*quick_ones, *(["boosting_untuned"] if len(rows.classes) == 2 else [])],
    )


def test_the_comparison_measures_every_estimator(path: Path, quick: None) -> None:
    figures = evaluate(
        path, target="outcome", positive="bad", drop=["customer", "grade"], protected=["sex"]
    )
    assert figures["rows"] == ROWS
    assert figures["features"] == ["income", "housing"]
    assert figures["classes"] == ["good", "bad"]
    assert set(figures["logistic"]) == {
        "auc",
        "ks",
        "gini",
        "brier",
        "accuracy",
        "logloss",
        "auc_ci",
        "bad_rate_at_70",
        "cost",
        "confusion",
        "calibration",
        "fit_s",
    }
    low, high = figures["logistic"]["auc_ci"]
    assert 0.65 < low < figures["logistic"]["auc"] < high
    named = {name: figures[name]["auc"] for name in ("boosting", "logistic", "tree")}
    assert figures["best"] == max(named, key=named.get)
    paired = figures["paired"]["boosting_untuned"]
    assert paired["interval"][0] < paired["difference"] < paired["interval"][1]
    assert sum(point["rows"] for point in figures["boosting"]["calibration"]) == ROWS
    assert np.sum(figures["boosting"]["confusion"]) == ROWS


def test_the_same_seed_gives_the_same_figures(path: Path, quick: None) -> None:
    options = {"target": "outcome", "drop": ["customer", "grade"], "folds": 3, "seed": 7}
    first, second = evaluate(path, **options), evaluate(path, **options)
    assert first["boosting"]["auc"] == second["boosting"]["auc"]


def test_more_than_two_classes_have_their_own_figures(path: Path, quick: None) -> None:
    figures = evaluate(path, target="grade", group="customer", drop=["outcome"], folds=3)
    assert set(figures["tree"]) == {"accuracy", "macro_f1", "auc_ovr", "confusion", "fit_s"}
    assert figures["tree"]["accuracy"] > 0.8
    assert "customer" not in figures["features"]


def test_no_group_stands_in_two_folds(path: Path) -> None:
    rows = read_rows(path, target="outcome", positive=None, left_out=["grade"], group="customer")
    for train, test in make_splits(rows, folds=4, repeats=1, seed=1)[0]:
        assert not set(rows.groups[train]) & set(rows.groups[test])


@pytest.mark.parametrize("name", ["scorecard", "ebm", "neural"])
def test_each_slow_estimator_learns_too(path: Path, name: str) -> None:
    rows = read_rows(
        path, target="outcome", positive="bad", left_out=["grade", "customer"], group=None
    )
    estimator = makers(0)[name]().fit(rows.features, rows.target)
    risk = estimator.predict_proba(rows.features)
    assert risk.shape == (ROWS, 2)
    assert np.allclose(risk.sum(axis=1), 1, atol=1e-5)
    assert risk[rows.target == 1, 1].mean() > risk[rows.target == 0, 1].mean() + 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "luck"}, "no column 'luck'"),
        ({"target": "outcome", "drop": ["luck"]}, "no column 'luck'"),
        ({"target": "outcome", "positive": "maybe"}, "no value 'maybe'"),
        ({"target": "outcome", "folds": 1}, "at least two folds"),
        ({"target": "outcome", "folds": 200}, "rarest class"),
    ],
)
def test_what_cannot_be_used_is_refused(
    path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(path, **options)


def test_a_target_with_one_value_is_refused(tmp_path: Path) -> None:
    made_table().assign(outcome="good").to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(ValueError, match="one value only"):
        evaluate(tmp_path / "one.csv", target="outcome")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_is_read_and_stray_marks_are_cleaned(tmp_path: Path, separator: str) -> None:
    made_table().to_csv(tmp_path / "t.csv", index=False, sep=separator)
    rows = read_rows(tmp_path / "t.csv", target="outcome", positive=None, left_out=[], group=None)
    assert rows.numeric == ["income"]
    assert rows.features["income"].notna().all()
    assert "number" not in rows.features


def test_an_encoding_learns_only_from_its_own_fold() -> None:
    train = pd.DataFrame({"a": [1.0, 2.0, 3.0, np.nan], "b": ["x", "x", "y", "y"]})
    test = pd.DataFrame({"a": [np.nan, 1e9], "b": ["z", "x"]})
    encoded = DenseEncoding().fit(train).transform(test)
    assert encoded.shape == (2, 4)
    assert np.isfinite(encoded).all()
    assert encoded[1, 0] < 2
    assert encoded[0, 2:].sum() == 0
    assert encodings.MAX_LEVELS >= 2


def test_the_test_of_two_aucs_sees_a_real_difference_and_no_other() -> None:
    generator = np.random.default_rng(2)
    is_bad = (generator.random(2000) < 0.3).astype(int)
    good = is_bad + generator.normal(size=2000)
    worse = 0.3 * is_bad + generator.normal(size=2000)
    difference, error = delong(is_bad, good, worse)
    assert difference - 1.96 * error > 0
    same, error = delong(is_bad, good, 2 * good + 1)
    assert same == pytest.approx(0, abs=1e-12)
    assert error == pytest.approx(0, abs=1e-12)


def test_rows_without_an_outcome_are_skipped(tmp_path: Path) -> None:
    table = made_table()
    table.loc[:19, "outcome"] = None
    table.to_csv(tmp_path / "t.csv", index=False)
    rows = read_rows(tmp_path / "t.csv", target="outcome", positive="bad", left_out=[], group=None)
    assert len(rows.target) == ROWS - 20
    assert rows.rejected is None


@pytest.mark.parametrize(
    ("values", "positive", "expected"),
    [
        (["good", "bad"], None, ("good", "bad")),
        (["0", "1"], None, ("0", "1")),
        (["1.0", "2.0"], "1", ("2.0", "1.0")),
        (["paid off", "charged off"], None, ("paid off", "charged off")),
    ],
)
def test_the_event_is_the_last_class(
    tmp_path: Path, values: list[str], positive: str | None, expected: tuple[str, str]
) -> None:
    cells = pd.DataFrame({"x": np.arange(40) % 7, "y": values * 20})
    cells.to_csv(tmp_path / "t.csv", index=False)
    rows = read_rows(tmp_path / "t.csv", target="y", positive=positive, left_out=[], group=None)
    assert rows.classes == expected

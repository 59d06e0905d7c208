"""Training on a lender's table: what is written serves, and a run that was cut off goes on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optbinning", reason="needs the training requirements")

from django.core.management import CommandError, call_command

from scoring.engine import class_estimator
from scoring.engine.artifacts import read_manifest, verified_bytes
from scoring.engine.scorecard import parse_scorecard
from scoring.training import credit_run, exports, fold_fits
from scoring.training.credit_run import TableError, TrainingChoice, train_credit
from scoring.training.effort import Effort
from scoring.training.estimators import makers
from scoring.training.fit_pool import Here
from scoring.training.tables import read_rows
from tests.scoring.training.conftest import made_table

pytestmark = pytest.mark.training
QUICK = TrainingChoice(
    "outcome",
    positive="bad",
    folds=2,
    estimators=("scorecard", "boosting", "logistic"),
)


QUICKER = replace(QUICK, estimators=("boosting", "logistic"))


@pytest.fixture(autouse=True)
def without_untuned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The untuned machine takes long on any table; what is paired is tested elsewhere."""
    monkeypatch.setattr("scoring.training.evaluate_credit.UNTUNED", ("boosting_untuned",))
    monkeypatch.setattr(credit_run, "full_effort", lambda rows: Effort(members=2))
    monkeypatch.setattr(credit_run, "Workers", Here)


def test_a_run_writes_what_serves_and_tells_how_far_it_is(credit_csv: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    out = tmp_path / "out"
    compared = train_credit(credit_csv, QUICK, out, lambda *step: told.append(step))
    assert compared == json.loads((out / "comparison.json").read_text())
    assert compared["best"] in {"scorecard", "boosting", "logistic", "blend"}
    assert compared["scorecard"]["auc"] > 0.6
    assert max(compared["parity"].values()) < 1e-4
    assert compared["paired"]["boosting_untuned"]["interval"][0] <= 1
    for entry in read_manifest(out).values():
        assert verified_bytes(entry, out)
    assert set(read_manifest(out)) == {"scorecard", "boosting"}
    assert "98" in (out / "card.md").read_text()
    assert (out / "table_profile.json").is_file()
    assert not list(out.rglob("*.pkl"))
    assert told[0] == ("reading", 0, 1)
    assert told[-1] == ("done", 1, 1)
    assert all(done <= total for _, done, total in told)


def test_a_run_goes_on_from_its_finished_folds(
    credit_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[str] = []
    plain = fold_fits.fit_one

    def cut_off(*given: object, **named: object) -> dict[str, object]:
        if len(fitted) == 4:
            raise KeyboardInterrupt
        fitted.append(str(named["name"]))
        return plain(*given, **named)

    monkeypatch.setattr(fold_fits, "fit_one", cut_off)
    with pytest.raises(KeyboardInterrupt):
        train_credit(credit_csv, QUICKER, tmp_path / "out")
    monkeypatch.setattr(fold_fits, "fit_one", plain)
    calls: list[str] = []

    def counted(*given: object, **named: object) -> dict[str, object]:
        calls.append(str(named["name"]))
        return plain(*given, **named)

    monkeypatch.setattr(fold_fits, "fit_one", counted)
    resumed = train_credit(credit_csv, QUICKER, tmp_path / "out")
    assert len(calls) == 2
    whole = train_credit(credit_csv, QUICKER, tmp_path / "anew")
    assert resumed["boosting"]["auc"] == whole["boosting"]["auc"]


def test_another_choice_starts_anew(credit_csv: Path, tmp_path: Path) -> None:
    train_credit(credit_csv, QUICKER, tmp_path)
    other = train_credit(credit_csv, replace(QUICKER, protected=("income",)), tmp_path)
    assert "income" not in other["features"]


def test_columns_named_as_the_form_names_them_serve_applications(
    credit_csv: Path, tmp_path: Path
) -> None:
    named = {"late": "overdue_payments", "income": "loan_to_income"}
    compared = train_credit(credit_csv, replace(QUICK, columns_as=named), tmp_path)
    assert compared["features"] == ["income", "late"]
    card = parse_scorecard(json.loads((tmp_path / "scorecard.json").read_text()))
    assert {each.name for each in card.characteristics} <= set(named.values())
    few = card.log_odds({"overdue_payments": 0.0, "loan_to_income": None})
    many = card.log_odds({"overdue_payments": 4.0, "loan_to_income": None})
    assert few > many
    assert all(each.missing.log_odds <= 0 for each in card.characteristics)


@pytest.mark.parametrize("name", ["scorecard", "boosting", "ebm", "neural"])
def test_each_written_file_gives_what_was_fitted(
    tmp_path: Path, credit_csv: Path, name: str
) -> None:
    rows = read_rows(credit_csv, target="outcome", positive="bad", left_out=[], group=None)
    estimator = makers(3, {name: Effort(members=2)})[name]().fit(rows.features, rows.target)
    origin = exports.Origin("table.csv", len(rows.target), "own", {})
    assert exports.write(name, estimator, rows, origin, tmp_path) < 1e-4


def graded_csv(folder: Path) -> Path:
    """Write a table of three ordered classes; the customers have several rows."""
    table = made_table(480)
    late = pd.to_numeric(table["late"]) % 98
    bad = (table["outcome"] == "bad").astype(int) + (late > 0)
    grades = np.array(["Good", "Standard", "Poor"])[bad]
    table = table.assign(outcome=grades, customer=[f"c{row // 3}" for row in range(len(table))])
    table.to_csv(folder / "graded.csv", index=False)
    return folder / "graded.csv"


@pytest.mark.parametrize("name", ["scorecard", "boosting", "ebm", "neural"])
def test_files_of_three_classes_give_what_was_fitted(tmp_path: Path, name: str) -> None:
    path = graded_csv(tmp_path)
    rows = read_rows(path, target="outcome", positive=None, left_out=["customer"], group=None)
    assert rows.classes == ("Poor", "Standard", "Good")
    effort = Effort(members=2, passes=0.25)
    estimator = makers(3, {name: effort})[name]().fit(rows.features, rows.target)
    origin = exports.Origin("graded.csv", 480, "own", {}, classes=rows.classes)
    assert exports.write(name, estimator, rows, origin, tmp_path) < 1e-4
    file = origin.file_of(name)
    content = (tmp_path / file).read_bytes()
    assert class_estimator.classes_of(file, content) == rows.classes
    values = exports.serving_values(rows.features.iloc[:20], origin.renamed)
    served = class_estimator.class_probabilities_of(file, content, values)
    assert served.shape == (20, 3)
    assert served.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_run_on_three_classes_writes_what_serves_and_says_so(tmp_path: Path) -> None:
    out = tmp_path / "out"
    choice = replace(QUICK, positive=None, group="customer")
    compared = train_credit(graded_csv(tmp_path), choice, out)
    assert compared["classes"] == ["Poor", "Standard", "Good"]
    written = {"scorecard": "scorecard_classes.json", "boosting": "boosting.onnx"}
    assert compared["files"] == written
    assert {name: entry.file for name, entry in read_manifest(out).items()} == written
    for entry in read_manifest(out).values():
        assert verified_bytes(entry, out)
        assert entry.role == "challenger"
    assert "scorecard_classes.json" in (out / "card.md").read_text()


def test_a_file_that_differs_is_refused(
    tmp_path: Path, credit_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = read_rows(credit_csv, target="outcome", positive="bad", left_out=[], group=None)
    estimator = makers(3)["scorecard"]().fit(rows.features, rows.target)
    monkeypatch.setattr(exports, "parity", lambda *given: 0.2)
    with pytest.raises(exports.ParityError, match="differs"):
        exports.write("scorecard", estimator, rows, exports.Origin("t", 1, "own", {}), tmp_path)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (replace(QUICK, target="luck"), "no column 'luck'"),
        (replace(QUICK, target="branch"), "one value only"),
        (replace(QUICK, target="income"), "different values"),
        (replace(QUICK, positive="maybe"), "no value 'maybe'"),
        (replace(QUICK, drop=("income", "housing", "late", "opened")), "no column is left"),
        (replace(QUICK, estimators=("luck",)), "choose estimators"),
        (replace(QUICK, columns_as={"late": "a", "income": "a"}), "same characteristic"),
        (replace(QUICK, group="income"), "missing in some rows"),
        (replace(QUICK, class_weight="heavy"), "a class weight is one of"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(
    credit_csv: Path, tmp_path: Path, choice: TrainingChoice, message: str
) -> None:
    with pytest.raises(TableError, match=message):
        train_credit(credit_csv, choice, tmp_path / "out")


def test_the_command_trains_on_a_table(
    credit_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}

    def noted(path: Path, choice: TrainingChoice, *given: object) -> dict[str, object]:
        seen.update(path=path, choice=choice, processes=given[-1])
        return {}

    monkeypatch.setattr("scoring.training.credit_run.train_credit", noted)
    call_command(
        "train_model",
        "classifier",
        data=credit_csv,
        out=tmp_path / "out",
        target="outcome",
        protected="housing",
        folds=3,
        processes=3,
    )
    assert seen["processes"] == 3
    assert seen["choice"].target == "outcome"
    assert seen["choice"].protected == ("housing",)
    assert seen["choice"].folds == 3


def test_the_command_says_what_is_wrong_with_a_table(credit_csv: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no column 'luck'"):
        call_command("train_model", "classifier", data=credit_csv, out=tmp_path, target="luck")


def test_missing_values_and_codes_have_bins_of_their_own(credit_csv: Path) -> None:
    table = made_table()
    rows = read_rows(credit_csv, target="outcome", positive="bad", left_out=[], group=None)
    card = makers(0)["scorecard"]().fit(rows.features, rows.target)
    (late,) = [bins for bins in card.parts_[0].bins_ if bins.name == "late"]
    assert late.codes == ("98",)
    assert (late.good + late.bad)[-1] == (table["late"] == "98").sum()
    content = exports.scorecard_content(card, exports.Origin("t", 1, "own", {}))
    (shown,) = [each for each in content["characteristics"] if each["name"] == "late"]
    assert shown["texts"]["98"]["share"] == pytest.approx((table["late"] == "98").mean(), abs=1e-5)
    shares = [b["share"] for b in [*shown["bins"], *shown["texts"].values(), shown["missing"]]]
    assert sum(shares) == pytest.approx(1, abs=1e-4)
    assert pd.notna(shown["missing"]["log_odds"])
    assert np.isfinite(card.scores(rows.features)).all()

"""The artifacts that the product ships, and how a wrong file is refused."""

import json
import re
from pathlib import Path

import pytest

from scoring.engine.artifacts import (
    ArtifactError,
    load_estimators,
    load_reference_sessions,
    read_json,
    read_manifest,
    verified_bytes,
)
from scoring.engine.policy import start_policy
from scoring.engine.reasons import WORDINGS
from scoring.engine.scorecard import Characteristic
from scoring.engine.types import FinancialFactors
from scoring.paths import ARTIFACTS_DIR

ESTIMATORS = load_estimators(ARTIFACTS_DIR)
SCORECARD, BUSINESS_SCORECARD = ESTIMATORS.scorecard, ESTIMATORS.business_scorecard
EVERY_CHARACTERISTIC = (*SCORECARD.characteristics, *BUSINESS_SCORECARD.characteristics)
RISING_RISK = {
    "card_utilisation_percent",
    "overdue_payments",
    "debt_to_income_percent",
    "recent_enquiries",
    "loan_to_income",
}


def test_every_file_is_the_one_that_the_manifest_names_and_has_a_card() -> None:
    entries = read_manifest(ARTIFACTS_DIR)
    assert set(entries) == {
        "scorecard",
        "business_scorecard",
        "points_table",
        "boosting",
        "ebm",
        "neural",
        "reference_sessions",
        "german_scorecard",
        "german_neural",
        "german_token_recipe",
        "german_tokens",
        "german_token_vocabulary",
        "synthesiser",
        "synthesiser_columns",
        "synthesis_report",
        "encrypted_logistic",
        "encrypted_one_hidden",
        "encrypted_scorecard",
        "encrypted_two_hidden",
    }
    for entry in entries.values():
        assert verified_bytes(entry, ARTIFACTS_DIR)
        assert (ARTIFACTS_DIR / entry.card).is_file()
        assert entry.licence


def test_a_manifest_that_changed_is_read_anew(tmp_path: Path) -> None:
    text = (ARTIFACTS_DIR / "manifest.toml").read_text(encoding="utf-8")
    first = read_manifest(ARTIFACTS_DIR)["scorecard"]
    (tmp_path / "manifest.toml").write_text(text, encoding="utf-8")
    assert read_manifest(tmp_path)["scorecard"] == first
    other = text.replace(first.sha256, first.sha256[::-1])
    (tmp_path / "manifest.toml").write_text(other, encoding="utf-8")  # of the same length
    assert read_manifest(tmp_path)["scorecard"].sha256 == first.sha256[::-1]
    assert read_manifest(ARTIFACTS_DIR)["scorecard"] == first


def test_what_a_caller_does_to_its_manifest_is_its_own_affair() -> None:
    read_manifest(ARTIFACTS_DIR).clear()
    assert read_manifest(ARTIFACTS_DIR)


def test_nothing_is_shipped_that_the_manifest_does_not_name() -> None:
    named = {entry.file for entry in read_manifest(ARTIFACTS_DIR).values()}
    estimators = {path.name for path in ARTIFACTS_DIR.iterdir() if path.suffix != ".md"}
    assert estimators - named == {
        "manifest.toml",
        "scorecard_figures.json",
        "business_scorecard_figures.json",
        "reason_stability.json",
        "challenger_figures.json",
        "german_credit_figures.json",
        "german_tokens_figures.json",
        "german_tokens_leak.json",
        "synthesiser_figures.json",
        "encrypted_figures.json",
        "federated_figures.json",
    }


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    for path in ARTIFACTS_DIR.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "scorecard.json").write_text("{}")
    with pytest.raises(ArtifactError, match="not the file"):
        load_estimators(tmp_path)
    (tmp_path / "scorecard.json").unlink()
    with pytest.raises(ArtifactError, match="missing"):
        load_estimators(tmp_path)


def test_an_absent_manifest_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"manifest\.toml"):
        read_manifest(tmp_path)
    with pytest.raises(ArtifactError, match="fortune"):
        read_json("fortune", ARTIFACTS_DIR)


def test_the_scorecard_reads_what_the_form_asks_for_and_has_words_for_it() -> None:
    of_people = {each.name for each in SCORECARD.characteristics}
    of_businesses = {each.name for each in BUSINESS_SCORECARD.characteristics}
    assert of_people | of_businesses == set(FinancialFactors().characteristics()) == set(WORDINGS)


@pytest.mark.parametrize("characteristic", EVERY_CHARACTERISTIC, ids=lambda each: each.name)
def test_points_are_monotonic_so_that_every_sentence_is_true(
    characteristic: Characteristic,
) -> None:
    steps = [each.log_odds for each in characteristic.bins]
    falls = characteristic.name in RISING_RISK
    assert steps == sorted(steps, reverse=falls)
    assert len(set(steps)) > 1


@pytest.mark.parametrize("characteristic", EVERY_CHARACTERISTIC, ids=lambda each: each.name)
def test_points_state_where_they_come_from(characteristic: Characteristic) -> None:
    source = characteristic.source
    if source.kind == "trained":
        assert source.rows > 1_000
        assert source.data_set
        assert source.licence
        assert all(each.woe is not None for each in characteristic.bins)
    else:
        assert source.kind == "expert"
        assert (source.data_set, source.rows) == ("", 0)
        assert max(abs(each.log_odds) for each in characteristic.bins) <= 0.30


@pytest.mark.parametrize("characteristic", EVERY_CHARACTERISTIC, ids=lambda each: each.name)
def test_leaving_a_value_out_earns_nothing(characteristic: Characteristic) -> None:
    assert characteristic.missing.log_odds <= 0


def test_the_reference_sessions_fit_every_profile() -> None:
    for profile in ("eu", "us", "other", "demo"):
        policy = start_policy(profile, load_reference_sessions(ARTIFACTS_DIR))
        assert len(policy.reference_sessions["face"]) == 60


@pytest.mark.parametrize(
    ("figures", "name", "card"),
    [
        ("scorecard_figures.json", "scorecard", "scorecard.md"),
        ("scorecard_figures.json", "points_table", "scorecard.md"),
        ("scorecard_figures.json", "points_table", "points_table.md"),
        ("challenger_figures.json", "boosting", "challengers.md"),
        ("challenger_figures.json", "ebm", "challengers.md"),
        ("challenger_figures.json", "neural", "challengers.md"),
    ],
)
def test_cards_state_the_figures_as_they_were_measured(figures: str, name: str, card: str) -> None:
    measured = json.loads((ARTIFACTS_DIR / figures).read_text())[name]
    low, high = measured["auc_ci"]
    text = re.sub(r"\s+", " ", (ARTIFACTS_DIR / card).read_text())
    assert f"{measured['auc']:.4f} ({low:.4f}–{high:.4f})" in text
    assert f"{measured['ks']:.4f}" in text
    assert f"{measured['brier']:.5f}" in text
    assert f"{100 * measured['bad_rate_at_70_percent_approval']:.3f} %" in text


def test_the_champion_beats_the_points_table_on_the_same_rows() -> None:
    measured = json.loads((ARTIFACTS_DIR / "scorecard_figures.json").read_text())
    assert measured["scorecard"]["auc_ci"][0] > measured["points_table"]["auc_ci"][1]

"""The guide to tokens, command by command on a small table, and what a training on tokens reads."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from applicants.models import AuditEvent, Officer
from scoring.engine.artifacts import read_manifest
from scoring.privacy.key_files import read_key_file
from scoring.privacy.recipe import read_recipe
from scoring.privacy.token_tables import read_columns
from scoring.privacy.vocabulary import learned_vocabulary
from scoring.training import token_network
from scoring.training.german_table import register_german
from tests.scoring.privacy.german_rows import ROW
from tests.scoring.privacy.test_token_tables import write_rows

pytestmark = [pytest.mark.django_db, pytest.mark.training]
GUIDE = Path(__file__).resolve().parents[3] / "docs/guides/privacy_tokens.md"
ROWS = 120


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    lines = [shlex.split(line) for block in blocks for line in block.strip().splitlines()]
    assert all(line[0] == "manage.py" for line in lines)
    return [line[1:] for line in lines]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(token_network, "EPOCHS", 8)
    monkeypatch.setattr(token_network, "MEMBERS", 2)
    write_rows(tmp_path / "loans.csv", ROWS)
    return tmp_path


def rows_of(path: Path, count: int) -> list[dict[str, str]]:
    cells = read_columns(path)
    return [{name: cells[name][place] for name in read_recipe().edges} for place in range(count)]


# A transaction left open while something trains is ended by the database.
@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_guide_run_as_they_stand(
    folder: Path, api_of: Callable[[Officer], APIClient], senior: Officer
) -> None:
    client = api_of(senior)
    done = []
    for command in commands():
        if command[:2] == ["privacy", "remap"]:
            known = client.get("/api/v1/privacy/vocabulary/?tenant=bank-a").json()
            (folder / "vocabulary.json").write_text(json.dumps(known))
        call_command(*command)
        done.append(command[1])
    assert done == [
        "bundle", "new-key", "encrypt", "decrypt", "leak-report", "german", "install", "allow",
        "rotate", "reencrypt", "remap", "install-vocabulary",
    ]  # fmt: skip
    first, second = rows_of(folder / "tokens.csv", 5), rows_of(folder / "tokens2.csv", 5)
    answer = client.post(
        "/api/v1/privacy/predict", {"tenant": "bank-a", "rows": first + second}, format="json"
    ).json()
    results = answer["results"]
    assert answer["key_versions"] == [1, 2]
    for old, new in zip(results[:5], results[5:], strict=True):
        # The network adds up a larger batch in another order.
        assert new == old | {"probability_of_bad": pytest.approx(old["probability_of_bad"], 1e-5)}
    assert {each["unknown_tokens"] for each in results} == {0}
    assert len({each["probability_of_bad"] for each in results}) > 1
    figures = json.loads((folder / "trained/german_tokens_figures.json").read_text())
    assert figures["rows"] == ROWS and figures["out_of_fold"]["auc"] > 0.6
    entry = read_manifest(folder / "trained")["german_tokens"]
    assert entry.licence == "the lender's own table"
    assert entry.trained_on == ("tokens.csv, tokens of bank-a",)


def test_a_table_with_values_in_it_is_not_learned_from(folder: Path) -> None:
    with pytest.raises(CommandError, match="is not a token"):
        call_command(
            "train_model", "german", "--tokens", "--data", "loans.csv", "--out", "trained",
            "--tenant", "bank-a",
        )  # fmt: skip
    assert "A11" in (folder / "loans.csv").read_text() and ROW["purpose"] == "A43"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ((), "--tokens needs --tenant"),
        (("--tenant", "../../escaped"), "small letters, digits and hyphens"),
        (("--tenant", "Bank A"), "small letters, digits and hyphens"),
    ],
)
def test_a_training_on_tokens_names_whose_they_are(
    told: tuple[str, ...], said: str, folder: Path
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command(
            "train_model", "german", "--tokens", "--data", "loans.csv", "--out", "trained", *told
        )


@pytest.mark.parametrize("name", ["../../escaped", "Bank A", "", "bank-a/../b"])
def test_a_tenant_of_another_name_is_not_put_in_place(name: str, folder: Path) -> None:
    call_command("privacy", "new-key", "key.json", "--tenant", "bank-a")
    token = read_key_file(folder / "key.json").token("purpose", "A43")
    known = learned_vocabulary("bank-a", {"purpose": [token]}).content() | {"tenant": name}
    (folder / "trained").mkdir()
    for file in ("german_tokens.onnx", "german_token_vocabulary.json"):
        (folder / "trained" / file).write_text(json.dumps(known))
        register_german(folder / "trained", file.split(".")[0], file, "card.md")
    with pytest.raises(CommandError, match="small letters, digits and hyphens"):
        call_command("privacy", "install", "trained")
    with pytest.raises(CommandError, match="small letters, digits and hyphens"):
        call_command("privacy", "install-vocabulary", "trained/german_token_vocabulary.json")
    assert not (folder / "own").exists() and not list(folder.parent.glob("escaped*"))


def _marked(folder: Path) -> None:
    """Mark the first 90 rows of the loans as synthetic, and encrypt the table."""
    lines = (folder / "loans.csv").read_text().splitlines()
    marks = ["Synthetic", *("yes" if row < 90 else "no" for row in range(ROWS))]
    marked = [f"{line},{mark}" for line, mark in zip(lines, marks, strict=True)]
    (folder / "marked.csv").write_text("\n".join(marked) + "\n")
    call_command("privacy", "new-key", "key.json", "--tenant", "bank-a")
    call_command(
        "privacy", "encrypt", "marked.csv", "tokens.csv", "--key", "key.json",
        "--keep", "classification",
    )  # fmt: skip


TRAIN = ("train_model", "german", "--tokens", "--data", "tokens.csv", "--out", "trained",
         "--tenant", "bank-a")  # fmt: skip


# A transaction left open while something trains is ended by the database.
@pytest.mark.django_db(transaction=True)
def test_synthetic_rows_reach_no_network_in_force_unasked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_network, "EPOCHS", 1)
    _marked(folder)
    with pytest.raises(CommandError, match="90 of 120 rows are marked as synthetic"):
        call_command(*TRAIN)
    assert not (folder / "trained" / "manifest.toml").exists()
    call_command(*TRAIN, "--allow-synthetic")
    assert read_manifest(folder / "trained")["german_tokens"].synthetic_rows == 90
    with pytest.raises(CommandError, match="90 rows that are marked as synthetic"):
        call_command("privacy", "install", "trained")
    assert not (folder / "own").exists()
    call_command("privacy", "install", "trained", "--allow-synthetic")
    in_force = read_manifest(folder / "own/tokens/bank-a")["german_tokens"]
    assert in_force.synthetic_rows == 90
    event = AuditEvent.objects.get(action="token_estimator.installed")
    assert event.detail["synthetic_rows"] == 90


def test_a_mark_that_nobody_can_read_is_refused(folder: Path) -> None:
    _marked(folder)
    ring = read_key_file(folder / "key.json")
    text = (folder / "tokens.csv").read_text()
    (folder / "tokens.csv").write_text(text.replace(",no\n", f",{ring.seal('Synthetic', 'no')}\n"))
    with pytest.raises(CommandError, match="mark of synthetic rows is sealed"):
        call_command(*TRAIN, "--allow-synthetic")


def test_what_was_not_trained_cannot_be_installed(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(CommandError, match="manifest"):
        call_command("privacy", "install", "empty")
    (folder / "wrong.json").write_text("{}")
    with pytest.raises(CommandError, match="no vocabulary"):
        call_command("privacy", "install-vocabulary", "wrong.json")
    with pytest.raises(CommandError, match=r"key\.json"):
        call_command("privacy", "rotate", "key.json")

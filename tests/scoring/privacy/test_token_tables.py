"""The lender's verbs over tables: there and back, another key version, and what leaks."""

import csv
import json
import random
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from scoring.privacy import client
from scoring.privacy.key_files import new_key_file, read_key_file
from scoring.privacy.leak import frequency_attack, leak_report, summary
from scoring.privacy.recipe import Recipe, RecipeError, parsed, read_recipe
from scoring.privacy.token_tables import (
    TableError,
    decrypt_table,
    encrypt_table,
    read_columns,
    reencrypt_table,
)
from scoring.privacy.tokens import TOKEN, is_sealed, key_version
from scoring.privacy.vocabulary import learned_vocabulary, parsed_vocabulary, remapped
from tests.scoring.privacy.german_rows import RISKY, ROW

ROWS = 1000
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    new_key_file(path, "bank-a")
    return path


def write_rows(path: Path, count: int) -> None:
    """Rows between a good and a risky one, with a name and what became of the loan."""
    generator = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*ROW, "name", "classification"])
        for number in range(count):
            risk = generator.random()
            row = [RISKY[name] if generator.random() < risk else ROW[name] for name in ROW]
            row[1] = generator.randint(4, 72)
            writer.writerow([*row, f"Ada {number}", 2 if generator.random() < risk else 1])


@pytest.fixture
def loans(tmp_path: Path) -> Path:
    path = tmp_path / "loans.csv"
    write_rows(path, ROWS)
    return path


def test_what_is_scored_becomes_tokens_and_the_rest_is_sealed(
    tmp_path: Path, key: Path, loans: Path
) -> None:
    ring, recipe = read_key_file(key), read_recipe()
    tokens, back = tmp_path / "tokens.csv", tmp_path / "back.csv"
    assert encrypt_table(loans, tokens, ring, recipe, keep=["classification"]) == ROWS
    cells = read_columns(tokens)
    for name, column in cells.items():
        if name in recipe.edges:
            assert all(TOKEN.fullmatch(text) for text in column), name
        elif name != "classification":
            assert all(is_sealed(text) for text in column), name
            assert len(set(column)) == ROWS
    assert set(cells["classification"]) == {"1", "2"}
    assert decrypt_table(tokens, back, ring) == ROWS
    before, after = read_columns(loans), read_columns(back)
    ranged = {name for name, edges in recipe.edges.items() if edges is not None}
    assert ranged == {"duration", "creditamount"}
    for name in before.keys() - ranged:
        assert after[name] == before[name], name
    assert set(after["duration"]) <= {f"range {place}" for place in range(1, 11)}


def test_tables_are_for_their_owner(tmp_path: Path, key: Path, loans: Path) -> None:
    tokens, back, elsewhere = (tmp_path / name for name in ("t.csv", "b.csv", "elsewhere"))
    elsewhere.touch()
    back.symlink_to(elsewhere)
    ring = read_key_file(key)
    encrypt_table(loans, tokens, ring, read_recipe())
    decrypt_table(tokens, back, ring)
    assert {path.lstat().st_mode & 0o777 for path in (tokens, back)} == {0o600}
    assert elsewhere.read_text() == ""


def test_a_rotated_key_keeps_the_numbers_of_a_thousand_rows(
    tmp_path: Path, key: Path, loans: Path
) -> None:
    recipe = read_recipe()
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    encrypt_table(loans, first, read_key_file(key), recipe, keep=["classification"])
    old = read_columns(first)
    vocabulary = learned_vocabulary("bank-a", {name: old[name] for name in recipe.edges})
    assert client.main(["rotate", str(key)]) == 0
    ring = read_key_file(key)
    assert reencrypt_table(first, second, ring) == ROWS
    new = read_columns(second)
    both = parsed_vocabulary(json.loads(json.dumps(remapped(vocabulary, ring).content())))
    newest = remapped(vocabulary, ring, drop_old=True)
    assert (both.key_versions, newest.key_versions) == ([1, 2], [2])
    for place in range(ROWS):
        before = {name: old[name][place] for name in recipe.edges}
        after = {name: new[name][place] for name in recipe.edges}
        assert {key_version(token) for token in after.values()} == {2}
        numbers = vocabulary.row(before)
        assert both.row(before) == both.row(after) == newest.row(after) == numbers
        assert 0 not in numbers and set(newest.row(before)) == {0}
    names = [ring.opened("name", text) for text in new["name"]]
    assert names == read_columns(loans)["name"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line"),
        ("a,a\n1,2\n", "each column once"),
        ("a,b\n1,2\n", "has no column existingchecking"),
        ("{header}\n1,2\n", "line 2 has 2 fields"),
        ("{header}\n{row}\n", "line 2, column duration: is no number"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_and_nothing_is_left(
    text: str, said: str, tmp_path: Path, key: Path
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    row = ",".join(str(value) for value in (ROW | {"duration": "six"}).values())
    source.write_text(text.format(header=",".join(ROW), row=row))
    with pytest.raises(TableError, match=said):
        encrypt_table(source, target, read_key_file(key), read_recipe())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "key.json"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("encrypt loans.csv out.csv --key key.json --keep klass", "has no column klass"),
        ("encrypt tokens.csv out.csv --key key.json", "line 2, column existingchecking: is encryp"),
        ("encrypt no.csv out.csv --key key.json", "error: no.csv: No such file or directory"),
        ("encrypt loans.csv out.csv --key no.json", "error: no.json: No such file or directory"),
        ("new-key key.json --tenant bank-a", "key.json exists already, and is not overwritten"),
        ("leak-report loans.csv --key key.json", "line 2, column existingchecking: is neither"),
        ("leak-report short.csv --key key.json", "has no column existingchecking"),
        ("leak-report tokens.csv --key key.json --marginals short.csv", "has no column existingc"),
        ("remap loans.csv out.json --key key.json", "loans.csv: this is no vocabulary"),
        ("remap key.json out.json --key key.json", "key.json: a vocabulary has the format"),
        ("remap v.json out.json --key other.json", "column existingchecking: is a token of ano"),
        ("remap v.json out.json --key b.json", "of the tenant bank-a, the key of bank-b"),
    ],
)
def test_what_a_lender_gets_wrong_is_said_with_its_place(
    command: str, said: str, tmp_path: Path, loans: Path, key: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    ring, recipe = read_key_file(key), read_recipe()
    encrypt_table(loans, tmp_path / "tokens.csv", ring, recipe)
    (tmp_path / "short.csv").write_text("a,b\n1,2\n")
    cells = read_columns(tmp_path / "tokens.csv")
    known = learned_vocabulary("bank-a", {name: cells[name] for name in recipe.edges})
    (tmp_path / "v.json").write_text(json.dumps(known.content()))
    for name, tenant in (("other.json", "bank-a"), ("b.json", "bank-b")):
        assert client.main(["new-key", name, "--tenant", tenant]) == 0
    assert client.main(command.split()) == 2
    assert said in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("out.")]


def test_numbers_become_ranges_and_missing_stays_missing() -> None:
    recipe = Recipe("r", "1", {"duration": (12.0, 24.0), "purpose": None})
    said = {text: recipe.prepared("duration", text) for text in ("11.9", "12", "24", " 99 ", "")}
    assert said == {"11.9": "range 1", "12": "range 2", "24": "range 3", " 99 ": "range 3", "": ""}
    assert recipe.prepared("purpose", " A43 ") == "A43"
    for wrong in ("nan", "inf", "x"):
        with pytest.raises(RecipeError):
            recipe.prepared("duration", wrong)
    for wrong_recipe in ({}, {"format": "other"}, {"format": "creditweb-token-recipe/1"}):
        with pytest.raises(RecipeError):
            parsed(wrong_recipe)


def test_the_frequency_attack_counts_what_it_guesses() -> None:
    truth = ["a"] * 5 + ["b"] * 3 + ["c"] * 2
    tokens = [{"a": "t-x", "b": "t-y", "c": "t-z"}[value] for value in truth]
    assert frequency_attack(tokens, truth, Counter(truth)) == 10
    # Whoever believes that b is the most frequent guesses c alone.
    assert frequency_attack(tokens, truth, {"b": 9, "a": 5, "c": 1}) == 2
    recipe = Recipe("r", "1", {"one": None, "two": (1.0,)})
    known = {"one": {"a": 3, "b": 2, "c": 1}, "two": {"c": 3, "b": 2, "a": 1}}
    both, meant = {"one": tokens, "two": tokens}, {"one": truth, "two": truth}
    leaks = leak_report(both, meant, recipe, known)
    assert [each.recovered for each in leaks] == [10, 3]
    assert summary(leaks) == {"text": 1.0, "number": 0.3, "all": 0.65}


def test_the_lenders_side_loads_neither_django_nor_numpy(tmp_path: Path) -> None:
    code = (
        "import sys, scoring.privacy.client; "
        "print(*(m for m in ('django', 'numpy', 'onnxruntime', 'torch') if m in sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == ""


def test_one_file_carries_it_to_the_lender(tmp_path: Path, loans: Path) -> None:
    bundle = tmp_path / "privacy.pyz"
    assert client.main(["bundle", str(bundle)]) == 0
    assert "scoring/privacy/tokens.py" in zipfile.ZipFile(bundle).namelist()

    def verb(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", str(bundle), *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert verb("new-key", "lender.json", "--tenant", "bank-b").returncode == 0
    made = verb("encrypt", "loans.csv", "tokens.csv", "--key", "lender.json")
    assert made.returncode == 0 and made.stdout.startswith("1000 rows")
    report = verb("leak-report", "tokens.csv", "--key", "lender.json", "--json")
    assert 0 < json.loads(report.stdout)["all"] <= 1
    other = verb("leak-report", "tokens.csv", "--key", "lender.json", "--marginals", "loans.csv")
    assert other.returncode == 0 and "all cells:" in other.stdout
    again = verb("new-key", "lender.json", "--tenant", "bank-b")
    assert again.returncode == 2 and again.stderr.startswith("error:")


def test_the_report_says_that_tokens_are_pseudonyms(
    tmp_path: Path, key: Path, loans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = tmp_path / "tokens.csv"
    client.main(["encrypt", str(loans), str(tokens), "--key", str(key)])
    assert client.main(["leak-report", str(tokens), "--key", str(key)]) == 0
    said = capsys.readouterr().out
    assert "pseudonyms, not anonymous" in said and "all cells:" in said

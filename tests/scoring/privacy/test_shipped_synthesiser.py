"""The generator of the release: its files, and that the German-credit interface takes its rows."""

import json

import pytest

from scoring.engine.artifacts import read_json, read_manifest, verified_bytes
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.german_credit import ATTRIBUTES, checked_rows
from scoring.privacy.synthesis import Synthesiser
from scoring.services import synthesis

ROWS = 400


@pytest.fixture(scope="module")
def shipped() -> Synthesiser:
    entry = read_manifest(ARTIFACTS_DIR)[synthesis.GENERATOR]
    content = read_json(synthesis.COLUMNS, ARTIFACTS_DIR)
    return Synthesiser(verified_bytes(entry, ARTIFACTS_DIR), content)


def test_its_rows_are_applications_of_german_credit(shipped: Synthesiser) -> None:
    drawn = shipped.sample(ROWS, seed=11)
    names = [each.name for each in ATTRIBUTES]
    assert list(drawn) == [*names, "classification"]
    rows = [
        {each.name: drawn[each.name][row] if each.is_code else int(drawn[each.name][row])
         for each in ATTRIBUTES}
        for row in range(ROWS)
    ]  # fmt: skip
    assert len(checked_rows(json.loads(json.dumps(rows)))) == ROWS
    assert set(drawn["classification"]) == {"1", "2"}


def test_no_critic_is_stored() -> None:
    assert not [path for path in ARTIFACTS_DIR.iterdir() if "critic" in path.name]
    assert not list(ARTIFACTS_DIR.glob("*.checkpoint"))


def test_the_report_flags_its_controls() -> None:
    report = read_json(synthesis.REPORT, ARTIFACTS_DIR)
    assert "utility" in report["controls"]["independent marginals"]["flags"]
    assert "privacy" in report["controls"]["bootstrap"]["flags"]
    assert report["controls"]["bootstrap"]["exact_copies"] > 0

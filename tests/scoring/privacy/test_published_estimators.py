"""Every published pair of estimator and parameters has a stored error test that passes."""

import json
from dataclasses import fields

import pytest

from scoring.engine.artifacts import ArtifactEntry, read_manifest, verified_bytes
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.german_credit import PROTECTED, SCORED
from scoring.privacy.homomorphic.error_test import ErrorTest, require_exact
from scoring.privacy.homomorphic.estimator import parse_estimator
from scoring.privacy.homomorphic.evaluator import PackedEvaluator
from scoring.privacy.homomorphic.parameters import in_batches, published
from tests.scoring.privacy.samples import ROW
from tests.scoring.privacy.test_homomorphic import evaluation_of, keys_of

ENTRIES = [each for each in read_manifest(ARTIFACTS_DIR).values() if each.role == "encrypted"]
FIGURES = json.loads((ARTIFACTS_DIR / "encrypted_figures.json").read_text())
NAMES = [each.name for each in ENTRIES]


def test_there_are_a_scorecard_a_regression_and_two_networks() -> None:
    assert sorted(NAMES) == sorted(FIGURES) and len(NAMES) == 4


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_the_stored_error_test_is_of_this_file_and_passes(entry: ArtifactEntry) -> None:
    figures, estimator = FIGURES[entry.name], parse_estimator(verified_bytes(entry, ARTIFACTS_DIR))
    assert (figures["sha256"], figures["parameters"]) == (entry.sha256, estimator.parameters)
    for test in (figures["error_test"], figures["batch_error_test"]):
        require_exact(ErrorTest(**{each.name: test[each.name] for each in fields(ErrorTest)}))
    in_batch = in_batches(published(estimator.parameters)).name
    assert figures["batch_error_test"]["parameters"] == in_batch
    assert (ARTIFACTS_DIR / entry.card).is_file()


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_a_estimator_reads_no_protected_attribute(entry: ArtifactEntry) -> None:
    estimator = parse_estimator(verified_bytes(entry, ARTIFACTS_DIR))
    read = set(estimator.encoder.attributes)
    assert not read & {each.name for each in PROTECTED}
    assert read <= {each.name for each in SCORED}


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_code_of_the_published_table_is_taken(entry: ArtifactEntry) -> None:
    estimator = parse_estimator(verified_bytes(entry, ARTIFACTS_DIR))
    for attribute in SCORED:
        for code in attribute.meanings:
            estimator.encoder.encode({**ROW, attribute.name: code})


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_a_row_gets_the_same_output_encrypted(entry: ArtifactEntry) -> None:
    estimator = parse_estimator(verified_bytes(entry, ARTIFACTS_DIR))
    name, inputs = estimator.parameters, estimator.encoder.encode(ROW)
    evaluator = PackedEvaluator(estimator, published(name))
    answer = evaluator.evaluate(keys_of(name).client.encrypt(inputs), evaluation_of(name))
    expected = estimator.plain_outputs(inputs[None, :])[0]
    assert abs(keys_of(name).client.decrypt(answer) - expected) < 1e-4

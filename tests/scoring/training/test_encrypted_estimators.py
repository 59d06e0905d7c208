"""Estimators for encrypted rows, trained on rows made here."""

import csv
import random

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.training

from scoring.privacy.german_credit import ATTRIBUTES, PROTECTED, SCORED  # noqa: E402
from scoring.training.encrypted import german, networks  # noqa: E402
from scoring.training.encrypted.german_rows import (  # noqa: E402
    GermanRows,
    encoded,
    network_encoder,
    read_rows,
)
from scoring.training.german_table import REPEATS  # noqa: E402


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> GermanRows:
    """Write 200 rows whose checking account says most, in the layout of the real files."""
    folder, chance = tmp_path_factory.mktemp("german"), random.Random(7)
    lines, splits = [], []
    for number in range(200):
        values = [
            chance.choice(sorted(each.meanings))
            if each.is_code
            else str(chance.randint(min(20, each.low), min(60, each.high)))
            for each in ATTRIBUTES
        ]
        is_bad = chance.random() < (0.7 if values[0] in ("A11", "A12") else 0.1)
        lines.append(" ".join([*values, "2" if is_bad else "1"]))
        splits.append((number, "test" if number % 5 == 0 else "train", *[number % 5] * REPEATS))
    (folder / "german.data").write_text("\n".join(lines) + "\n")
    with (folder / "german_split.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        repeats = (f"cv{repeat}" for repeat in range(REPEATS))
        writer.writerows([("row", "split", *repeats), *splits])
    return read_rows(folder)


def test_names_are_those_of_the_interface_and_no_protected_attribute_is_read(
    table: GermanRows,
) -> None:
    assert tuple(table.rows[0]) == tuple(each.name for each in SCORED)
    assert not {each.name for each in PROTECTED} & set(table.rows[0])
    assert len(table.rows[0]) == 17


@pytest.mark.parametrize(
    "name", ["encrypted_scorecard", "encrypted_logistic", "encrypted_one_hidden"]
)
def test_an_estimator_learns(name: str, table: GermanRows) -> None:
    assert german.out_of_fold(name, table, seed=1) > 0.7


def test_the_scorecard_has_whole_points_that_fall_with_risk(table: GermanRows) -> None:
    estimator = german.fit("encrypted_scorecard", table, table.is_train, seed=1)
    weights = estimator.layers[0].weights[0]
    assert np.array_equal(weights, np.rint(weights))
    points = {
        each.code: weights[place]
        for place, each in enumerate(estimator.encoder.inputs)
        if each.attribute == "existingchecking"
    }
    assert points["A11"] < points["A14"] and points["A12"] < points["A13"]


def test_a_folded_network_is_the_trained_one(table: GermanRows) -> None:
    inputs = encoded(network_encoder(table, table.is_train), table)
    trained = networks.fit_network(inputs, table.is_bad, (64, 32), 1, is_polynomial=True)
    estimator = german.fit("encrypted_two_hidden", table, table.is_train, seed=1)
    layers = networks.layers_of(trained, inputs)
    values = inputs
    for number, layer in enumerate(layers):
        values = values @ layer.weights.T + layer.bias
        values = values**2 if number < len(layers) - 1 else values
    np.testing.assert_allclose(values[:, 0], networks.logits_of(trained, inputs), atol=1e-3)
    assert [each.weights.shape[0] for each in estimator.layers] == [64, 32, 1]

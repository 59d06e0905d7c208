"""``manage.py train_model german_encrypted --data DIR --out DIR --seed N``.

Four estimators of German credit that are evaluated on encrypted rows, with stored error tests:
every published pair of estimator and parameters encrypts, evaluates and decrypts all 1,000 rows.
"""

import hashlib
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.engine import metrics
from scoring.privacy.homomorphic import evaluation_keys
from scoring.privacy.homomorphic.batch import BatchEvaluator
from scoring.privacy.homomorphic.client.keys import ClientKeys
from scoring.privacy.homomorphic.error_test import measured, require_exact
from scoring.privacy.homomorphic.estimator import (
    Estimator,
    dump_estimator,
    parse_estimator,
    read_outputs,
)
from scoring.privacy.homomorphic.evaluator import PackedEvaluator
from scoring.privacy.homomorphic.parameters import in_batches, published
from scoring.training import artifact_files
from scoring.training.encrypted.german_rows import GermanRows, encoded, network_encoder, read_rows
from scoring.training.encrypted.networks import (
    fit_network,
    layers_of,
    logistic_layers,
    logits_of,
)
from scoring.training.encrypted.points import fit_points

logger = logging.getLogger(__name__)
CARD, FIGURES, ROLE, VERSION = "encrypted_estimators.md", "encrypted_figures.json", "encrypted", "1"
LICENCE = "CC BY 4.0 (UCI Statlog German Credit, Hofmann 1994)"
DATA_SET = "Statlog German Credit (Hofmann 1994)"
HIDDEN = {"encrypted_one_hidden": (32,), "encrypted_two_hidden": (64, 32)}
TITLES = {
    "encrypted_logistic": "Logistic regression",
    "encrypted_one_hidden": "Network with one hidden layer (32)",
    "encrypted_two_hidden": "Network with two hidden layers (64, 32)",
}
PARAMETERS = {
    "encrypted_logistic": "linear-4096",
    "encrypted_one_hidden": "one-hidden-8192",
    "encrypted_two_hidden": "two-hidden-16384",
}
FOLDS = 5
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


def main(data: Path, out: Path, seed: int) -> dict[str, Any]:
    """Train on the train rows, write, measure; return the figures.

    Raises InexactError where an estimator is not exact enough under its parameters to be published.
    """
    table = read_rows(data)
    figures: dict[str, Any] = {}
    for name in ("encrypted_scorecard", *TITLES):
        estimator = fit(name, table, table.is_train, seed)
        (out / f"{name}.json").write_text(dump_estimator(estimator), encoding="utf-8")
        # As it is served: from the file.
        content = (out / f"{name}.json").read_bytes()
        figures[name] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "parameters": estimator.parameters,
            "auc_out_of_fold": out_of_fold(name, table, seed),
            **_plain_figures(name, parse_estimator(content), table, seed),
            "error_test": error_test(parse_estimator(content), table),
            "batch_error_test": batch_error_test(parse_estimator(content), table),
        }
        logger.info("%s: %s", name, figures[name])
        artifact_files.register(
            out, name=name, version=VERSION, role=ROLE, file=f"{name}.json", licence=LICENCE,
            trained_on=[DATA_SET], card=CARD, commercial=True,
        )  # fmt: skip
    artifact_files.write_json(out / FIGURES, figures)
    return figures


def fit(name: str, table: GermanRows, used: BoolArray, seed: int) -> Estimator:
    """Return one of the four estimators, learned from the ``used`` rows."""
    if name == "encrypted_scorecard":
        return fit_points(table, used)
    encoder = network_encoder(table, used)
    inputs, is_bad = encoded(encoder, table)[used], table.is_bad[used]
    if name in HIDDEN:
        network = fit_network(inputs, is_bad, HIDDEN[name], seed, is_polynomial=True)
        layers = layers_of(network, inputs)
    else:
        layers = logistic_layers(inputs, is_bad)
    return Estimator(name, TITLES[name], PARAMETERS[name], encoder, layers, threshold=0.5)


def out_of_fold(name: str, table: GermanRows, seed: int, *, is_twin: bool = False) -> float:
    """Return the AUC over the five fixed folds, each scored by an estimator that did not see it."""
    risk = np.empty(len(table.rows))
    for fold in range(FOLDS):
        used = table.fold != fold
        fitted = _twin_risk if is_twin else _risk
        risk[~used] = fitted(name, table, used, seed)[~used]
    return round(metrics.auc(table.is_bad, risk), 4)


def _risk(name: str, table: GermanRows, used: BoolArray, seed: int) -> FloatArray:
    estimator = fit(name, table, used, seed)
    outputs = estimator.plain_outputs(encoded(estimator.encoder, table))
    return read_outputs(estimator.public(), outputs)


def _twin_risk(name: str, table: GermanRows, used: BoolArray, seed: int) -> FloatArray:
    """Return the logits of the same network with ReLU, which cannot be evaluated encrypted."""
    inputs = encoded(network_encoder(table, used), table)
    twin = fit_network(inputs[used], table.is_bad[used], HIDDEN[name], seed, is_polynomial=False)
    return logits_of(twin, inputs)


def _plain_figures(name: str, estimator: Estimator, table: GermanRows, seed: int) -> dict[str, Any]:
    held_out = ~table.is_train
    outputs = estimator.plain_outputs(encoded(estimator.encoder, table))
    risk = read_outputs(estimator.public(), outputs)
    figures: dict[str, Any] = {"auc_test": _auc(table, risk, held_out)}
    if name in HIDDEN:
        twin = _twin_risk(name, table, table.is_train, seed)
        figures["relu_twin"] = {
            "auc_out_of_fold": out_of_fold(name, table, seed, is_twin=True),
            "auc_test": _auc(table, twin, held_out),
        }
    return figures


def _auc(table: GermanRows, risk: FloatArray, rows: BoolArray) -> float:
    return round(metrics.auc(table.is_bad[rows], risk[rows]), 4)


def error_test(estimator: Estimator, table: GermanRows) -> dict[str, Any]:
    """Encrypt, evaluate and decrypt every row; return the test. Raises InexactError."""
    parameters, inputs = published(estimator.parameters), encoded(estimator.encoder, table)
    keys = ClientKeys.make(parameters)
    evaluator = PackedEvaluator(estimator, parameters)
    evaluation = evaluation_keys.loaded(keys.evaluation)
    encrypted = np.array(
        [
            keys.client.decrypt(evaluator.evaluate(keys.client.encrypt(row), evaluation))
            for row in inputs
        ]
    )
    return _tested(estimator, table, inputs, encrypted)


def batch_error_test(estimator: Estimator, table: GermanRows) -> dict[str, Any]:
    """Do the same in one batch, under the parameters for batches. Raises InexactError."""
    parameters = in_batches(published(estimator.parameters))
    inputs = encoded(estimator.encoder, table)
    keys = ClientKeys.make(parameters, for_batches=True)
    answer = BatchEvaluator(estimator, parameters).evaluate(
        keys.client.encrypt_batch(inputs), evaluation_keys.loaded(keys.evaluation)
    )
    encrypted = keys.client.decrypt_slots(answer)[: len(inputs)]
    return {"parameters": parameters.name} | _tested(estimator, table, inputs, encrypted)


def _tested(
    estimator: Estimator, table: GermanRows, inputs: FloatArray, encrypted: FloatArray
) -> dict[str, Any]:
    plain, held_out = estimator.plain_outputs(inputs), ~table.is_train
    test = require_exact(measured(estimator.public(), plain, encrypted, table.is_bad))
    on_test_rows = measured(
        estimator.public(), plain[held_out], encrypted[held_out], table.is_bad[held_out]
    )
    return test.as_dict() | {
        "auc_plain_test_rows": on_test_rows.auc_plain,
        "auc_encrypted_test_rows": on_test_rows.auc_encrypted,
    }

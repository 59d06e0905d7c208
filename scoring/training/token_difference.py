"""What learning from tokens costs: ``python -m scoring.training.token_difference DATA OUT.json``.

For each seed the same network learns out of fold twice: from tokens under a key made for that seed,
and from plaintext (the codes, and the two numbers as they are, standardised). The seed also picks
one of the five fixed repeats of folds.
"""

import argparse
import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.engine import metrics
from scoring.privacy.recipe import read_recipe
from scoring.privacy.tokens import KeyRing, TokenKey
from scoring.privacy.vocabulary import learned_vocabulary
from scoring.training import artifact_files
from scoring.training.german_table import FOLDS, REPEATS, GermanTable, read_table
from scoring.training.token_network import TokenClassifier

logger = logging.getLogger(__name__)
SEEDS = 10
LARGEST_DIFFERENCE = 0.01
FloatArray = npt.NDArray[np.float64]
Row = dict[str, str]


def main(data: Path, out: Path, seeds: int) -> dict[str, Any]:
    """Measure and write the AUC of both, seed by seed, and the mean of their differences."""
    table = read_table(data)
    on_tokens, on_plaintext = [], []
    for seed in range(seeds):
        on_tokens.append(_auc(table, seed, _tokens(table), None))
        on_plaintext.append(_auc(table, seed, _texts(table), _measures(table)))
        logger.info("seed %d: tokens %.4f, plaintext %.4f", seed, on_tokens[-1], on_plaintext[-1])
    differences = np.array(on_tokens) - np.array(on_plaintext)
    found = {
        "seeds": seeds,
        "auc_tokens": [round(each, 4) for each in on_tokens],
        "auc_plaintext": [round(each, 4) for each in on_plaintext],
        "mean_tokens": round(float(np.mean(on_tokens)), 4),
        "mean_plaintext": round(float(np.mean(on_plaintext)), 4),
        "mean_difference": round(float(differences.mean()), 4),
        "standard_error": round(float(differences.std(ddof=1) / len(differences) ** 0.5), 4),
        "largest_difference": round(float(np.abs(differences).max()), 4),
        "goal": LARGEST_DIFFERENCE,
        "is_met": bool(abs(differences.mean()) <= LARGEST_DIFFERENCE),
    }
    artifact_files.write_json(out, found)
    return found


def _tokens(table: GermanTable) -> list[Row]:
    recipe, ring = read_recipe(), KeyRing("measured", 1, {1: TokenKey.new()})
    return [
        {name: ring.token(name, recipe.prepared(name, text)) for name, text in row.items()}
        for row in _written(table)
    ]


def _texts(table: GermanTable) -> list[Row]:
    """The codes and grades in plaintext; the two numbers are read apart."""
    ranged = [name for name, edges in read_recipe().edges.items() if edges is not None]
    return [
        {name: text for name, text in row.items() if name not in ranged} for row in _written(table)
    ]


def _written(table: GermanTable) -> list[Row]:
    records = table.scored().to_dict("records")
    return [
        {name: value if isinstance(value, str) else f"{value:.0f}" for name, value in row.items()}
        for row in records
    ]


def _measures(table: GermanTable) -> FloatArray:
    """Return months and the logarithm of the amount (n, 2), standardised."""
    rows = table.scored()
    measures = np.column_stack([rows["duration"], np.log(rows["creditamount"])])
    return np.asarray((measures - measures.mean(axis=0)) / measures.std(axis=0))


def _auc(table: GermanTable, seed: int, rows: list[Row], measures: FloatArray | None) -> float:
    folds, risk = table.folds[:, seed % REPEATS], np.zeros(len(rows))
    for fold in range(FOLDS):
        learnt, held = folds != fold, folds == fold
        seen = [row for row, is_learnt in zip(rows, learnt, strict=True) if is_learnt]
        vocabulary = learned_vocabulary("", {name: [row[name] for row in seen] for name in rows[0]})
        numbers = np.array([vocabulary.row(row) for row in rows], dtype=np.int64)
        inputs = (None, None) if measures is None else (measures[learnt], measures[held])
        classifier = TokenClassifier(seed).fit(
            numbers[learnt], table.is_bad[learnt], vocabulary.sizes, inputs[0]
        )
        risk[held] = classifier.probability(numbers[held], inputs[1])
    return float(metrics.auc(table.is_bad, risk))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    main(options.data, options.out, options.seeds)

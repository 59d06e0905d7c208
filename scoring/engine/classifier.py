"""Challengers: estimators that run beside the scorecard and never decide.

Every challenger reads the same four trained characteristics, with NaN for a missing one. This
module loads ONNX Runtime, so only the scoring worker imports it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from scoring.engine.artifacts import ArtifactEntry, read_manifest, verified_bytes
from scoring.engine.scorecard import parse_scorecard_bytes

INPUTS = (
    "card_utilisation_percent",
    "overdue_payments",
    "debt_to_income_percent",
    "open_accounts",
)


@dataclass(frozen=True, slots=True)
class ChallengerResult:
    """One challenger's probability of default (0…1) and the file that gave it."""

    entry: ArtifactEntry
    probability_of_default: float


def challenger_results(
    characteristics: Mapping[str, float | None], artifacts_dir: Path
) -> tuple[ChallengerResult, ...]:
    """Run every challenger of the manifest. Raises ArtifactError for a wrong file."""
    entries = [e for e in read_manifest(artifacts_dir).values() if e.role == "challenger"]
    return tuple(
        ChallengerResult(entry, _probability(entry, characteristics, artifacts_dir))
        for entry in entries
    )


def _probability(
    entry: ArtifactEntry, characteristics: Mapping[str, float | None], artifacts_dir: Path
) -> float:
    content = verified_bytes(entry, artifacts_dir)
    if entry.file.endswith(".json"):
        log_odds_good = parse_scorecard_bytes(content).log_odds(characteristics)
        return 1.0 / (1.0 + math.exp(log_odds_good))
    row = [characteristics[name] for name in INPUTS]
    return float(probabilities(content, [row])[0])


def probabilities(
    graph: bytes, rows: Sequence[Sequence[float | None]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the probability of default of each row (n, 4), None or NaN where missing.

    The graph takes float32 (n, 4) and its last output is (n, 2): good and bad.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    matrix = np.array(
        [[math.nan if value is None else value for value in row] for row in rows], dtype=np.float32
    )
    output = session.run(None, {session.get_inputs()[0].name: matrix})[-1]
    return np.asarray(output[:, 1], dtype=np.float64)

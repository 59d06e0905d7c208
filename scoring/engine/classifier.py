"""Challengers: estimators that run beside the scorecard and never decide.

Every challenger reads the same four trained characteristics, with NaN for a missing one. This
module loads ONNX Runtime, so only the scoring worker imports it.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from scoring.engine.artifacts import ArtifactEntry, read_manifest, verified_bytes
from scoring.engine.scorecard import Scorecard, parse_scorecard_bytes

ERRORS_ONLY = 3
FloatArray = npt.NDArray[np.float64]
Row = Iterable[float | None]
Rows = FloatArray | Iterable[Row]
Estimate = Callable[[Rows], FloatArray]

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
    row = [characteristics[name] for name in INPUTS]
    return float(estimate_of(entry, artifacts_dir)([row])[0])


def estimate_of(entry: ArtifactEntry, artifacts_dir: Path) -> Estimate:
    """Return what gives the probability of default of rows (n, 4). Raises ArtifactError."""
    content = verified_bytes(entry, artifacts_dir)
    if not entry.file.endswith(".json"):
        return partial(_run, _session(content))
    card = parse_scorecard_bytes(content)
    return lambda rows: np.array([_probability_by_card(card, row) for row in rows])


def _probability_by_card(card: Scorecard, row: Row) -> float:
    values = (None if value is None or math.isnan(value) else value for value in row)
    return 1.0 / (1.0 + math.exp(card.log_odds(dict(zip(INPUTS, values, strict=True)))))


def probabilities(graph: bytes, rows: Rows) -> FloatArray:
    """Return the probability of default of each row (n, 4), None or NaN where missing.

    The graph takes float32 (n, 4) and its last output is (n, 2): good and bad.
    """
    return _run(_session(graph), rows)


def _session(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # The graphs declare one row and take any number; saying so for each call helps nobody.
    options.log_severity_level = ERRORS_ONLY
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, rows: Rows) -> FloatArray:
    if isinstance(rows, np.ndarray):
        matrix = rows.astype(np.float32)
    else:
        full = [[math.nan if value is None else value for value in row] for row in rows]
        matrix = np.array(full, dtype=np.float32)
    output = session.run(None, {session.get_inputs()[0].name: matrix})[-1]
    return np.asarray(output[:, 1], dtype=np.float64)

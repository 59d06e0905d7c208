"""Writes what serves of a federated run, held against what the federation found."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.engine.scorecard import parse_scorecard
from scoring.engine.table_estimator import probabilities_of
from scoring.training import artifact_files
from scoring.training.exports import FILES, LARGEST_DIFFERENCE, Origin, ParityError
from scoring.training.federated import encoding, network_graph, report, rows, serving, sums
from scoring.training.federated.agreement import Agreement

CARD = "card.md"
LICENCE = "the branches' own tables"
PARITY_ROWS = 200
LIMITS = """## Limits

The figures say nothing of applicants who were never granted a loan, of later years or of other
branches. Watch the stability of scores in each branch, and compare with outcomes, before an
estimator decides. Nobody saw all rows: faults of one branch's table show in its own profile only.
"""


def write(
    out: Path,
    agreement: Agreement,
    estimators: Mapping[str, Any],
    told: Mapping[str, Any],
    sample: Path,
) -> dict[str, float]:
    """Write scorecard, network, card and manifest; return the largest difference of each file.

    ``sample`` is a branch's table that files and estimators are compared on. Raises ParityError
    where probabilities differ by more than 0.001.
    """
    learned = sum(each["train_rows"] for each in told["branches"])
    origin = Origin(agreement.name, learned, LICENCE, {})
    card = serving.scorecard(agreement, estimators["scorecard"], origin)
    artifact_files.write_json(out / FILES["scorecard"], card)
    neural = estimators["neural"]
    steps = encoding.parse(neural["inputs"])
    graph = network_graph.graph(agreement, steps, np.asarray(neural["weights"]))
    (out / FILES["neural"]).write_bytes(graph)
    (out / CARD).write_text(f"{report.text(told)}\n{LIMITS}", encoding="utf-8")
    for name in estimators:
        artifact_files.register(
            out,
            name=name,
            version="1",
            role="champion" if name == "scorecard" else "challenger",
            file=FILES[name],
            licence=LICENCE,
            trained_on=[agreement.name],
            card=CARD,
            commercial=True,
            synthetic_rows=told["synthetic_rows"],
        )
    return {name: _parity(out, agreement, name, estimators[name], sample) for name in estimators}


def _parity(
    out: Path, agreement: Agreement, name: str, estimator: Mapping[str, Any], sample: Path
) -> float:
    table = pd.read_csv(sample, dtype=str, keep_default_na=False).head(PARITY_ROWS)
    values = serving.values_of(agreement, table.to_dict("records"))
    content = (out / FILES[name]).read_bytes()
    if name == "scorecard":
        card = parse_scorecard(artifact_files.loads(content))
        served = np.array([1 / (1 + math.exp(card.log_odds(row))) for row in values])
    else:
        served = probabilities_of(FILES[name], content, values)
    expected = sums.risk(estimator, rows.read(sample, agreement))[: len(values)]
    difference = float(np.abs(served - expected).max())
    if difference > LARGEST_DIFFERENCE:
        raise ParityError(f"{FILES[name]} differs by {difference:.4f} from what was found")
    return round(difference, 8)

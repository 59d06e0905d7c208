"""``manage.py train_model german --tokens --data TOKENS.csv …``: a network that saw tokens alone.

The table comes from the lender: the columns of the recipe as tokens, and ``classification`` (1 for
good, 2 for bad) in the clear. The key stays with the lender. What serves is the graph and the
vocabulary, which says the number of each token and nothing of its value.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from scoring.privacy.german_credit import RowsError
from scoring.privacy.key_files import checked_tenant
from scoring.privacy.recipe import FORMAT, read_recipe
from scoring.privacy.synthetic_mark import is_mark_column, is_marked
from scoring.privacy.token_estimator import GRAPH, VOCABULARY, load_token_estimator
from scoring.privacy.token_rows import checked_token_rows
from scoring.privacy.token_tables import Columns, read_columns
from scoring.privacy.tokens import is_sealed
from scoring.privacy.vocabulary import Vocabulary, learned_vocabulary
from scoring.training import artifact_files
from scoring.training.artifact_files import OWN_TABLE
from scoring.training.german_table import (
    DATA_SET,
    LICENCE,
    VERSION,
    GermanTable,
    register_german,
)
from scoring.training.measures import auc_interval, figures
from scoring.training.table_reading import refuse_synthetic
from scoring.training.token_network import TokenClassifier

logger = logging.getLogger(__name__)
CARD = "german_tokens.md"
# The tenant of the network that comes along; every other one learns from a table of its own.
DEMO_TENANT = "demo"
TARGET = "classification"
RANGES = 10
RANGED = ("duration", "creditamount")
FOLDS = 5
LARGEST_DIFFERENCE = 1e-5
IntArray = npt.NDArray[np.int64]


def recipe_content(table: GermanTable) -> dict[str, Any]:
    """Return the recipe: codes and grades as they are, two numbers cut at quantiles."""
    learnt = table.scored()[table.is_train]
    inner = np.linspace(0, 1, RANGES + 1)[1:-1]
    columns = [
        {
            "name": name,
            "edges": _edges(learnt[name].to_numpy(), inner) if name in RANGED else None,
        }
        for name in learnt
    ]
    return {"format": FORMAT, "name": "german-credit", "version": VERSION, "columns": columns}


def _edges(values: npt.NDArray[np.float64], inner: npt.NDArray[np.float64]) -> list[float]:
    # Months and marks are whole, so an edge is too.
    return sorted({float(round(edge)) for edge in np.quantile(values, inner)})


def train(
    path: Path, out: Path, seed: int, tenant: str, *, allow_synthetic: bool = False
) -> dict[str, Any]:
    """Learn from a table of tokens, write graph and vocabulary, and measure by cross-validation.

    Raises ValueError for a table without the columns, with values that are no tokens, or with rows
    that are marked as synthetic, unless these are allowed.
    """
    checked_tenant(tenant)
    cells = read_columns(path)
    synthetic = synthetic_rows(cells)
    refuse_synthetic(synthetic, len(cells.get(TARGET, ())), allow=allow_synthetic)
    vocabulary, numbers, is_bad = read_tokens(cells, tenant)
    risk = np.zeros(len(is_bad))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for learnt, held in folds.split(numbers, is_bad):
        classifier = TokenClassifier(seed).fit(numbers[learnt], is_bad[learnt], vocabulary.sizes)
        risk[held] = classifier.probability(numbers[held])
    classifier = TokenClassifier(seed).fit(numbers, is_bad, vocabulary.sizes)
    classifier.export_onnx(out / f"{GRAPH}.onnx")
    artifact_files.write_json(out / f"{VOCABULARY}.json", vocabulary.content())
    for name, file in ((GRAPH, f"{GRAPH}.onnx"), (VOCABULARY, f"{VOCABULARY}.json")):
        register_german(out, name, file, CARD, **_origin(path, tenant), synthetic_rows=synthetic)
    _hold_against(out, classifier, numbers)
    measured = {
        "rows": len(is_bad),
        "synthetic_rows": synthetic,
        "out_of_fold": figures(is_bad, risk),
        "auc_ci": auc_interval(is_bad, risk, seed),
    }
    artifact_files.write_json(out / "german_tokens_figures.json", measured)
    return measured


def synthetic_rows(cells: Columns) -> int:
    """Return how many rows are marked as synthetic. Raises ValueError where the mark is sealed."""
    marks = [cells[name] for name in cells if is_mark_column(name)]
    if any(is_sealed(text) for column in marks for text in column):
        raise ValueError(
            "the mark of synthetic rows is sealed, so nobody can read it; encrypt the table again, "
            "which leaves the mark as it is"
        )
    return sum(any(map(is_marked, row)) for row in zip(*marks, strict=True))


def read_tokens(cells: Columns, tenant: str) -> tuple[Vocabulary, IntArray, IntArray]:
    """Return vocabulary, token numbers (n, k) and outcomes (n,). Raises ValueError."""
    names = list(read_recipe().edges)
    lacking = [name for name in (*names, TARGET) if name not in cells]
    if lacking:
        raise ValueError(f"the table has no column {', '.join(lacking)}")
    if set(cells[TARGET]) != {"1", "2"}:
        raise ValueError(f"{TARGET} must hold 1 for good and 2 for bad, and both")
    columns = [cells[name] for name in names]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    try:
        for row in rows:
            checked_token_rows([row], names)
    except RowsError as error:
        raise ValueError(error.message) from error
    vocabulary = learned_vocabulary(tenant, {name: cells[name] for name in names})
    numbers = np.array([vocabulary.row(row) for row in rows], dtype=np.int64)
    return vocabulary, numbers, np.array([text == "2" for text in cells[TARGET]], dtype=np.int64)


def _origin(path: Path, tenant: str) -> dict[str, Any]:
    """Return what the manifest says of the table that was learned from."""
    if tenant == DEMO_TENANT:
        return {"trained_on": [f"{DATA_SET}, as tokens"], "licence": LICENCE}
    return {"trained_on": [f"{path.name}, tokens of {tenant}"], "licence": OWN_TABLE}


def _hold_against(out: Path, classifier: TokenClassifier, numbers: IntArray) -> None:
    """Raise ValueError where the written file does not give what the fitted network gives."""
    served = load_token_estimator(out).probability_of_bad(numbers)
    difference = float(np.abs(served - classifier.probability(numbers)).max())
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"the written file differs by {difference:.6f}")

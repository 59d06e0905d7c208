"""An estimator of more than two classes, run from its file on rows of values.

JSON holds one part a class: scorecards, each of one class against the rest, or additive machines
that give logits. A graph gives all probabilities. Only workers import this module.
"""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from scoring.engine.additive import parse_additive
from scoring.engine.described_inputs import metadata
from scoring.engine.inputs import Value, input_values
from scoring.engine.scorecard import parse_scorecard
from scoring.engine.table_estimator import session_of

FloatArray = npt.NDArray[np.float64]
# How the parts of a JSON file become probabilities.
ONE_AGAINST_THE_REST, SOFTMAX = "one_against_the_rest", "softmax"


def class_probabilities_of(
    file: str, content: bytes, rows: Sequence[Mapping[str, Value]]
) -> FloatArray:
    """Return the probability of each class, shape (n, classes), in the order of :func:`classes_of`.

    Raises KeyError for a file that has no classes.
    """
    if not file.endswith(".json"):
        session = session_of(content)
        table = [input_values(json.loads(metadata(content)["inputs"]), values) for values in rows]
        given = {session.get_inputs()[0].name: np.array(table, dtype=np.float32)}
        return np.asarray(session.run(None, given)[-1], dtype=np.float64)
    described = json.loads(content)
    parts = described["parts"]
    if described["link"] == ONE_AGAINST_THE_REST:
        cards = [parse_scorecard(part) for part in parts]
        log_odds = np.array([[card.log_odds(values) for card in cards] for values in rows])
        # A part gives log-odds of the other classes; the shares are made to sum to 1.
        logits = -np.logaddexp(0.0, log_odds)
    else:
        table = [input_values(parts[0]["inputs"], values) for values in rows]
        inputs = np.array(table, dtype=np.float64)
        logits = np.column_stack([parse_additive(part).log_odds(inputs) for part in parts])
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def classes_of(file: str, content: bytes) -> tuple[str, ...]:
    """Return the names of the classes of a file, in the order of its probabilities."""
    told = json.loads(content) if file.endswith(".json") else metadata(content)
    classes = told["classes"]
    return tuple(classes if isinstance(classes, list) else json.loads(classes))

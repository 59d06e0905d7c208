"""An estimator that learned from a table, run from its file on rows of values.

The file says itself which inputs it reads: JSON of steps, or an ONNX graph with ``inputs`` in its
metadata. This module loads ONNX Runtime, so only workers import it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt
import onnxruntime

from scoring.engine.additive import parse_additive_bytes
from scoring.engine.described_inputs import Described, described_inputs, names_of
from scoring.engine.inputs import NO_CODE, OTHER, Value, input_values

ERRORS_ONLY = 3
# No debts at all make a ratio endless; a network would turn that into no number.
LARGEST = 1e9
FloatArray = npt.NDArray[np.float64]
# Inputs (n, k) → probability of the event (n,).
Run = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class TableEstimator:
    """An estimator with the description of its inputs, in the order in which they are given."""

    inputs: tuple[Described, ...]
    run: Run

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the values that it reads."""
        return names_of(self.inputs)

    def probabilities(self, rows: Sequence[Mapping[str, Value]]) -> FloatArray:
        """Return the probability of the event (n,) of rows by name, None where missing."""
        table = [input_values(self.inputs, values) for values in rows]
        return self._probabilities(np.array(table, dtype=np.float64))

    def probabilities_of_numbers(self, rows: FloatArray) -> FloatArray:
        """Return the same for numbers (n, names), NaN where missing; no number is a code."""
        column_of = {name: rows[:, place] for place, name in enumerate(self.names)}
        columns = [_column(each, column_of[each["name"]]) for each in self.inputs]
        return self._probabilities(np.stack(columns, axis=1))

    def _probabilities(self, table: FloatArray) -> FloatArray:
        # Estimators learned from 32-bit inputs; see ``input_values``.
        return self.run(table.clip(-LARGEST, LARGEST).astype(np.float32).astype(np.float64))


def _column(described: Described, numbers: FloatArray) -> FloatArray:
    if described["reads"] == "value" and described["levels"] is None:
        return numbers
    levels = described["levels"]
    return np.full(numbers.shape, float(levels.get(NO_CODE, levels[OTHER])))


def probability_of(file: str, content: bytes, values: Mapping[str, Value]) -> float:
    """Return the probability of the event (0…1) of one row; as :func:`probabilities_of`."""
    return float(probabilities_of(file, content, [values])[0])


def probabilities_of(
    file: str, content: bytes, rows: Sequence[Mapping[str, Value]]
) -> npt.NDArray[np.float64]:
    """Return the probability of the event (n,) of rows of values by name, None where missing.

    ``content`` is that of the artifact ``file``. Raises ValueError for another kind of file.
    """
    return load(file, content).probabilities(rows)


@lru_cache(maxsize=16)
def load(file: str, content: bytes) -> TableEstimator:
    """Return the estimator of an artifact. Raises ValueError for bytes that cannot be run."""
    inputs = described_inputs(file, content)
    if file.endswith(".json"):
        machine = parse_additive_bytes(content)
        return TableEstimator(inputs, lambda table: _risk(machine.log_odds(table)))
    return TableEstimator(inputs, partial(_run_graph, session_of(content)))


def _risk(log_odds_good: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(log_odds_good)))


def session_of(graph: bytes) -> onnxruntime.InferenceSession:
    """Return a session of one thread. Raises ValueError for bytes that ONNX Runtime refuses."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # The graphs declare one row and take any number; saying so for each call helps nobody.
    options.log_severity_level = ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no class in common but this one
        raise ValueError(f"the graph cannot be run: {error}") from error


def _run_graph(session: onnxruntime.InferenceSession, table: FloatArray) -> FloatArray:
    """Run a graph whose last output is (n, 2): good and bad."""
    given = {session.get_inputs()[0].name: table.astype(np.float32)}
    return np.asarray(session.run(None, given)[-1][:, 1], dtype=np.float64)

"""An estimator that learned from a lender's table, run from its file on rows of values.

The file says itself which inputs it reads: JSON of steps, or an ONNX graph with ``inputs`` in its
metadata. This module loads ONNX Runtime, so only workers import it.
"""

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnxruntime

from scoring.engine.additive import parse_additive_bytes
from scoring.engine.inputs import Value, input_values

ERRORS_ONLY = 3


def probability_of(file: str, content: bytes, values: Mapping[str, Value]) -> float:
    """Return the probability of the event (0…1) of one row; as :func:`probabilities_of`."""
    return float(probabilities_of(file, content, [values])[0])


def probabilities_of(
    file: str, content: bytes, rows: Sequence[Mapping[str, Value]]
) -> npt.NDArray[np.float64]:
    """Return the probability of the event (n,) of rows of values by name, None where missing.

    ``content`` is that of the artifact ``file``. Raises KeyError for a graph without ``inputs``.
    """
    if file.endswith(".json"):
        machine = parse_additive_bytes(content)
        return np.array([1.0 / (1.0 + math.exp(machine.log_odds(values))) for values in rows])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    described = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    matrix = np.array([input_values(described, values) for values in rows], dtype=np.float32)
    output = session.run(None, {session.get_inputs()[0].name: matrix})[-1]
    return np.asarray(output[:, 1], dtype=np.float64)

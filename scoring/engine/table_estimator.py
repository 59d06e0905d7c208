"""An estimator that learned from a lender's table, run from its file on one row of values.

The file says itself which inputs it reads: JSON of steps, or an ONNX graph with ``inputs`` in its
metadata. This module loads ONNX Runtime, so only workers import it.
"""

import json
import math
from collections.abc import Mapping

import numpy as np
import onnxruntime

from scoring.engine.additive import parse_additive_bytes
from scoring.engine.inputs import Value, input_values

ERRORS_ONLY = 3


def probability_of(file: str, content: bytes, values: Mapping[str, Value]) -> float:
    """Return the probability of the event (0…1) of one row of values by name, None where missing.

    ``content`` is that of the artifact ``file``. Raises KeyError for a graph without ``inputs``.
    """
    if file.endswith(".json"):
        log_odds_good = parse_additive_bytes(content).log_odds(values)
        return 1.0 / (1.0 + math.exp(log_odds_good))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    described = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    matrix = np.array([input_values(described, values)], dtype=np.float32)
    output = session.run(None, {session.get_inputs()[0].name: matrix})[-1]
    return float(output[0, 1])

"""The federated network as an ONNX graph of raw values: (n, columns) → probabilities (n, 2).

Each step function of the encoding becomes: count the edges at or below the value, take the last
bin where it is missing, and look the bin's number up.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from scoring.engine.inputs import MISSING, OTHER
from scoring.training.federated import network
from scoring.training.federated.agreement import Agreement, Column
from scoring.training.federated.encoding import Steps
from scoring.training.federated.serving import inner_edges

OPSET, IR_VERSION = 18, 9


def graph(agreement: Agreement, steps: Sequence[Steps], weights: np.ndarray) -> bytes:
    """Return the graph, with a description of its inputs in the metadata ``inputs``."""
    made = _Graph()
    inputs = [_input(made, agreement, each) for each in steps]
    made.node("Concat", inputs, "encoded", axis=1)
    first, biases, last, bias = network.layers(weights)
    sums = made.node("Gemm", ["encoded", made.constant(first), made.constant(biases)])
    hidden = made.node("Tanh", [sums])
    outputs = [hidden, made.constant(last[:, None]), made.constant([bias])]
    bad = made.node("Sigmoid", [made.node("Gemm", outputs)])
    good = made.node("Sub", [made.constant([1.0]), bad])
    made.node("Concat", [good, bad], "probabilities", axis=1)
    model = helper.make_model(
        helper.make_graph(
            made.nodes,
            "federated_network",
            [_tensor("inputs", len(agreement.columns))],
            [_tensor("probabilities", 2)],
            made.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    entry = model.metadata_props.add()
    entry.key = "inputs"
    described = [_described(column) for column in agreement.columns]
    entry.value = json.dumps(described, ensure_ascii=False)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _input(made: "_Graph", agreement: Agreement, steps: Steps) -> str:
    """Return the name of one encoded input, (n, 1)."""
    column = agreement.columns[steps.column]
    place = made.constant([steps.column], np.int64)
    value = made.node("Gather", ["inputs", place], axis=1)
    if column.levels:
        # Levels come as their place among the cells already.
        rank = made.node("Cast", [value], to=TensorProto.INT64)
        cells = np.arange(len(column.levels) + 1)
        bins = np.searchsorted(steps.cuts, cells, side="right")
        found = made.node("Gather", [made.constant(np.asarray(steps.values)[bins]), rank])
        return found
    inner = inner_edges(agreement, column)
    edges = [inner[cut - 1] for cut in steps.cuts if cut <= len(inner)]
    # An edge more that nothing passes, so that a column without edges is no special case.
    passed = made.node("GreaterOrEqual", [value, made.constant([*edges, np.inf])])
    counted = made.node("Cast", [passed], to=TensorProto.INT64)
    bin_of_value = made.node("ReduceSum", [counted, made.constant([1], np.int64)], keepdims=1)
    missing = made.constant([len(steps.values) - 1], np.int64)
    chosen = made.node("Where", [made.node("IsNaN", [value]), missing, bin_of_value])
    return made.node("Gather", [made.constant(steps.values), chosen])


def _described(column: Column) -> dict[str, Any]:
    if not column.levels:
        return {"name": column.name, "reads": "value", "levels": None}
    ranks = {level: place for place, level in enumerate(column.levels)}
    unknown = len(column.levels)
    return {
        "name": column.name,
        "reads": "value",
        "levels": {**ranks, MISSING: unknown, OTHER: unknown},
    }


def _tensor(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", width])


class _Graph:
    """Nodes and constants, named as they come."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: Any, kind: type = np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype=kind), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        name = output or f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

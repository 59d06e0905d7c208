"""A tiny generator with four columns, as a training would write it."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CONTENT = {
    "version": "1", "seed": 0, "trained_on": "made rows", "rows": 100, "steps": 10,
    "epsilon": None, "account": None, "latent": 4, "target": "class",
    "classes": ["good", "bad"], "class_shares": [0.7, 0.3],
    "order": ["duration", "purpose", "amount", "class"],
    "columns": [
        {"name": "duration", "kind": "number", "continuous": False, "decimals": 0,
         "values": [12, 24, 48], "quantiles": [0.5, 0.8, 1.0], "states": ["value"]},
        {"name": "purpose", "kind": "level", "levels": ["business", "car", "radio"]},
        {"name": "amount", "kind": "number", "continuous": True, "decimals": 1,
         "values": [100.0, 150.0, 300.0], "quantiles": [0.0, 0.5, 1.0],
         "states": ["value", "(missing)"]},
    ],
    "level_shares": [[0.5, 0.5, 0.0, 0.9, 0.1], [0.0, 0.25, 0.75, 1.0, 0.0]],
}  # fmt: skip


def tiny_graph() -> bytes:
    """Return ``noise (n, 4), condition (n, 7) → quantiles (n, 2), logits (n, 5)``."""
    weights = numpy_helper.from_array(np.eye(4, 2, dtype=np.float32), "weights")
    levels = numpy_helper.from_array(np.eye(7, 5, k=-2, dtype=np.float32), "levels")
    nodes = [
        helper.make_node("MatMul", ["noise", "weights"], ["raw"]),
        helper.make_node("Sigmoid", ["raw"], ["quantiles"]),
        helper.make_node("MatMul", ["condition", "levels"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "generator",
        [
            helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["rows", 4]),
            helper.make_tensor_value_info("condition", TensorProto.FLOAT, ["rows", 7]),
        ],
        [
            helper.make_tensor_value_info("quantiles", TensorProto.FLOAT, ["rows", 2]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", 5]),
        ],
        [weights, levels],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()

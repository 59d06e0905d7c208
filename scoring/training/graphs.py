"""ONNX graphs of cross-fitted estimators: raw inputs (n, k) → class probabilities (n, classes).

The mean of the members, the calibration and the sigmoid are part of the graph; how the inputs are
made of a row stands in its metadata under ``inputs``, the names of the outputs under ``classes``.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from scoring.training.boosting import Boosting
from scoring.training.calibration import Calibrator
from scoring.training.tabular_network import MeanNetwork, Neural

OPSET = 18
ML_OPSET = 3
_LARGEST = float(np.finfo(np.float32).max)
PER_NODE = (
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_nodeids",
    "nodes_truenodeids",
    "nodes_values",
)


def boosting_graph(
    estimator: Boosting, inputs: Sequence[dict[str, Any]], classes: Sequence[str] = ()
) -> bytes:
    """Return the members' trees as one ensemble, each leaf divided by the number of members."""
    columns = len(estimator.encoding_.names_)
    outputs = 1 if estimator.classes_ == 2 else estimator.classes_
    merged: dict[str, list[Any]] = {}
    trees = 0
    for member in estimator.members_:
        node = _tree_node(member.classifier_, columns)
        for name in PER_NODE:
            merged.setdefault(name, []).extend(node[name])
        for name in ("nodes_treeids", "class_treeids"):
            merged.setdefault(name, []).extend(number + trees for number in node[name])
        merged.setdefault("class_nodeids", []).extend(node["class_nodeids"])
        ids = node["class_ids"] if outputs > 1 else [0] * len(node["class_ids"])
        merged.setdefault("class_ids", []).extend(ids)
        share = 1 / len(estimator.members_)
        merged.setdefault("class_weights", []).extend(w * share for w in node["class_weights"])
        trees += max(node["nodes_treeids"]) + 1
    renamed = {name.replace("class_", "target_"): values for name, values in merged.items()}
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        ["inputs"],
        ["scores"],
        domain="ai.onnx.ml",
        n_targets=outputs,
        post_transform="NONE",
        **renamed,
    )
    ensemble_graph = _graph([ensemble], [], columns, outputs, estimator.calibrator_)
    return _described(ensemble_graph, inputs, classes)


def _tree_node(classifier: Any, columns: int) -> dict[str, list[Any]]:
    model = convert_lightgbm(
        classifier,
        initial_types=[("inputs", FloatTensorType([None, columns]))],
        zipmap=False,
        target_opset=15,
    )
    node = next(each for each in model.graph.node if each.op_type == "TreeEnsembleClassifier")
    found = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    values = {name: list(v) for name, v in found.items() if not isinstance(v, bytes)}
    values["nodes_values"] = _rounded_down(classifier, values)
    return values


def _rounded_down(classifier: Any, values: dict[str, list[Any]]) -> list[float]:
    """Return thresholds as the largest float32 that is not above them.

    Inputs are float32, so ``value <= threshold`` then decides as with the 64-bit threshold; the
    nearest float32 may lie above it and let an input pass that should not.
    """
    exact: dict[tuple[int, int, float], float] = {}
    for number, tree in enumerate(classifier.booster_.dump_model()["tree_info"]):
        pending = [tree["tree_structure"]]
        while pending:
            node = pending.pop()
            if "threshold" in node:
                limit = float(np.clip(node["threshold"], -_LARGEST, _LARGEST))
                nearest = np.float32(limit)
                below = (
                    nearest if nearest <= limit else np.nextafter(nearest, np.float32(-_LARGEST))
                )
                exact[number, node["split_feature"], float(nearest)] = float(below)
                pending += [node["left_child"], node["right_child"]]
    keys = zip(
        values["nodes_treeids"], values["nodes_featureids"], values["nodes_values"], strict=True
    )
    return [exact.get(key, key[2]) for key in keys]


def neural_graph(
    estimator: Neural, inputs: Sequence[dict[str, Any]], classes: Sequence[str] = ()
) -> bytes:
    """Return the mean of the networks as one graph."""
    columns = len(estimator.encoding_.names_)
    network = MeanNetwork(estimator.members_).eval()
    program = torch.onnx.export(
        network,
        (torch.zeros(2, columns),),
        input_names=["inputs"],
        output_names=["network_scores"],
        dynamic_shapes=({0: torch.export.Dim("rows")},),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    model = program.model_proto
    outputs = 1 if estimator.classes_ == 2 else estimator.classes_
    shape = helper.make_tensor("score_shape", TensorProto.INT64, [2], [-1, outputs])
    reshape = helper.make_node("Reshape", ["network_scores", "score_shape"], ["scores"])
    nodes = [*model.graph.node, reshape]
    constants = [*model.graph.initializer, shape]
    graph = _graph(nodes, constants, columns, outputs, estimator.calibrator_)
    graph.functions.extend(model.functions)
    graph.opset_import.extend(
        each for each in model.opset_import if each.domain not in {"", "ai.onnx.ml"}
    )
    return _described(graph, inputs, classes)


def _graph(
    nodes: Sequence[Any],
    constants: Sequence[Any],
    columns: int,
    outputs: int,
    calibrator: Calibrator,
) -> onnx.ModelProto:
    """Close a graph that ends in ``scores`` (n, outputs) with calibration and probabilities."""
    closing = _Closing()
    if outputs > 1:
        scores = "scores"
        if calibrator.kind == "offsets":
            scores = closing.node("Add", [scores, closing.constant(calibrator.coefficients)])
        closing.node("Softmax", [scores], "probabilities", axis=1)
    else:
        calibrated = closing.calibrate("scores", calibrator)
        event = closing.node("Sigmoid", [calibrated])
        other = closing.node("Sub", [closing.constant(1.0), event])
        closing.node("Concat", [other, event], "probabilities", axis=1)
    classes = max(2, outputs)
    graph = helper.make_graph(
        [*nodes, *closing.nodes],
        "estimator",
        [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["rows", columns])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", classes])],
        [*constants, *closing.constants],
    )
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


class _Closing:
    """The nodes after the scores."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: float | Sequence[float]) -> str:
        values = np.atleast_1d(np.asarray(value, dtype=np.float32))
        name = f"closing_constant_{len(self.constants)}"
        self.constants.append(
            helper.make_tensor(name, TensorProto.FLOAT, list(values.shape), values.tolist())
        )
        return name

    def node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        name = output or f"closing_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def calibrate(self, scores: str, calibrator: Calibrator) -> str:
        if calibrator.kind == "platt":
            slope, intercept = calibrator.coefficients
            return self._line(scores, slope, intercept)
        if calibrator.kind == "beta":
            a, b, c = calibrator.coefficients
            # ln p = -softplus(-x) and -ln(1-p) = softplus(x).
            low = self.node("Softplus", [self.node("Neg", [scores])])
            high = self.node("Softplus", [scores])
            scaled = self._line(low, -a, c)
            return self.node("Add", [scaled, self._line(high, b, 0.0)])
        if calibrator.kind == "isotonic":
            return self._steps(scores, *calibrator.knots)
        return scores

    def _line(self, values: str, slope: float, intercept: float) -> str:
        scaled = self.node("Mul", [values, self.constant(slope)])
        return self.node("Add", [scaled, self.constant(intercept)])

    def _steps(self, scores: str, x: Sequence[float], y: Sequence[float]) -> str:
        """Interpolate: the first level plus, for each segment, the part of it that was passed."""
        rise = np.diff(y)
        width = np.maximum(np.diff(x), 1e-9)
        passed = self.node("Sub", [scores, self.constant(list(x[:-1]))])
        share = self.node("Div", [passed, self.constant(width.tolist())])
        clipped = self.node("Clip", [share, self._scalar(0.0), self._scalar(1.0)])
        risen = self.node("Mul", [clipped, self.constant(rise.tolist())])
        axis = f"closing_axis_{len(self.constants)}"
        self.constants.append(helper.make_tensor(axis, TensorProto.INT64, [1], [1]))
        total = self.node("ReduceSum", [risen, axis], keepdims=1)
        return self.node("Add", [total, self.constant(float(y[0]))])

    def _scalar(self, value: float) -> str:
        name = f"closing_scalar_{len(self.constants)}"
        self.constants.append(helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
        return name


def _described(
    model: onnx.ModelProto, inputs: Sequence[dict[str, Any]], classes: Sequence[str]
) -> bytes:
    for key, value in (("inputs", inputs), ("classes", classes)):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, json.dumps(list(value), ensure_ascii=False)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content

"""Tiny networks that fit where a shipped one stands, made by code, with manifest and card."""

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from media_processing.inference.manifest import NetworkEntry, read_manifest, write_manifest
from media_processing.selectors import WEIGHTS_DIR

OPSET = 17
FACE_CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def write_own_network(
    folder: Path,
    name: str = "face_emotion",
    *,
    classes: tuple[str, ...] = FACE_CLASSES,
    leading: str = "happy",
    version: str = "bank-1",
    **fields: object,
) -> NetworkEntry:
    """Write a network with one answer that always says ``leading``, and all that belongs to it."""
    folder.mkdir(parents=True, exist_ok=True)
    shipped = read_manifest(WEIGHTS_DIR)[name]
    content = _graph(shipped.path(WEIGHTS_DIR), classes.index(leading), len(classes))
    (folder / "own.onnx").write_bytes(content)
    (folder / "own.md").write_text("# Own\n\nMeasured on *our* recordings.\n", encoding="utf-8")
    entry = NetworkEntry(
        name=name, version=version, file="own.onnx", sha256=hashlib.sha256(content).hexdigest(),
        licence="Own data", commercial=True, trained_on=("our recordings",), card="own.md",
        classes=classes,
    )  # fmt: skip
    entry = replace(entry, **fields)
    write_manifest([entry], folder)
    return entry


def _graph(shipped: Path, leading: int, classes: int) -> bytes:
    """A product with weights of zero and a bias: the same distribution for every input."""
    given = onnxruntime.InferenceSession(str(shipped)).get_inputs()[0]
    size = math.prod(given.shape[1:])
    bias = np.zeros(classes, np.float32)
    bias[leading] = 2.0
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["x"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["shares"]),
        ],
        "own",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, given.shape)],
        [helper.make_tensor_value_info("shares", TensorProto.FLOAT, ["n", classes])],
        [
            numpy_helper.from_array(np.zeros((size, classes), np.float32), "weights"),
            numpy_helper.from_array(bias, "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 9
    return onnx.ModelProto.SerializeToString(model)


def outside(content: bytes) -> bytes:
    """Return the network with its first tensor said to lie in a file beside it."""
    model = onnx.load_from_string(content)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    return onnx.ModelProto.SerializeToString(model)

"""A first run within limits of time and memory."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")

import onnx
from onnx import TensorProto, helper

from media_processing.inference.trial import Limits, TrialError, try_network
from tests.media_processing.own_networks import FACE_CLASSES, write_own_network

pytestmark = pytest.mark.training
FACES = [[2, 1, 48, 48]]


def save(path: Path, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> Path:
    """Write a network that looks like one of faces, and does something else."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 48, 48])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    path.write_bytes(onnx.ModelProto.SerializeToString(model))
    return path


def endless(path: Path) -> Path:
    on = helper.make_tensor_value_info("on", TensorProto.BOOL, [])
    again = helper.make_tensor_value_info("again", TensorProto.BOOL, [])
    state = helper.make_tensor_value_info("state", TensorProto.FLOAT, None)
    after = helper.make_tensor_value_info("after", TensorProto.FLOAT, None)
    turn = helper.make_tensor_value_info("turn", TensorProto.INT64, [])
    body = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["again"]),
         helper.make_node("Sin", ["state"], ["after"])],
        "body", [turn, on, state], [again, after],
    )  # fmt: skip
    loop = helper.make_node("Loop", ["", "true", "x"], ["y"], body=body)
    return save(path, [loop], [helper.make_tensor("true", TensorProto.BOOL, [], [True])])


def greedy(path: Path) -> Path:
    size = helper.make_tensor("size", TensorProto.INT64, [1], [2**40])
    return save(path, [helper.make_node("ConstantOfShape", ["size"], ["y"])], [size])


def test_a_network_tells_what_it_takes_and_gives(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path)
    trial = try_network(entry.path(tmp_path), FACES)
    assert trial.inputs is not None and trial.inputs[0][0] == "tensor(float)"
    assert trial.answers == [(2, len(FACE_CLASSES))]
    assert trial.is_distribution


def test_a_network_without_an_end_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match="Its trial broke off; it may take 3 s of a processor"):
        try_network(endless(tmp_path / "a.onnx"), FACES, Limits(cpu_s=3))
    with pytest.raises(TrialError, match="Its trial took longer than 1 s"):
        try_network(endless(tmp_path / "a.onnx"), FACES, Limits(wall_s=1.0))


def test_a_network_that_wants_all_memory_does_not_get_it(tmp_path: Path) -> None:
    trial = try_network(greedy(tmp_path / "a.onnx"), FACES)
    assert trial.inputs is not None and trial.answers is None


def test_what_is_no_network_has_no_inputs(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"no network")
    assert try_network(tmp_path / "a.onnx", FACES).inputs is None

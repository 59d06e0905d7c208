"""Where a network's weights lie, read from the bytes of its file."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")

import onnx
from onnx import TensorProto, helper

from media_processing.inference.onnx_file import needs_other_files
from media_processing.selectors import WEIGHTS_DIR
from tests.media_processing.own_networks import outside, write_own_network

pytestmark = pytest.mark.training


def constant(location: int) -> onnx.NodeProto:
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = location
    return helper.make_node("Constant", [], ["c"], value=tensor)


def branches(node: onnx.NodeProto) -> bytes:
    """A model whose only tensor is that of a node in a branch."""
    out = [helper.make_tensor_value_info("c", TensorProto.FLOAT, [1])]
    branch = helper.make_graph([node], "branch", [], out)
    choice = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    given = [helper.make_tensor_value_info("x", TensorProto.BOOL, [1])]
    model = helper.make_model(helper.make_graph([choice], "g", given, out))
    return onnx.ModelProto.SerializeToString(model)


def test_a_whole_file_needs_no_other(tmp_path: Path) -> None:
    write_own_network(tmp_path)
    assert not needs_other_files((tmp_path / "own.onnx").read_bytes())
    assert not needs_other_files((WEIGHTS_DIR / "silero_vad.onnx").read_bytes())
    assert not needs_other_files(branches(constant(TensorProto.DEFAULT)))


def test_a_tensor_elsewhere_is_found_wherever_it_stands(tmp_path: Path) -> None:
    write_own_network(tmp_path)
    assert needs_other_files(outside((tmp_path / "own.onnx").read_bytes()))
    assert needs_other_files(branches(constant(TensorProto.EXTERNAL)))


@pytest.mark.parametrize("content", [b"no network", b"\xff" * 20, b"\x3a\x7fab", b"\x3b"])
def test_other_bytes_are_no_network(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"wire type|no end|too early"):
        needs_other_files(content)

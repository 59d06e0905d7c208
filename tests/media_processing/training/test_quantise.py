"""Quantising a small network: the file shrinks, the answers stay, the comparison decides."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from media_processing.training.quantise import Comparison, compare, quantise  # noqa: E402

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 32, 3, padding=1),
        torch.nn.BatchNorm2d(32),
        torch.nn.ReLU(),
        torch.nn.Conv2d(32, 64, 3, stride=2),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(64, 4),
    ).eval()
    path = tmp_path_factory.mktemp("graph") / "small.onnx"
    example = torch.zeros(2, 1, 12, 12)
    shapes = {"input": {0: torch.export.Dim("n", min=1)}}
    torch.onnx.export(
        network,
        (example,),
        str(path),
        input_names=["pictures"],
        output_names=["scores"],
        dynamic_shapes=shapes,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    return path


def pictures(seed: int, count: int = 16) -> dict[str, np.ndarray]:
    drawn = np.random.default_rng(seed).normal(0, 1, (count, 1, 12, 12))
    return {"pictures": drawn.astype(np.float32)}


def test_int8_is_smaller_and_answers_nearly_the_same(graph: Path, tmp_path: Path) -> None:
    quantise(graph, tmp_path / "int8.onnx", [pictures(seed) for seed in range(4)])
    feeds = [pictures(10), pictures(11, count=3)]
    wanted = np.concatenate([run(graph, feed).argmax(axis=1) for feed in feeds])

    def agreement(outputs: object) -> float:
        told = np.concatenate([output[0].argmax(axis=1) for output in outputs])  # type: ignore[attr-defined]
        return float((told == wanted).mean())

    found = compare(graph, tmp_path / "int8.onnx", feeds, agreement, repeats=1)
    assert found.size_bytes_int8 < 0.6 * found.size_bytes
    assert found.score == 1.0 and found.score_int8 >= 0.8
    spread = np.concatenate([run(graph, feed) for feed in feeds]).std()
    assert 0 < found.largest_difference < spread


def test_a_kept_node_stays_float(graph: Path, tmp_path: Path) -> None:
    nodes = [node for node in load_nodes(graph) if node.op_type == "Conv"]
    quantise(graph, tmp_path / "int8.onnx", [pictures(0)], keep=[nodes[0].name])
    quantise(graph, tmp_path / "all.onnx", [pictures(0)])
    kept, every = load_nodes(tmp_path / "int8.onnx"), load_nodes(tmp_path / "all.onnx")
    assert count_quantisers(kept) < count_quantisers(every)


def test_calibration_without_pictures_is_refused(graph: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one batch"):
        quantise(graph, tmp_path / "int8.onnx", [])


@pytest.mark.parametrize(
    ("score_int8", "seconds_int8", "worth"),
    [(0.80, 0.5, True), (0.796, 0.5, True), (0.79, 0.5, False), (0.80, 1.5, False)],
)
def test_int8_is_worth_it_where_it_costs_little_and_is_faster(
    score_int8: float, seconds_int8: float, worth: bool
) -> None:
    found = Comparison(0.80, score_int8, 1.0, seconds_int8, 100, 30, 0.1)
    assert found.worth_shipping is worth


def run(path: Path, feed: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(onnxruntime.InferenceSession(str(path)).run(None, feed)[0])


def load_nodes(path: Path) -> list:  # type: ignore[type-arg]
    import onnx

    return list(onnx.load(path).graph.node)


def count_quantisers(nodes: list) -> int:  # type: ignore[type-arg]
    return sum(node.op_type == "DequantizeLinear" for node in nodes)

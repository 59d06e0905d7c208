"""Export of the gait network to one ONNX file with half-precision weights."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from media_processing.analysis.person_clips import CLIP_FRAMES, PICTURE_PX
from media_processing.training.gait_network import InflatedInception

OPSET = 18
OUTPUTS = ("emotions", "known", "arousal")
# Smaller tensors stay as they are: halving them saves nothing and costs a node each.
SMALLEST_HALVED = 1024


class ReadingNetwork(nn.Module):
    """The shipped heads as probabilities: emotions (n, 5), known (n,), arousal (n, 3)."""

    def __init__(self, network: InflatedInception) -> None:
        super().__init__()
        self.network = network

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.network.features(clips)
        heads = self.network.heads
        return (
            heads["emotion"](features).softmax(dim=1),
            heads["known"](features).softmax(dim=1)[:, 1],
            heads["arousal"](features).softmax(dim=1),
        )


def export_network(network: InflatedInception, path: Path) -> None:
    """Write clips (n, 3, 16, 32, 32) in 0…1 to the three outputs of `ReadingNetwork`.

    Inputs, outputs and arithmetic are float32; the weights are stored as float16 and widened when
    the file is loaded.
    """
    reading = ReadingNetwork(network.float().to(memory_format=torch.contiguous_format)).eval()
    torch.onnx.export(
        reading,
        (torch.zeros(2, 3, CLIP_FRAMES, PICTURE_PX, PICTURE_PX),),
        str(path),
        input_names=["clips"],
        output_names=list(OUTPUTS),
        dynamic_shapes={"clips": {0: torch.export.Dim("clips", min=1)}},
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    onnx.save(with_half_weights(onnx.load(path)), path)


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph with its large float32 weights stored as float16 behind a cast."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= SMALLEST_HALVED:
            name = tensor.name
            halved = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(halved, f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model

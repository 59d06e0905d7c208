"""Export of the calibrated face-expression network to ONNX."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnxscript import optimizer
from torch import Tensor

from media_processing.training.face_calibration import CalibratedFaceNetwork, Calibration
from media_processing.training.face_data import CLASSES
from media_processing.training.face_network import CROP_PX, FaceNetwork

OPSET = 18
PREFIX = "network."


class WeightsMismatchError(ValueError):
    """The file holds no weights of this network."""


def read_state(path: Path) -> dict[str, Tensor]:
    """Return the network's parameters and statistics from ``.pt`` or from an exported ONNX file.

    Raises WeightsMismatchError where a parameter is missing or has another shape.
    """
    wanted = FaceNetwork(len(CLASSES)).state_dict()
    found = torch.load(path, weights_only=True) if path.suffix == ".pt" else _initializers(path)
    state = {}
    for name, value in wanted.items():
        # The export leaves out what inference does not need: how many batches were seen.
        state[name] = (
            found.get(name, value) if name.endswith("batches_tracked") else found.get(name)
        )
        if state[name] is None or state[name].shape != value.shape:
            raise WeightsMismatchError(f"{path.name} holds no weights of this network ({name})")
    return state


def _initializers(path: Path) -> dict[str, Tensor]:
    return {
        item.name.removeprefix(PREFIX): torch.tensor(onnx.numpy_helper.to_array(item))
        for item in onnx.load(path).graph.initializer
    }


def export_network(network: FaceNetwork, calibration: Calibration, path: Path) -> None:
    """Write one self-contained file: crops (n, 1, 48, 48) 0…255 in, probabilities (n, c) out.

    Standardising, the mirrored second look, temperature, offsets and softmax are inside the graph.
    """
    calibrated = CalibratedFaceNetwork(network, calibration).eval()
    example = torch.zeros(2, 1, CROP_PX, CROP_PX)
    program = torch.onnx.export(
        calibrated,
        (example,),
        input_names=["crops"],
        output_names=["probabilities"],
        dynamic_shapes={"crops": {0: torch.export.Dim("faces", min=1)}},
        opset_version=OPSET,
        dynamo=True,
        # The exporter's own optimisation would fold the batch norms into the convolutions, and no
        # training could start from the file; onnxruntime folds them as it loads.
        optimize=False,
        verbose=False,
    )
    optimizer.fold_constants(program.model)
    optimizer.remove_unused_nodes(program.model)
    program.save(path)


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Replace temperature and offsets of an exported graph, whatever its precision.

    Raises WeightsMismatchError where the graph has none.
    """
    model = onnx.load(path)
    held = {item.name: item for item in model.graph.initializer}
    for name in ("temperature", "offsets"):
        if name not in held:
            raise WeightsMismatchError(f"{path.name} holds no {name}")
        value = np.asarray(getattr(calibration, name), dtype=np.float32)
        held[name].CopyFrom(onnx.numpy_helper.from_array(value, name))
    onnx.save(model, path)

"""Export of the calibrated face-expression network to ONNX."""

from pathlib import Path

import torch

from media_processing.training.face_network import CROP_PX, CalibratedFaceNetwork, FaceNetwork

OPSET = 18


def export_network(network: FaceNetwork, temperature: float, path: Path) -> None:
    """Write one self-contained file: crops (n, 1, 48, 48) 0…255 in, probabilities (n, c) out.

    Standardising, the mirrored second look, temperature and softmax are inside the graph.
    """
    calibrated = CalibratedFaceNetwork(network, temperature).eval()
    example = torch.zeros(2, 1, CROP_PX, CROP_PX)
    torch.onnx.export(
        calibrated,
        (example,),
        str(path),
        input_names=["crops"],
        output_names=["probabilities"],
        dynamic_shapes={"crops": {0: torch.export.Dim("faces", min=1)}},
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )

"""The I3D as shipped, on ONNX Runtime, against the same graph shape in torch, both on one core."""

from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.figure import Figure, median_s
from media_processing.inference.gait_i3d import NETWORK
from media_processing.inference.ort import load_network
from media_processing.selectors import WEIGHTS_DIR
from media_processing.training.gait_i3d import AROUSAL_CLASSES, EMOTION_CLASSES
from media_processing.training.gait_network import InflatedInception

HEADS = {"emotion": len(EMOTION_CLASSES), "known": 2, "arousal": len(AROUSAL_CLASSES)}


def figures() -> Iterator[Figure]:
    torch.set_num_threads(1)
    clip = np.random.default_rng(0).random((1, 3, 16, 48, 48), dtype=np.float32)
    shipped = load_network(NETWORK, WEIGHTS_DIR)
    eager = InflatedInception(HEADS, 0.0).eval()
    with torch.inference_mode():
        eager_s = median_s(lambda: eager(torch.from_numpy(clip)))
    yield Figure(
        "I3D, one clip", median_s(lambda: shipped.run(clip)), "s", "torch eager", eager_s,
        "below 1",
    )  # fmt: skip

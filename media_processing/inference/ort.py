"""Sessions of ONNX Runtime, one per network and process."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from media_processing.inference.manifest import (
    NetworkEntry,
    WeightsError,
    read_manifest,
    verified_path,
)

FloatArray = npt.NDArray[np.float32]


class OnnxNetwork:
    """A network whose graph takes a float32 batch, perhaps its own state, and gives arrays."""

    def __init__(self, entry: NetworkEntry, session: onnxruntime.InferenceSession) -> None:
        self.entry = entry
        self._session = session
        self._input_name: str = session.get_inputs()[0].name

    def run(self, batch: FloatArray, **state: FloatArray) -> list[Any]:
        """Return the graph's outputs for ``batch`` (float32, in the graph's own input shape).

        ``state`` names further inputs of the graph, such as those of a recurrent network.
        """
        return list(self._session.run(None, {self._input_name: batch, **state}))


@lru_cache(maxsize=8)
def load_network(name: str, weights_dir: Path) -> OnnxNetwork:
    """Load the named network once per process, after its sha256 was checked.

    Raises WeightsError where the manifest does not name it or the file is missing or differs.
    """
    entry = read_manifest(weights_dir).get(name)
    if entry is None:
        raise WeightsError(f"the manifest names no {name}")
    options = onnxruntime.SessionOptions()
    # Several workers share the cores, so a session takes one; the pool gives the parallelism.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(verified_path(entry, weights_dir)), options, providers=["CPUExecutionProvider"]
    )
    return OnnxNetwork(entry, session)

"""Static int8 quantisation of an exported network, and the comparison that decides its use.

Post-training quantisation with calibrated ranges after Jacob et al. 2018
(doi:10.1109/CVPR.2018.00286), in the QDQ form of ONNX Runtime: weights int8 for each channel,
activations uint8. Probabilities must be calibrated again afterwards.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

# A graph's inputs by name, as onnxruntime takes them.
Feed = Mapping[str, npt.NDArray[Any]]
Outputs = Sequence[list[npt.NDArray[Any]]]

# What int8 may cost of the score (0…1) and still be shipped.
ALLOWED_LOSS = 0.005
QUANTISED_OPERATORS = ("Conv", "MatMul", "Gemm")


class FeedReader(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime ships no types
    """Hands typical inputs to the calibration, one batch at a time."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._feeds: Iterator[Feed] = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


def quantise(
    source: Path, target: Path, feeds: Iterable[Feed], *, keep: Collection[str] = ()
) -> None:
    """Write ``source`` as int8 to ``target``; the ranges come from typical inputs ``feeds``.

    Batch norms are folded into their convolutions first. Nodes named in ``keep`` stay float32:
    the first and last layers often cost most accuracy and least time. Raises ValueError without
    feeds.
    """
    feeds = list(feeds)
    if not feeds:
        raise ValueError("calibration needs at least one batch of typical inputs")
    with TemporaryDirectory() as folder:
        folded = Path(folder) / "folded.onnx"
        quant_pre_process(str(source), str(folded), skip_symbolic_shape=True)
        quantize_static(
            str(folded),
            str(target),
            FeedReader(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTISED_OPERATORS),
            nodes_to_exclude=list(keep),
            per_channel=True,
            # Without VNNI, sums of two 8-bit products saturate at 16 bits; 7-bit weights do not.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two graphs on the same inputs: score (0…1), core time and size of each."""

    score: float
    score_int8: float
    core_seconds: float
    core_seconds_int8: float
    size_bytes: int
    size_bytes_int8: int
    largest_difference: float

    @property
    def worth_shipping(self) -> bool:
        """True where int8 costs at most ALLOWED_LOSS of the score and is faster."""
        faster = self.core_seconds_int8 < self.core_seconds
        return faster and self.score - self.score_int8 <= ALLOWED_LOSS


def compare(
    source: Path,
    quantised: Path,
    feeds: Sequence[Feed],
    score: Callable[[Outputs], float],
    repeats: int = 3,
) -> Comparison:
    """Run both graphs over ``feeds`` on one core; ``score`` judges the outputs of all feeds.

    The time is the least of ``repeats`` interleaved passes, in seconds of the core, so that a
    busy machine disturbs it little.
    """
    sessions = [_session(source), _session(quantised)]
    passes = [[_answers(session, feeds) for session in sessions] for _ in range(repeats)]
    outputs = [answers for answers, _ in passes[0]]
    seconds = np.min([[taken for _, taken in each] for each in passes], axis=0)
    return Comparison(
        score=score(outputs[0]),
        score_int8=score(outputs[1]),
        core_seconds=float(seconds[0]),
        core_seconds_int8=float(seconds[1]),
        size_bytes=source.stat().st_size,
        size_bytes_int8=quantised.stat().st_size,
        largest_difference=_largest_difference(*outputs),
    )


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _answers(session: onnxruntime.InferenceSession, feeds: Sequence[Feed]) -> tuple[Outputs, float]:
    """Return the outputs for all feeds and the core seconds they took."""
    started = time.process_time()
    outputs = [list(session.run(None, dict(feed))) for feed in feeds]
    return outputs, time.process_time() - started


def _largest_difference(first: Outputs, second: Outputs) -> float:
    return max(float(np.abs(a[0] - b[0]).max()) for a, b in zip(first, second, strict=True))

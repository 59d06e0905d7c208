"""The trial of a network in a process of its own: it reads one request and gives one answer.

Started by :mod:`media_processing.inference.trial` and by nothing else. The limits are set before
the runtime is loaded, so that whatever the network does, it does within them.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    request = json.loads(sys.stdin.readline())
    for kind, most in (
        (resource.RLIMIT_AS, request["memory_bytes"]),
        (resource.RLIMIT_CPU, request["cpu_s"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    sys.stdout.write(json.dumps(_answer(Path(request["path"]), request["shapes"])) + "\n")


def _answer(path: Path, shapes: list[list[int]]) -> dict[str, Any]:
    import onnxruntime  # after the limits

    options = onnxruntime.SessionOptions()
    # Each thread keeps memory of its own in reserve, which would count.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        # From bytes: relative names of other files lead nowhere.
        session = onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # onnxruntime raises classes of its own that share no base
        return {"inputs": None, "answers": None}
    inputs = [[each.type, each.shape] for each in session.get_inputs()]
    return {"inputs": inputs, "answers": _shapes(session, shapes)}


def _shapes(session: Any, shapes: list[list[int]]) -> dict[str, Any] | None:
    import numpy as np  # after the limits

    rng = np.random.default_rng(0)
    names = [each.name for each in session.get_inputs()]
    try:
        feeds = {
            name: rng.random(shape, dtype=np.float32)
            for name, shape in zip(names, shapes, strict=True)
        }
        answers = session.run(None, feeds)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # as above
        return None
    first = answers[0]
    sums_to_1 = np.all(first >= 0) and np.allclose(first.sum(axis=-1), 1.0, atol=1e-3)
    is_finite = all(np.isfinite(each).all() for each in answers)
    return {
        "shapes": [list(each.shape) for each in answers],
        "is_distribution": bool(is_finite and sums_to_1),
    }


if __name__ == "__main__":
    main()

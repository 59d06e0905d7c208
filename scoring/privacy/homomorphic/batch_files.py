"""A batch of encrypted applicants in a folder, for those who do not send them over HTTP.

``python -m scoring.privacy.homomorphic.batch_files ARTIFACTS FOLDER`` computes on the machine that
holds the estimators. The folder holds ``batch.json`` (the estimator's name, and how many rows),
``evaluation.keys`` and one ciphertext an input; beside them comes ``answer.ciphertext``. As with
the worker, nothing here can hold, make or use a secret key.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from scoring.engine.artifacts import read_manifest, verified_bytes
from scoring.privacy.homomorphic import worker
from scoring.privacy.homomorphic.batch import BatchEvaluator
from scoring.privacy.homomorphic.errors import HomomorphicError, MalformedError, TooLargeError
from scoring.privacy.homomorphic.estimator import Estimator, parse_estimator
from scoring.privacy.homomorphic.evaluation_keys import EVALUATION_FILE
from scoring.privacy.homomorphic.limits import MAX_KEY_BYTES, MAX_REQUEST_BYTES
from scoring.privacy.homomorphic.parameters import in_batches, published

HEAD_FILE, ANSWER_FILE = "batch.json", "answer.ciphertext"
MAX_HEAD_BYTES = 10_000


def input_file(number: int) -> str:
    """Return the name of the file of one input; the estimator's first is 0."""
    return f"input-{number:02d}.ciphertext"


def write_head(folder: Path, estimator: str, rows: int) -> None:
    """Write what the server must know, and no more."""
    head = {"estimator": estimator, "rows": rows}
    (folder / HEAD_FILE).write_text(json.dumps(head), encoding="utf-8")


def read_head(folder: Path) -> dict[str, Any]:
    """Return estimator and rows. Raises MalformedError, or OSError."""
    content = _read(folder / HEAD_FILE, MAX_HEAD_BYTES)
    try:
        head = json.loads(content)
        return {"estimator": str(head["estimator"]), "rows": int(head["rows"])}
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedError(f"{folder / HEAD_FILE} names no estimator and rows.") from error


def evaluate(artifacts_dir: Path, folder: Path) -> None:
    """Write the encrypted answer of a folder. Raises HomomorphicError, or OSError."""
    estimator = _estimator(artifacts_dir, read_head(folder)["estimator"])
    keys = worker.loaded(_read(folder / EVALUATION_FILE, MAX_KEY_BYTES))
    inputs = [
        _read(folder / input_file(number), MAX_REQUEST_BYTES)
        for number in range(len(estimator.encoder))
    ]
    evaluator = BatchEvaluator(estimator, in_batches(published(estimator.parameters)))
    answer = evaluator.evaluate(inputs, keys)
    partial = folder / f"{ANSWER_FILE}.partial"
    partial.write_bytes(answer)
    partial.replace(folder / ANSWER_FILE)


def _estimator(artifacts_dir: Path, name: str) -> Estimator:
    entry = read_manifest(artifacts_dir).get(name)
    if entry is None or entry.role != worker.ROLE:
        raise MalformedError(f"There is no estimator “{name[:40]}” for encrypted rows.")
    return parse_estimator(verified_bytes(entry, artifacts_dir))


def _read(path: Path, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise TooLargeError(f"{path} has more than {limit / 1e6:g} MB.")
    return path.read_bytes()


def main(arguments: list[str]) -> int:
    """Evaluate one folder; return the exit status."""
    if len(arguments) != 2:  # both
        sys.stderr.write("Name the folder of the estimators and that of the batch.\n")
        return 2
    artifacts_dir, folder = map(Path, arguments)
    worker.give_up_the_clients_part()
    started = time.perf_counter()
    try:
        evaluate(artifacts_dir, folder)
    except HomomorphicError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 1
    sys.stdout.write(f"{folder / ANSWER_FILE}: {time.perf_counter() - started:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

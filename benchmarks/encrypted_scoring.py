"""Scoring on encrypted rows: time, size and error per estimator, and per applicant of a batch."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tenseal
from numpy.typing import NDArray

from benchmarks.figure import Figure
from benchmarks.one_row import percentile
from scoring.privacy.german_credit import BY_NAME
from scoring.privacy.homomorphic import evaluation_keys
from scoring.privacy.homomorphic.batch import BatchEvaluator
from scoring.privacy.homomorphic.client.keys import ClientKeys
from scoring.privacy.homomorphic.error_test import LARGEST_ERROR
from scoring.privacy.homomorphic.estimator import CURVATURE, Estimator, read_outputs
from scoring.privacy.homomorphic.evaluator import PackedEvaluator
from scoring.privacy.homomorphic.limits import MAX_KEY_BYTES, MAX_REQUEST_BYTES
from scoring.privacy.homomorphic.parameters import in_batches, published
from scoring.services.encrypted_scores import estimators

ROWS, NAIVE_ROWS, BATCH_ROWS = 300, 5, 4096
SEED = 20261121
LIMITS_S = {
    "encrypted_scorecard": 0.030,
    "encrypted_logistic": 0.030,
    "encrypted_one_hidden": 0.100,
    "encrypted_two_hidden": 0.400,
}
BATCH_LIMIT_S = 0.0015
Floats = NDArray[np.float64]


def figures() -> Iterator[Figure]:
    for estimator in estimators().values():
        yield from _one_applicant(estimator)
    for estimator in estimators().values():
        yield from _batch(estimator)


def _one_applicant(estimator: Estimator) -> Iterator[Figure]:
    parameters, inputs = published(estimator.parameters), _inputs(estimator, ROWS)
    made = ClientKeys.make(parameters)
    keys, evaluator = (
        evaluation_keys.loaded(made.evaluation),
        PackedEvaluator(estimator, parameters),
    )
    evaluator.evaluate(made.client.encrypt(inputs[0]), keys)
    encrypting, evaluating, core, decrypting, outputs = [], [], [], [], []
    row = answer = b""
    for values in inputs:
        row, wall_s, _ = _timed(lambda values=values: made.client.encrypt(values))
        encrypting.append(wall_s)
        answer, wall_s, core_s = _timed(lambda row=row: evaluator.evaluate(row, keys))
        evaluating.append(wall_s)
        core.append(core_s)
        output, wall_s, _ = _timed(lambda answer=answer: made.client.decrypt(answer))
        decrypting.append(wall_s)
        outputs.append(output)
    title, limit_s = f"{estimator.name}, one encrypted applicant", LIMITS_S[estimator.name]
    for share in (0.5, 0.95):
        value = percentile(tuple(evaluating), share)
        yield Figure(f"{title}, p{share:.0%}"[:-1], value, "s", "limit", limit_s, "below 1")
    yield Figure(
        f"{title}, p95 of core time", percentile(tuple(core), 0.95), "s", "limit", limit_s,
        "below 1, whatever else the machine does",
    )  # fmt: skip
    peer = "evaluating it"
    median_s = float(np.median(evaluating))
    for name, times_s in (("encrypting", encrypting), ("decrypting", decrypting)):
        yield Figure(f"{title}, {name}", float(np.median(times_s)), "s", peer, median_s, "small")
    yield from _sizes(title, made.evaluation, row, answer)
    yield from _exactness(title, estimator, inputs, np.array(outputs))
    naive_s = _naive_s(estimator, inputs[:NAIVE_ROWS])
    yield Figure(
        f"{title}, core time", float(np.median(core)), "s", "TenSEAL's own dot and mm", naive_s,
        "below 1: what packing, fewer rescales and fewer rotations save",
    )  # fmt: skip


def _sizes(title: str, evaluation: bytes, row: bytes, answer: bytes) -> Iterator[Figure]:
    for name, content, limit in (
        ("evaluation keys", evaluation, MAX_KEY_BYTES),
        ("row", row, MAX_REQUEST_BYTES),
        ("answer", answer, MAX_REQUEST_BYTES),
    ):
        yield Figure(f"{title}, {name}", len(content), "B", "limit", limit, "below 1")


def _exactness(
    title: str, estimator: Estimator, inputs: Floats, outputs: Floats
) -> Iterator[Figure]:
    plain = read_outputs(estimator.public(), estimator.plain_outputs(inputs))
    encrypted = read_outputs(estimator.public(), outputs)
    error = float(np.abs(plain - encrypted).max())
    yield Figure(f"{title}, error", error, "probability", "limit", LARGEST_ERROR, "below 1")
    flips = int(((plain >= estimator.threshold) != (encrypted >= estimator.threshold)).sum())
    yield Figure(f"{title}, classes that flip", flips, "rows", "rows", len(inputs), "0")


def _batch(estimator: Estimator) -> Iterator[Figure]:
    """Measure 4,096 applicants, one a slot."""
    parameters, inputs = in_batches(published(estimator.parameters)), _inputs(estimator, BATCH_ROWS)
    made = ClientKeys.make(parameters, for_batches=True)
    keys, evaluator = evaluation_keys.loaded(made.evaluation), BatchEvaluator(estimator, parameters)
    rows = made.client.encrypt_batch(inputs)
    answer, wall_s, core_s = _timed(lambda: evaluator.evaluate(rows, keys))
    title = f"{estimator.name}, each of a batch of {BATCH_ROWS}"
    for name, measured_s in ((title, wall_s), (f"{title}, core time", core_s)):
        yield Figure(name, measured_s / BATCH_ROWS, "s", "limit", BATCH_LIMIT_S, "below 1")
    yield from _exactness(title, estimator, inputs, made.client.decrypt_slots(answer)[:BATCH_ROWS])


def _inputs(estimator: Estimator, count: int) -> Floats:
    """Return random applicants, encoded: shape (count, inputs)."""
    chance = np.random.default_rng(SEED)
    columns = {name: _values(name, chance, count) for name in estimator.encoder.attributes}
    return np.stack(
        [
            estimator.encoder.encode({name: values[row] for name, values in columns.items()})
            for row in range(count)
        ]
    )


def _values(name: str, chance: np.random.Generator, count: int) -> list[str]:
    attribute = BY_NAME[name]
    if attribute.meanings:
        return [str(each) for each in chance.choice(list(attribute.meanings), count)]
    low, high = (4, 60) if name == "duration" else (250, 15_000)
    return [str(each) for each in chance.integers(low, high, count)]


def _naive_s(estimator: Estimator, inputs: Floats) -> float:
    """Return the median core time with TenSEAL's vectors, as its tutorials evaluate a network."""
    depth = len(estimator.layers)
    degree, bits, scale = {
        1: (8192, [60, 40, 60], 2**40),
        2: (8192, [45, 32, 32, 32, 32, 45], 2**32),
        3: (16384, [60, 35, 35, 35, 35, 35, 35, 35, 60], 2**35),
    }[depth]
    context = tenseal.context(tenseal.SCHEME_TYPE.CKKS, degree, -1, bits)
    context.global_scale = scale
    context.generate_galois_keys()
    vectors = [tenseal.ckks_vector(context, row.tolist()) for row in inputs]
    return float(np.median([_timed(lambda v=v: _naive(estimator, v))[2] for v in vectors]))


def _naive(estimator: Estimator, vector: tenseal.CKKSVector) -> tenseal.CKKSVector:
    if len(estimator.layers) == 1:
        layer = estimator.layers[0]
        return vector.dot(layer.weights[0].tolist()) + layer.bias.tolist()
    for number, layer in enumerate(estimator.layers):
        vector = vector.mm(layer.weights.T.tolist()) + layer.bias.tolist()
        if number < len(estimator.layers) - 1:
            # The layers are folded into squares; the parabola is what a tutorial would evaluate.
            vector = vector * vector * CURVATURE + vector
    return vector


def _timed(action: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, core = time.perf_counter(), time.process_time()
    result = action()
    return result, time.perf_counter() - wall, time.process_time() - core

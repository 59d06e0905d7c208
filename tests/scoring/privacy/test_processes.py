"""The evaluating process and the client's: what they answer, and what they cannot do."""

import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.homomorphic.client.answers import answered, error_bound
from scoring.privacy.homomorphic.client.keys import ClientKeys, NewKeys
from scoring.privacy.homomorphic.estimator import parse_estimator
from scoring.privacy.homomorphic.frames import PipeClosedError
from scoring.privacy.homomorphic.parameters import PUBLISHED, published
from scoring.privacy.homomorphic.process import ROOT, ChildProcess
from tests.scoring.privacy.builders import network, rotating_bomb
from tests.scoring.privacy.samples import ROW

WORKER = "scoring.privacy.homomorphic.worker"
LOGISTIC = parse_estimator((ARTIFACTS_DIR / "encrypted_logistic.json").read_bytes())


@pytest.fixture(scope="module")
def keys() -> NewKeys:
    return ClientKeys.make(published("linear-4096"))


@pytest.fixture(scope="module")
def worker() -> Iterator[ChildProcess]:
    with ChildProcess(WORKER, [str(ARTIFACTS_DIR)]) as process:
        yield process


def test_the_worker_asks_for_keys_and_then_evaluates(worker: ChildProcess, keys: NewKeys) -> None:
    inputs = LOGISTIC.encoder.encode(ROW)
    question = {"op": "evaluate", "estimator": "encrypted_logistic", "keys": "a"}
    row = keys.client.encrypt(inputs)
    head, _ = worker.ask(question, row, timeout_s=60)
    assert head["needs_keys"]
    head, _ = worker.ask({"op": "keys", "keys": "a"}, keys.evaluation, timeout_s=60)
    assert head["parameters"] == "linear-4096"
    head, output = worker.ask(question, row, timeout_s=60)
    assert head["core_seconds"] > 0
    plain = LOGISTIC.plain_outputs(inputs[None, :])[0]
    assert keys.client.decrypt(output) == pytest.approx(plain, abs=1e-5)


def test_more_keys_than_any_estimator_needs_are_refused(worker: ChildProcess) -> None:
    content = rotating_bomb("linear-4096", 30)
    head, _ = worker.ask({"op": "keys", "keys": "many"}, content, timeout_s=60)
    assert head["error"] == "malformed"
    assert worker.is_alive


def test_a_small_file_that_unpacks_to_very_much_ends_the_process_before_it_is_large() -> None:
    content = rotating_bomb("linear-4096", 600)
    assert len(content) < 3_000_000
    with ChildProcess(WORKER, [str(ARTIFACTS_DIR)]) as worker:
        worker.ask({"op": "evaluate", "estimator": "x", "keys": "none"}, timeout_s=60)
        largest, ended = _peak_of(worker.pid)
        with pytest.raises(PipeClosedError):
            worker.ask({"op": "keys", "keys": "bomb"}, content, timeout_s=60)
        ended.set()
        assert max(largest) < 220_000_000  # unpacked, the keys would take 236 MB more


def _peak_of(pid: int) -> tuple[list[int], threading.Event]:
    """Watch the memory of a process until the event is set; return where its sizes are noted."""
    sizes, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.002):
            with suppress(OSError, IndexError, ValueError):
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                sizes.append(pages * resource.getpagesize())

    threading.Thread(target=watch, daemon=True).start()
    return sizes, ended


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_keys_of_a_client_fit_into_what_is_allowed_for_them(
    worker: ChildProcess, name: str
) -> None:
    content = ClientKeys.make(published(name)).evaluation
    head, _ = worker.ask({"op": "keys", "keys": name}, content, timeout_s=60)
    assert head.get("parameters") == name


def test_much_of_nothing_is_refused_at_once(worker: ChildProcess) -> None:
    """Fields of a context without end: reading them all would take minutes."""
    head, _ = worker.ask({"op": "keys", "keys": "f"}, b"\x08\x00" * 5_000_000, timeout_s=60)
    assert head["error"] == "malformed"
    assert head.get("core_seconds", 0) == 0 and worker.is_alive


def test_the_worker_refuses_and_goes_on(worker: ChildProcess, keys: NewKeys) -> None:
    worker.ask({"op": "keys", "keys": "b"}, keys.evaluation, timeout_s=60)
    for estimator, code in (("encrypted_logistic", "malformed"), ("none", "malformed")):
        question = {"op": "evaluate", "estimator": estimator, "keys": "b"}
        head, body = worker.ask(question, b"no ciphertext", timeout_s=60)
        assert (head["error"], body) == (code, b"")
    head, _ = worker.ask({"op": "keys", "keys": "c"}, b"CWSECR\x00\x01x", timeout_s=60)
    assert head["error"] == "secret_key"
    assert worker.is_alive


def test_the_worker_has_no_secret_of_the_installation(worker: ChildProcess) -> None:
    worker.ask({"op": "evaluate", "estimator": "none", "keys": "none"}, timeout_s=60)
    environment = Path(f"/proc/{worker.pid}/environ").read_text()
    names = {entry.split("=", 1)[0] for entry in environment.split("\0") if entry}
    assert names <= {"PATH", "LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "PYTHONPATH"}


def test_the_worker_can_neither_hold_nor_make_nor_use_a_secret_key() -> None:
    code = (
        f"import sys, {WORKER} as worker, tenseal.sealapi as seal; "
        "worker.give_up_the_clients_part(); "
        "print([n for n in worker.OF_THE_CLIENT if hasattr(seal, n)], "
        "[m for m in sys.modules if 'homomorphic.client' in m or m == 'django'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[] []"


def test_a_process_that_does_not_answer_in_time_is_ended() -> None:
    with ChildProcess("scoring.privacy.homomorphic.client.round_trip") as process:
        with pytest.raises(PipeClosedError):
            process.receive(timeout_s=0.2)
        assert not process.is_alive


def test_the_client_process_makes_a_round_trip_and_tells_a_rounded_answer(
    worker: ChildProcess,
) -> None:
    plain = float(LOGISTIC.plain_outputs(LOGISTIC.encoder.encode(ROW)[None, :])[0])
    with ChildProcess("scoring.privacy.homomorphic.client.round_trip") as client:
        client.send({"estimator": LOGISTIC.public(), "row": ROW, "plain_output": plain})
        head, evaluation = client.receive(60)
        assert head == {"is": "keys"}
        worker.ask({"op": "keys", "keys": "d"}, evaluation, timeout_s=60)
        _, row = client.receive(60)
        question = {"op": "evaluate", "estimator": "encrypted_logistic", "keys": "d"}
        _, output = worker.ask(question, row, timeout_s=60)
        client.send({}, output)
        head, _ = client.receive(60)
    expected = answered(LOGISTIC.public(), plain)
    assert head["answer"]["probability"] == pytest.approx(expected.probability, abs=0.0011)
    assert head["answer"]["credit_class"] == expected.credit_class
    assert head["error_below"] <= 1e-5
    assert set(head["seconds"]) == {"make_keys", "encrypt", "decrypt"}


def test_an_answer_says_no_more_than_three_decimals() -> None:
    public = network("linear-4096")[0].public()
    answer = answered(public, 0.123456789)
    assert answer.probability == 0.531 and answer.credit_class == 2 and answer.points is None
    assert error_bound(public, 0.5, 0.5) == 1e-9
    assert error_bound(public, 0.5, 0.501) == pytest.approx(1e-3)
    points = {**public, "gives_points": True, "points_offset": 0.0, "points_factor": -0.01}
    assert answered(points, 612.4999).points == 612
    assert np.isclose(answered(points, 612.4).probability, answered(points, 611.6).probability)

"""The process that evaluates: ``python -m scoring.privacy.homomorphic.worker ARTIFACTS``.

It reads messages from standard input and answers on standard output. It knows the estimators and
keeps the evaluation keys of the clients last served; it has no secret key and cannot make or use
one, because the classes that could are taken away before anything is read. Native code that
reads hostile bytes ends at worst this process.
"""

import resource
import sys
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import tenseal.sealapi as seal

from scoring.engine.artifacts import read_manifest, verified_bytes
from scoring.privacy.homomorphic import evaluation_keys
from scoring.privacy.homomorphic.bounds import taking_at_most
from scoring.privacy.homomorphic.errors import HomomorphicError, MalformedError
from scoring.privacy.homomorphic.estimator import parse_estimator
from scoring.privacy.homomorphic.evaluation_keys import EvaluationKeys
from scoring.privacy.homomorphic.evaluator import PackedEvaluator
from scoring.privacy.homomorphic.frames import PipeClosedError, receive, send
from scoring.privacy.homomorphic.parameters import published

ROLE = "encrypted"
# Keys of the largest parameters take about 90 MB once unpacked.
KEPT_KEYS = 8
MEMORY_BYTES = 4 * 1024**3
# Of one core; the largest keys take less than one.
LOADING_S = 5
OF_THE_CLIENT = ("SecretKey", "KeyGenerator", "Encryptor", "Decryptor")


def give_up_the_clients_part() -> None:
    """Take away what could hold, make or use a secret key."""
    for name in OF_THE_CLIENT:
        delattr(seal, name)


class Server:
    """Answers messages. ``op`` is ``keys`` (load and keep) or ``evaluate``."""

    def __init__(self, artifacts_dir: Path) -> None:
        entries = read_manifest(artifacts_dir).values()
        self._estimators = {
            entry.name: parse_estimator(verified_bytes(entry, artifacts_dir))
            for entry in entries
            if entry.role == ROLE
        }
        self._evaluators: dict[str, PackedEvaluator] = {}
        self._keys: OrderedDict[str, EvaluationKeys] = OrderedDict()

    def answer(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Return head and body of the answer; what is refused is told by ``error``."""
        started, core = time.perf_counter(), time.process_time()
        try:
            result, content = self._done(head, body)
        except HomomorphicError as error:
            return {"error": error.code, "message": str(error)}, b""
        result["seconds"] = time.perf_counter() - started
        result["core_seconds"] = time.process_time() - core
        return result, content

    def _done(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        if head["op"] == "keys":
            keys = loaded(body)
            self._keep(head["keys"], keys)
            return {"parameters": keys.parameters.name}, b""
        if head["keys"] not in self._keys:
            return {"needs_keys": True}, b""
        self._keys.move_to_end(head["keys"])
        return {}, self._evaluator(head["estimator"]).evaluate(body, self._keys[head["keys"]])

    def _keep(self, name: str, keys: EvaluationKeys) -> None:
        self._keys[name] = keys
        while len(self._keys) > KEPT_KEYS:
            self._keys.popitem(last=False)

    def _evaluator(self, name: str) -> PackedEvaluator:
        if name not in self._estimators:
            raise MalformedError(f"There is no estimator “{name[:40]}” for encrypted rows.")
        if name not in self._evaluators:
            estimator = self._estimators[name]
            self._evaluators[name] = PackedEvaluator(estimator, published(estimator.parameters))
        return self._evaluators[name]


def loaded(body: bytes) -> EvaluationKeys:
    """Return the keys. Raises MalformedError; where they unpack to too much, the process ends."""
    expected = evaluation_keys.unpacked_bytes(evaluation_keys.parameters_of(body))
    # The file's own copies: read, in memory for SEAL, and unpacked beside what is made of it.
    with taking_at_most(2 * expected + 2 * len(body), LOADING_S):
        return evaluation_keys.loaded(body)


def main(artifacts_dir: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    give_up_the_clients_part()
    server = Server(artifacts_dir)
    while True:
        try:
            head, body = receive(sys.stdin.buffer)
            send(sys.stdout.buffer, *server.answer(head, body))
        except PipeClosedError:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))

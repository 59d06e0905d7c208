"""The evaluating process of this web process: started when first needed, shared, replaced if lost.

One computation at a time, so that encrypted scoring takes at most one core of the machine; a
request that would wait too long is refused instead. See docs/adr/0018.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.homomorphic.frames import PipeClosedError
from scoring.privacy.homomorphic.process import ChildProcess

logger = structlog.get_logger(__name__)

MODULE = "scoring.privacy.homomorphic.worker"
WAIT_S = 10.0
ANSWER_S = 30.0
STATUS = {"too_large": 413}
UNREADABLE = 422

_lock = threading.Lock()
_process: ChildProcess | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An encrypted output, and what computing it took: in all, and of one core."""

    content: bytes
    seconds: float
    core_seconds: float


def load_keys(pk: uuid.UUID, content: bytes) -> str:
    """Check evaluation keys, keep them ready, and return the name of their parameters.

    Raises ProblemError 413, 422 or 503.
    """
    with _running() as process:
        head, _body = _asked(process, {"op": "keys", "keys": str(pk)}, content)
    return str(head["parameters"])


def evaluate(
    estimator: str, content: bytes, pk: uuid.UUID, keys_content: Callable[[], bytes]
) -> Evaluated:
    """Return the encrypted output of an estimator for an encrypted row.

    ``keys_content`` is called where the process does not hold the keys any more. Raises
    ProblemError 413, 422 or 503.
    """
    question = {"op": "evaluate", "estimator": estimator, "keys": str(pk)}
    with _running() as process:
        head, body = _asked(process, question, content)
        if head.get("needs_keys"):
            _asked(process, {"op": "keys", "keys": str(pk)}, keys_content())
            head, body = _asked(process, question, content)
    return Evaluated(body, head["seconds"], head["core_seconds"])


def busy() -> ProblemError:
    """Return the refusal of who would wait too long."""
    message = _("Encrypted scoring is busy. Try again in a minute.")
    return ProblemError("busy", message, status=503)


def stop() -> None:
    """End the process, if there is one."""
    global _process  # noqa: PLW0603  # the one process of this web process
    if _process is not None:
        _process.end()
        _process = None


@contextmanager
def _running() -> Iterator[ChildProcess]:
    """Give the process to one caller. Raises ProblemError 503 where others take too long."""
    global _process  # noqa: PLW0603  # as above
    if not _lock.acquire(timeout=WAIT_S):
        raise busy()
    try:
        if _process is None or not _process.is_alive:
            _process = ChildProcess(MODULE, [str(ARTIFACTS_DIR)])
        yield _process
    except PipeClosedError as error:
        logger.warning("encrypted_scoring_process_lost")
        stop()
        message = _("This could not be computed; nothing was kept. Try again.")
        raise ProblemError("evaluation_lost", message, status=503) from error
    finally:
        _lock.release()


def _asked(process: ChildProcess, head: dict[str, str], body: bytes) -> tuple[dict, bytes]:  # type: ignore[type-arg]  # a JSON object
    answer, content = process.ask(head, body, timeout_s=ANSWER_S)
    if "error" in answer:
        status = STATUS.get(answer["error"], UNREADABLE)
        raise ProblemError(answer["error"], answer["message"], status=status)
    return answer, content

"""A round trip on a made-up applicant, to be looked at: the client is a process of its own."""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.privacy.homomorphic.estimator import Estimator, read_outputs
from scoring.privacy.homomorphic.frames import PipeClosedError
from scoring.privacy.homomorphic.parameters import Parameters, published
from scoring.privacy.homomorphic.process import ChildProcess
from scoring.services import encrypted_process, encrypted_scores
from scoring.services.encrypted_process import Evaluated

CLIENT = "scoring.privacy.homomorphic.client.round_trip"
CLIENT_S = 60.0
SHOWN_BYTES = 24
DECIMALS = 3

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that passed through the server's hands: its size and its first bytes."""

    size_bytes: int
    first: str

    @classmethod
    def of(cls, content: bytes) -> "Seen":
        # Behind the header of SEAL or of the key file, which is the same for everybody.
        return cls(len(content), content[SHOWN_BYTES : 2 * SHOWN_BYTES].hex(" "))


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What happened. ``seconds`` names the client's steps; ``error_below`` is a power of ten."""

    estimator: Estimator
    parameters: Parameters
    keys: Seen
    row: Seen
    answer: Seen
    probability: float
    credit_class: int
    points: int | None
    plain_probability: float
    error_below: float
    seconds: Mapping[str, float]
    evaluate_s: float
    evaluate_core_s: float


def run(estimator_name: str, row: Mapping[str, str], *, officer: Officer) -> RoundTrip:
    """Have a made-up row encrypted, evaluated and decrypted. Raises ProblemError 404 or 503."""
    if not can(officer, Capability.VIEW_PRIVACY):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    estimator = encrypted_scores.estimators().get(estimator_name)
    if estimator is None:
        message = _("There is no such estimator for encrypted rows.")
        raise ProblemError("estimator_not_found", message, status=404)
    # In the clear, because the row is made up: only so can the page say how exact the answer is.
    plain = estimator.plain_outputs(estimator.encoder.encode(row)[None, :])
    try:
        with _turn(), ChildProcess(CLIENT) as client:
            client.send(
                {"estimator": estimator.public(), "row": row, "plain_output": float(plain[0])}
            )
            seen, evaluated, told = _passed_on(client, estimator)
    except PipeClosedError as error:
        message = _("The client's process ended before it had an answer. Try again.")
        raise ProblemError("client_lost", message, status=503) from error
    audit.record("encrypted_round_trip.shown", actor=officer, estimator=estimator_name)
    return RoundTrip(
        estimator=estimator, parameters=published(estimator.parameters), **seen, **told["answer"],
        plain_probability=round(float(read_outputs(estimator.public(), plain)[0]), DECIMALS),
        error_below=told["error_below"], seconds=told["seconds"],
        evaluate_s=evaluated.seconds, evaluate_core_s=evaluated.core_seconds,
    )  # fmt: skip


@contextmanager
def _turn() -> Iterator[None]:
    """Let one client at a time make keys, which takes a core and much memory.

    Raises ProblemError 503 where others take too long.
    """
    if not _lock.acquire(timeout=encrypted_process.WAIT_S):
        raise encrypted_process.busy()
    try:
        yield
    finally:
        _lock.release()


def _passed_on(
    client: ChildProcess, estimator: Estimator
) -> tuple[dict[str, Seen], Evaluated, dict[str, Any]]:
    """Carry keys, row and answer between client and evaluating process, as HTTP would."""
    pk = uuid.uuid4()
    _head, keys = client.receive(CLIENT_S)
    encrypted_process.load_keys(pk, keys)
    _head, row = client.receive(CLIENT_S)
    evaluated = encrypted_process.evaluate(estimator.name, row, pk, lambda: keys)
    client.send({}, evaluated.content)
    told, _body = client.receive(CLIENT_S)
    seen = {"keys": Seen.of(keys), "row": Seen.of(row), "answer": Seen.of(evaluated.content)}
    return seen, evaluated, told

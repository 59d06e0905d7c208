"""Scores on encrypted rows: which estimators there are, and evaluating one for a client's keys."""

import uuid
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.engine.artifacts import ArtifactEntry, read_manifest, verified_bytes
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy.homomorphic.estimator import Estimator, parse_estimator
from scoring.privacy.homomorphic.limits import MAX_REQUEST_BYTES
from scoring.privacy.homomorphic.parameters import published
from scoring.services import encrypted_process, evaluation_keys
from scoring.services.encrypted_process import Evaluated

ROLE = "encrypted"


def estimators() -> dict[str, Estimator]:
    """Return the estimators that take encrypted rows, by name."""
    entries = [each for each in read_manifest(ARTIFACTS_DIR).values() if each.role == ROLE]
    return {entry.name: _estimator(entry) for entry in entries}


def estimator_list() -> list[dict[str, Any]]:
    """Return what a client needs of each: encoder, parameters, sha256; not the weights."""
    entries = read_manifest(ARTIFACTS_DIR)
    return [_listed(estimator, entries[name]) for name, estimator in estimators().items()]


def evaluate(estimator: str, content: bytes, keys: uuid.UUID, *, officer: Officer) -> Evaluated:
    """Return the encrypted output for an encrypted row; neither is kept.

    Raises ProblemError 404 for an unknown estimator or keys, 410 for keys that expired, 413, 422 or
    503.
    """
    if not can(officer, Capability.SCORE_BATCHES):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    entry = read_manifest(ARTIFACTS_DIR).get(estimator)
    if entry is None or entry.role != ROLE:
        message = _("There is no such estimator for encrypted rows.")
        raise ProblemError("estimator_not_found", message, status=404)
    check_size(len(content))
    used = evaluation_keys.usable(keys, officer)
    evaluated = encrypted_process.evaluate(
        estimator, content, used.pk, lambda: evaluation_keys.content_of(used)
    )
    audit.record("encrypted_row.evaluated", actor=officer, obj=used, estimator=entry.sha256)
    return evaluated


def check_size(size_bytes: int) -> None:
    """Raise ProblemError 413 for more bytes than a request may have."""
    if size_bytes > MAX_REQUEST_BYTES:
        message = _("A request holds at most %(limit)d MB.")
        raise ProblemError("too_large", message % {"limit": MAX_REQUEST_BYTES / 1e6}, status=413)


@lru_cache(maxsize=16)
def _estimator(entry: ArtifactEntry) -> Estimator:
    return parse_estimator(verified_bytes(entry, ARTIFACTS_DIR))


def _listed(estimator: Estimator, entry: ArtifactEntry) -> dict[str, Any]:
    parameters = published(estimator.parameters)
    return estimator.public() | {
        "version": entry.version,
        "sha256": entry.sha256,
        "ring_degree": parameters.degree,
        "modulus_bits": list(parameters.modulus_bits),
        "scale_bits": parameters.input_bits,
    }

"""Evaluation keys: taken in checked and sealed, opened for the evaluating process, removed."""

import hashlib
import uuid
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.sealing import SealedReader, SealedWriter, new_data_key, unwrap_key, wrap_key
from applicants.services import audit
from applicants.services.stores import store_at
from scoring.models import EvaluationKeys
from scoring.privacy.homomorphic.limits import KEY_DAYS, MAX_KEY_BYTES
from scoring.services import encrypted_process


def take_in(content: bytes, *, officer: Officer) -> EvaluationKeys:
    """Keep the keys for 30 days, in the place of this officer's earlier ones for the parameters.

    Raises ProblemError 413 for too much, 422 for what are no evaluation keys or holds a secret key.
    """
    if not can(officer, Capability.SCORE_BATCHES):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    check_size(len(content))
    keys = EvaluationKeys(
        id=uuid.uuid4(), created_by=officer, size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        expires_at=timezone.now() + timedelta(days=KEY_DAYS),
    )  # fmt: skip
    keys.parameters = encrypted_process.load_keys(keys.pk, content)
    keys.data_key = wrap_key(settings.MEDIA_KEY, new_data_key(), _context(keys))
    _seal(keys, content)
    try:
        _store_row(keys, officer)
    except BaseException:
        store_at(settings.MEDIA_STORAGE_URL).remove(_file_key(keys))
        raise
    return keys


def check_size(size_bytes: int) -> None:
    """Raise ProblemError 413 for more bytes than evaluation keys have, 422 for none."""
    if size_bytes <= 0:
        raise ProblemError("malformed", _("There are no evaluation keys in this request."),
                           status=422)  # fmt: skip
    if size_bytes > MAX_KEY_BYTES:
        message = _("Evaluation keys have at most %(limit)d MB.")
        raise ProblemError("too_large", message % {"limit": MAX_KEY_BYTES / 1e6}, status=413)


@transaction.atomic
def _store_row(keys: EvaluationKeys, officer: Officer) -> None:
    # The lock keeps two uploads of one officer from both being the one in use.
    Officer.objects.select_for_update().get(pk=officer.pk)
    earlier = EvaluationKeys.objects.filter(
        created_by=officer, parameters=keys.parameters, removed_at__isnull=True
    )
    for replaced in earlier:
        remove(replaced, cause="replaced")
    keys.save(force_insert=True)
    audit.record(
        "evaluation_keys.received", actor=officer, obj=keys, parameters=keys.parameters,
        sha256=keys.sha256, size_bytes=keys.size_bytes,
    )  # fmt: skip


def usable(pk: uuid.UUID, officer: Officer) -> EvaluationKeys:
    """Return the officer's own keys. Raises ProblemError 404 or 410."""
    keys = EvaluationKeys.objects.filter(pk=pk, created_by=officer).first()
    if keys is None:
        message = _("There are no such evaluation keys of yours. Upload them first.")
        raise ProblemError("keys_not_found", message, status=404)
    if not keys.is_usable:
        message = _("These evaluation keys have expired or were replaced. Upload them again.")
        raise ProblemError("keys_expired", message, status=410)
    return keys


def content_of(keys: EvaluationKeys) -> bytes:
    """Return the file. Raises ProblemError 410 where it was removed."""
    try:
        with store_at(settings.MEDIA_STORAGE_URL).reading(_file_key(keys)) as file:
            reader = SealedReader(file, _data_key(keys), _context(keys))
            return reader.read_range(0, reader.size)
    except FileNotFoundError as error:
        message = _("These evaluation keys have expired or were replaced. Upload them again.")
        raise ProblemError("keys_expired", message, status=410) from error


@transaction.atomic
def remove(keys: EvaluationKeys, *, cause: str, officer: Officer | None = None) -> None:
    """Destroy the file and its key; what was kept, and how long, stays on record."""
    keys.removed_at, keys.data_key = timezone.now(), None
    keys.save(update_fields=["removed_at", "data_key"])
    audit.record("evaluation_keys.removed", actor=officer, obj=keys, cause=cause)
    key = _file_key(keys)
    transaction.on_commit(lambda: store_at(settings.MEDIA_STORAGE_URL).remove(key))


def remove_expired() -> int:
    """Remove all keys whose time is over; return how many."""
    expired = EvaluationKeys.objects.filter(removed_at__isnull=True, expires_at__lte=timezone.now())
    for keys in expired:
        remove(keys, cause="expired")
    return len(expired)


def _seal(keys: EvaluationKeys, content: bytes) -> None:
    def fill(target: BinaryIO) -> None:
        with SealedWriter(target, _data_key(keys), _context(keys)) as writer:
            writer.write(content)

    store_at(settings.MEDIA_STORAGE_URL).write(_file_key(keys), fill)


def _data_key(keys: EvaluationKeys) -> bytes:
    if keys.data_key is None:
        raise FileNotFoundError(str(keys.pk))
    return unwrap_key(settings.MEDIA_KEY, bytes(keys.data_key), _context(keys))


def _context(keys: EvaluationKeys) -> str:
    return f"evaluationkeys/{keys.pk}"


def _file_key(keys: EvaluationKeys) -> str:
    return f"{keys.pk.hex}-evaluation-keys"

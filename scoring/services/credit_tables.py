"""Tables of past loans: taken in sealed, read into a profile, given to a training, deleted."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.sealing import SealedReader, SealedWriter, new_data_key, unwrap_key, wrap_key
from applicants.services import audit
from applicants.services.stores import Store, store_at
from applicants.services.workdirs import private_workdir
from scoring.models import CreditTable, TrainingRun
from scoring.services import background

KEY_BYTES = 16
LONGEST_NAME = 120


def take_in(file: UploadedFile, *, licence: str, officer: Officer) -> CreditTable:
    """Seal an uploaded file and queue its profile. Raises ProblemError for what cannot be a table.

    The caller rings for the worker.
    """
    _check_right(officer)
    if not file.size:
        raise ProblemError("empty", _("The file is empty."), fields={"file": _("It is empty.")})
    if file.size > settings.TABLE_MAX_BYTES:
        mib = settings.TABLE_MAX_BYTES // 1024**2
        text = _("The file is larger than %(mib)d MiB.") % {"mib": mib}
        raise ProblemError("too_large", text, fields={"file": text}, status=413)
    table = CreditTable(
        name=_plain_name(file.name or ""), licence=licence.strip(), uploaded_by=officer
    )
    table.data_key = wrap_key(settings.MEDIA_KEY, new_data_key(), _context(table))
    table.file_key = secrets.token_hex(KEY_BYTES)
    table.sha256, table.size_bytes = _seal(table, file)
    try:
        with transaction.atomic():
            background.queue(table)
            audit.record(
                "credit_table.uploaded", actor=officer, obj=table, sha256=table.sha256,
                size_bytes=table.size_bytes,
            )  # fmt: skip
    except BaseException:
        _store().remove(table.file_key)
        raise
    return table


def _seal(table: CreditTable, file: UploadedFile) -> tuple[str, int]:
    digest, size_bytes = hashlib.sha256(), 0

    def fill(target: BinaryIO) -> None:
        nonlocal size_bytes
        with SealedWriter(target, _data_key(table), _file_context(table)) as writer:
            for part in file.chunks():
                digest.update(part)
                size_bytes += writer.write(part)

    _store().write(table.file_key, fill)
    return digest.hexdigest(), size_bytes


@contextmanager
def unsealed(table: CreditTable) -> Iterator[Path]:
    """Give the table as a file in a private folder that is gone at the end, whatever happens.

    Raises ProblemError where it was deleted.
    """
    if table.data_key is None:
        raise ProblemError("table_deleted", _("The table was deleted."), status=409)
    with private_workdir(table.size_bytes) as folder:
        path = folder / table.name
        with _store().reading(table.file_key) as file, path.open("wb") as target:
            sealed = SealedReader(file, _data_key(table), _file_context(table))
            for part in sealed.iterate():
                target.write(part)
        yield path


def keep_profile(held: background.Claim, profile: dict[str, Any]) -> None:
    """Keep what the table holds. Raises WorkLostError for a stale worker."""
    background.finish(held, background.State.DONE, profile=profile, rows=profile["rows"])


def delete(table: CreditTable, *, officer: Officer) -> None:
    """Destroy the key and the file; name, size, digest and the figures of trainings stay.

    Raises ProblemError while a training reads the table.
    """
    _check_right(officer)
    _destroy(table, officer=officer, cause="asked")


def expire(table: CreditTable) -> bool:
    """Do the same once the time of a table is over; False where a training reads it again."""
    try:
        _destroy(table, officer=None, cause="expired")
    except ProblemError:
        return False
    return True


def _destroy(table: CreditTable, *, officer: Officer | None, cause: str) -> None:
    with transaction.atomic():
        table = CreditTable.objects.select_for_update().get(pk=table.pk)
        if table.runs.filter(state__in=TrainingRun.OPEN_STATES).exists():
            raise ProblemError(
                "table_in_use", _("A training reads this table; cancel it first."), status=409
            )
        key, table.file_key, table.data_key = table.file_key, "", None
        table.profile = {}
        table.deleted_at = table.deleted_at or timezone.now()
        if table.is_open:
            table.state = table.State.CANCELLED
        table.save()
        audit.record(
            "credit_table.deleted", actor=officer, obj=table, sha256=table.sha256, cause=cause
        )
    if key:
        _store().remove(key)


def _check_right(officer: Officer) -> None:
    if not can(officer, Capability.TRAIN_ESTIMATORS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))


def _plain_name(name: str) -> str:
    """Return the last part of a file name, without what no file name should hold."""
    kept = "".join(each for each in PurePath(name).name if each.isprintable() and each not in "/\\")
    suffix = PurePath(kept).suffix[:12]
    return (kept.removesuffix(suffix)[: LONGEST_NAME - len(suffix)] or "table") + suffix


def _store() -> Store:
    return store_at(settings.MEDIA_STORAGE_URL)


def _context(table: CreditTable) -> str:
    return f"credittable/{table.pk}"


def _file_context(table: CreditTable) -> str:
    return f"{table.pk}/{table.file_key}"


def _data_key(table: CreditTable) -> bytes:
    return unwrap_key(settings.MEDIA_KEY, bytes(table.data_key or b""), _context(table))

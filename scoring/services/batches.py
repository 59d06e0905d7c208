"""Batches from the person's side: sending a file, cancelling, and removing what was kept."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from pathlib import PurePath

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.batches.header import BatchFileError
from scoring.batches.pieces import Limits, csv_pieces
from scoring.models import BatchChunk, BatchJob
from scoring.services import batch_files, estimators
from scoring.services import policy as policies
from scoring.services.estimators_used import deciding_models

logger = structlog.get_logger(__name__)

PARQUET_HEAD, GZIP_HEAD, ZIP_HEAD = b"PAR1", b"\x1f\x8b", b"PK\x03\x04"
MEGABYTE = 1000**2
State, Format = BatchJob.State, BatchJob.Format


def accept(content: Iterable[bytes], *, name: str, size_bytes: int, officer: Officer) -> BatchJob:
    """Keep a file and return its batch, which waits for a worker.

    The same file sent again while it is being scored gives the batch that is there. Raises
    ProblemError 413, 422, 429 or 507 where the file cannot be taken.
    """
    if not can(officer, Capability.SCORE_BATCHES):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    check_size(size_bytes)
    _check_open_batches(officer)
    parts = iter(content)
    head = next(parts, b"")
    job = BatchJob(
        id=uuid.uuid4(), created_by=officer, branch=officer.branch, name=_short(name),
        format=_format(head), language=get_language() or "en",
        expires_at=timezone.now() + timedelta(days=settings.BATCH_RETENTION_DAYS),
        policy=policies.active(), models_used=deciding_models(estimators.in_force()),
    )  # fmt: skip
    job.data_key = batch_files.new_key(job)
    kept = batch_files.keep(job, batch_files.INPUT, chain([head], parts))
    job.size_bytes, job.sha256 = kept.size_bytes, kept.sha256
    try:
        _check_header(job)
        return _store(job, officer)
    except ProblemError:
        batch_files.remove(job, [batch_files.INPUT])
        raise


def check_size(size_bytes: int) -> None:
    """Raise ProblemError 413 or 422 where a file of this size is not taken."""
    if size_bytes <= 0:
        raise ProblemError("empty_file", _("The file is empty."), status=422)
    if size_bytes > settings.BATCH_MAX_BYTES:
        raise ProblemError(
            "too_large",
            _("The file has %(size)d MB; at most %(limit)d MB can be taken. Divide it, or compress "
              "it with gzip.")
            % {"size": size_bytes / MEGABYTE, "limit": settings.BATCH_MAX_BYTES / MEGABYTE},
            status=413,
        )  # fmt: skip


def _check_open_batches(officer: Officer) -> None:
    is_open = BatchJob.objects.filter(created_by=officer, state__in=BatchJob.OPEN_STATES)
    if is_open.count() >= settings.BATCHES_OPEN_PER_OFFICER:
        raise ProblemError(
            "too_many_batches",
            _("You have %(limit)d batches that are not finished. Wait for one, or cancel one.")
            % {"limit": settings.BATCHES_OPEN_PER_OFFICER},
            status=429,
        )


def _format(head: bytes) -> str:
    """Tell the format by the first bytes, not by the name."""
    if head.startswith(ZIP_HEAD):
        raise ProblemError(
            "unreadable",
            _("This is an Excel or ZIP file. Save the sheet as “CSV UTF-8” and send that."),
            status=422,
        )
    if head.startswith(PARQUET_HEAD):
        return Format.PARQUET
    return Format.CSV_GZ if head.startswith(GZIP_HEAD) else Format.CSV


def _check_header(job: BatchJob) -> None:
    """Refuse at once a CSV file without a column that is known; a worker reads Parquet."""
    if job.format == Format.PARQUET:
        return
    with batch_files.reading(job, batch_files.INPUT) as file:
        try:
            csv_pieces(file, limits(), is_gzip=job.format == Format.CSV_GZ)
        except BatchFileError as error:
            raise ProblemError("unreadable", str(error), status=422) from error


def limits() -> Limits:
    return Limits(rows=settings.BATCH_MAX_ROWS, characters=settings.BATCH_MAX_CHARACTERS)


@transaction.atomic
def _store(job: BatchJob, officer: Officer) -> BatchJob:
    # The lock lets the second of two equal requests see the first one's batch.
    Officer.objects.select_for_update().get(pk=officer.pk)
    same = BatchJob.objects.filter(
        created_by=officer, sha256=job.sha256, state__in=BatchJob.OPEN_STATES
    ).first()
    if same is not None:
        batch_files.remove(job, [batch_files.INPUT])
        return same
    job.save(force_insert=True)
    audit.record(
        "batch.received", actor=officer, obj=job, sha256=job.sha256, size_bytes=job.size_bytes,
        policy=job.policy.version,
    )  # fmt: skip
    return job


def _short(name: str) -> str:
    plain = "".join(each for each in PurePath(name).name if each.isprintable())
    return plain[-200:] or _("batch")


def cancel(job: BatchJob, *, officer: Officer) -> BatchJob:
    """Stop a batch; what was scored of it is removed with the rest. Raises ProblemError 409."""
    with transaction.atomic():
        current = BatchJob.objects.select_for_update(of=["self"]).get(pk=job.pk)
        if not current.is_open:
            raise ProblemError("batch_ended", _("This batch has already ended."), status=409)
        _end(current, State.CANCELLED)
        audit.record("batch.cancelled", actor=officer, obj=current)
    return remove_files(current, officer=officer)


def remove_files(job: BatchJob, *, officer: Officer | None = None) -> BatchJob:
    """Destroy the key, then the files. The record of who scored how many rows, and how, stays."""
    with transaction.atomic():
        current = BatchJob.objects.select_for_update(of=["self"]).get(pk=job.pk)
        if current.is_open:
            raise ProblemError(
                "batch_open", _("This batch is being scored; cancel it first."), status=409
            )
        names = list(_file_names(current))
        if current.has_files:
            current.data_key, current.removed_at = None, timezone.now()
            current.save(update_fields=["data_key", "removed_at"])
            audit.record("batch.removed", actor=officer, obj=current)
        current.chunks.all().delete()
    batch_files.remove(current, names)
    return current


def fail(job: BatchJob, error: str) -> None:
    """End a batch that cannot be scored; call it within a transaction that holds the row."""
    _end(job, State.FAILED, error=error)
    audit.record("batch.failed", obj=job)


def _end(job: BatchJob, state: str, *, error: str = "") -> None:
    job.state, job.error, job.finished_at, job.lease_until = state, error, timezone.now(), None
    job.save(update_fields=["state", "error", "finished_at", "lease_until"])


def _file_names(job: BatchJob) -> Iterator[str]:
    yield from (batch_files.INPUT, batch_files.WHOLE_RESULT)
    for position in BatchChunk.objects.filter(job=job).values_list("position", flat=True):
        for kind in (batch_files.PIECE, batch_files.RESULT, batch_files.REFUSED):
            yield batch_files.name_of(kind, position)


def remove_expired() -> int:
    """Remove the files of batches whose time is over; return how many."""
    over = BatchJob.objects.filter(expires_at__lt=timezone.now(), removed_at=None)
    expired = list(over.exclude(state__in=BatchJob.OPEN_STATES))
    for job in expired:
        remove_files(job)
    if expired:
        logger.info("expired_batches_removed", count=len(expired))
    return len(expired)

"""Handing out the result of a batch and its refused rows, piece by piece."""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.services import audit
from scoring.batches.scored import REFUSED_COLUMNS, RESULT_COLUMNS
from scoring.models import BatchJob
from scoring.services import batch_files
from scoring.services.batch_files import READ_BYTES, REFUSED, RESULT, name_of

MEDIA_TYPES = {
    BatchJob.Format.CSV: "text/csv; charset=utf-8",
    BatchJob.Format.CSV_GZ: "application/gzip",
    BatchJob.Format.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out, never in memory as a whole."""

    name: str
    media_type: str
    parts: Iterator[bytes]


def result(job: BatchJob, *, officer: Officer) -> Download:
    """Return the scores in the format of the file that was sent. Raises ProblemError 404, 409."""
    _check(job)
    audit.record("batch.result_fetched", actor=officer, obj=job)
    kind = BatchJob.Format(job.format)
    if kind == BatchJob.Format.PARQUET:
        parts = _whole(job)
    elif kind == BatchJob.Format.CSV_GZ:
        # Members of gzip one after the other are one gzip file (RFC 1952, section 2.2).
        parts = _pieces(job, RESULT, RESULT_COLUMNS, is_packed=True)
    else:
        parts = _pieces(job, RESULT, RESULT_COLUMNS, is_packed=False)
    return Download(f"scores-{job.pk}.{job.format}", MEDIA_TYPES[kind], parts)


def refused(job: BatchJob, *, officer: Officer) -> Download:
    """Return the refused rows as CSV: number, reference, column, reason."""
    _check(job)
    audit.record("batch.refused_fetched", actor=officer, obj=job)
    parts = _pieces(job, REFUSED, REFUSED_COLUMNS, is_packed=False)
    return Download(f"refused-{job.pk}.csv", MEDIA_TYPES[BatchJob.Format.CSV], parts)


def _check(job: BatchJob) -> None:
    if not job.has_files:
        raise ProblemError("batch_removed", _("The files of this batch were removed."), status=410)
    if not job.is_done:
        raise ProblemError("batch_not_done", _("This batch has no result yet."), status=409)


def _whole(job: BatchJob) -> Iterator[bytes]:
    with batch_files.reading(job, batch_files.WHOLE_RESULT) as file:
        while part := file.read(READ_BYTES):
            yield part


def _pieces(
    job: BatchJob, kind: str, columns: tuple[str, ...], *, is_packed: bool
) -> Iterator[bytes]:
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(columns)
    first = header.getvalue().encode()
    yield gzip.compress(first, mtime=0) if is_packed else first
    for position in job.chunks.order_by("position").values_list("position", flat=True):
        with batch_files.reading(job, name_of(kind, position)) as file:
            part = file.read()
        yield part if is_packed else gzip.decompress(part)

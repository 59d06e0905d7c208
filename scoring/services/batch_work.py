"""Batches from the worker's side: reading a file into pieces, scoring them, writing the result.

Each step may run twice, or end in the middle: what it wrote it writes over, and what the rows say
is done stays done. Nothing here holds more than some pieces in memory.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from applicants.services import audit, restrictions
from scoring.batches.header import BatchFileError, Header
from scoring.batches.parquet_result import ParquetResult
from scoring.batches.pieces import Piece, csv_pieces, parquet_pieces
from scoring.batches.scored import score_piece
from scoring.engine.artifacts import load_estimators
from scoring.models import BatchChunk, BatchJob
from scoring.services import batch_claims, batch_files, batches, estimators
from scoring.services.batch_claims import LostError, holding
from scoring.services.batch_files import PIECE, REFUSED, RESULT, name_of
from scoring.services.estimators_used import deciding_models

State, ChunkState = BatchJob.State, BatchChunk.State


def advance(job_id: object) -> None:
    """Do the step of a batch that is due and not its pieces': read the file or write the result."""
    rows = BatchJob.objects.filter(pk=job_id)
    try:
        to_read = rows.filter(state__in=[State.RECEIVED, State.READING])
        if job := batch_claims.take(to_read, State.READING):
            _read(job)
        elif job := batch_claims.take(rows.filter(state=State.WRITING), State.WRITING):
            _write(job)
    except (LostError, batch_files.RemovedError):
        return  # cancelled, or another worker has it


# --- reading --------------------------------------------------------------------------------------


def _read(job: BatchJob) -> None:
    with translation.override(job.language), batch_files.reading(job, batch_files.INPUT) as file:
        try:
            if job.format == BatchJob.Format.PARQUET:
                header, pieces = parquet_pieces(file, batches.limits())
            else:
                is_gzip = job.format == BatchJob.Format.CSV_GZ
                header, pieces = csv_pieces(file, batches.limits(), is_gzip=is_gzip)
            _begin(job, header)
            rows = _divide(job, pieces)
            if not rows:
                raise BatchFileError(_("The file has a header and no rows."))
        except BatchFileError as error:
            with holding(job) as current:
                batches.fail(current, str(error))
            return
    with holding(job) as current:
        current.state, current.lease_until, current.attempt = State.SCORING, None, 0
        current.save(update_fields=["state", "lease_until", "attempt"])
    batch_files.remove(job, [batch_files.INPUT])


def _begin(job: BatchJob, header: Header) -> None:
    with holding(job) as current:
        current.columns, current.delimiter = list(header.columns), header.delimiter
        current.warnings, current.started_at = list(header.warnings), timezone.now()
        current.rows = 0
        current.save(update_fields=["columns", "delimiter", "warnings", "started_at", "rows"])


def _divide(job: BatchJob, pieces: Iterator[Piece]) -> int:
    """Keep each piece under its position; a piece that is there from an earlier try stays."""
    total = 0
    for position, piece in enumerate(pieces):
        total += piece.rows
        if not job.chunks.filter(position=position).exists():
            batch_files.keep_text(job, name_of(PIECE, position), piece.text)
        try:
            _note(job, position, piece, total)
        except LostError:
            _forget_unless_kept(job, [name_of(PIECE, position)])
            raise
    return total


def _note(job: BatchJob, position: int, piece: Piece, total: int) -> None:
    with holding(job) as current:
        job.chunks.get_or_create(
            position=position, defaults={"first_row": piece.first_row, "rows": piece.rows}
        )
        current.rows = total
        current.save(update_fields=["rows"])


def _forget_unless_kept(job: BatchJob, names: list[str]) -> None:
    """Remove what was written after the files of the batch were removed; nobody could read it."""
    if not BatchJob.objects.filter(pk=job.pk, removed_at=None).exists():
        batch_files.remove(job, names)


# --- scoring --------------------------------------------------------------------------------------


def score_chunk(chunk_id: int) -> object | None:
    """Score one piece; return the batch whose next parts are due, None where nothing was done."""
    rows = BatchChunk.objects.filter(pk=chunk_id, job__state=State.SCORING)
    rows = rows.filter(state__in=[ChunkState.WAITING, ChunkState.RUNNING])
    chunk = batch_claims.take(rows, ChunkState.RUNNING)
    if chunk is None:
        return None
    job = BatchJob.objects.select_related("policy").get(pk=chunk.job_id)
    artifacts_dir = estimators.in_force()
    if job.models_used != deciding_models(artifacts_dir):
        _fail_for_other_models(job)
        return None
    try:
        _score(job, chunk, artifacts_dir)
    except (LostError, batch_files.RemovedError):
        _forget_unless_kept(job, [name_of(kind, chunk.position) for kind in (RESULT, REFUSED)])
        return None
    return job.pk


def _score(job: BatchJob, chunk: BatchChunk, artifacts_dir: Path) -> None:
    with translation.override(job.language):
        scored = score_piece(
            batch_files.text_of(job, name_of(PIECE, chunk.position)),
            columns=job.columns,
            delimiter=job.delimiter,
            first_row=chunk.first_row,
            refused_references=restrictions.restricted_numbers(),
            estimators=load_estimators(artifacts_dir),
            policy=job.policy.parsed,
        )
    batch_files.keep_text(job, name_of(RESULT, chunk.position), scored.result)
    batch_files.keep_text(job, name_of(REFUSED, chunk.position), scored.refused)
    with transaction.atomic():
        # The batch first, then its piece: every writer takes the two locks in this order.
        current = BatchJob.objects.select_for_update(of=["self"]).get(pk=job.pk)
        if current.state != State.SCORING:
            raise LostError(str(job.pk))
        with holding(chunk) as held:
            held.state, held.lease_until = ChunkState.DONE, None
            held.good, held.bad = scored.good, scored.bad
            held.save(update_fields=["state", "lease_until", "good", "bad"])
        current.good, current.bad = current.good + scored.good, current.bad + scored.bad
        current.save(update_fields=["good", "bad"])
        if not current.chunks.exclude(state=ChunkState.DONE).exists():
            _after_scoring(current)
    batch_files.remove(job, [name_of(PIECE, chunk.position)])


def _after_scoring(job: BatchJob) -> None:
    if job.format == BatchJob.Format.PARQUET:
        job.state, job.rung_at = State.WRITING, None
        job.save(update_fields=["state", "rung_at"])
    else:
        _finish(job)


def _finish(job: BatchJob) -> None:
    job.state, job.finished_at, job.lease_until = State.DONE, timezone.now(), None
    job.save(update_fields=["state", "finished_at", "lease_until"])
    audit.record(
        "batch.scored", obj=job, rows=job.rows, good=job.good, bad=job.bad,
        policy=job.policy.version, models=[each["sha256"] for each in job.models_used],
    )  # fmt: skip


def _fail_for_other_models(job: BatchJob) -> None:
    with translation.override(job.language), transaction.atomic():
        current = BatchJob.objects.select_for_update(of=["self"]).get(pk=job.pk)
        if current.is_open:
            batches.fail(
                current,
                _("Another estimator came into force while this file was being scored. Send the "
                  "file again, so that one estimator scores all of it."),
            )  # fmt: skip


# --- writing --------------------------------------------------------------------------------------


def _write(job: BatchJob) -> None:
    positions = list(job.chunks.order_by("position").values_list("position", flat=True))

    def texts() -> Iterator[str]:
        for position in positions:
            with holding(job):
                pass  # the lease is extended from piece to piece
            yield batch_files.text_of(job, name_of(RESULT, position))

    batch_files.write(job, batch_files.WHOLE_RESULT, ParquetResult(texts()).write_to)
    with holding(job) as current:
        _finish(current)


# --- what is due ----------------------------------------------------------------------------------


def due_chunks(job_id: object) -> list[int]:
    """Return the pieces to ring for, few at a time, so that other work comes in between."""
    with transaction.atomic():
        scoring = BatchJob.objects.filter(pk=job_id, state=State.SCORING)
        job = scoring.select_for_update(of=["self"]).first()
        if job is None:
            return []
        waiting, running = Q(state=ChunkState.WAITING), Q(state=ChunkState.RUNNING)
        is_rung = _is_rung()
        held = job.chunks.filter((waiting & is_rung) | (running & Q(lease_until__gte=Now())))
        free = settings.BATCH_CHUNKS_AT_ONCE - held.count()
        due = job.chunks.filter((waiting & ~is_rung) | (running & Q(lease_until__lt=Now())))
        ids = list(due.order_by("position").values_list("pk", flat=True)[: max(0, free)])
        job.chunks.filter(pk__in=ids).update(rung_at=Now())
        return ids


def due_jobs() -> list[object]:
    """Return the batches with a step of their own to do that no living worker holds."""
    steps = [State.RECEIVED, State.READING, State.WRITING]
    due = BatchJob.objects.filter(batch_claims.is_free(), ~_is_rung(), state__in=steps)
    ids = list(due.values_list("pk", flat=True))
    BatchJob.objects.filter(pk__in=ids).update(rung_at=Now())
    return ids


def _is_rung() -> Q:
    """Match parts for which the bell was rung so lately that their message may still wait."""
    return Q(rung_at__gte=Now() - timedelta(seconds=settings.BATCH_RING_AGAIN_S))


def scoring_jobs() -> list[object]:
    return list(BatchJob.objects.filter(state=State.SCORING).values_list("pk", flat=True))


def give_up() -> None:
    """End batches of which a part ended without a result as often as it may be tried."""
    spent = Q(attempt__gte=settings.BATCH_MAX_ATTEMPTS) & batch_claims.is_free()
    parts = BatchChunk.objects.filter(spent, state=ChunkState.RUNNING)
    stuck = Q(pk__in=parts.values("job")) | spent
    for job in BatchJob.objects.filter(stuck, state__in=BatchJob.OPEN_STATES):
        with translation.override(job.language), transaction.atomic():
            current = BatchJob.objects.select_for_update(of=["self"]).get(pk=job.pk)
            if current.is_open:
                batches.fail(current, _("The file could not be scored. Tell your administrator."))

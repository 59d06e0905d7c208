"""kill -9 of the worker in a batch: it goes on by itself, and each row is there once."""

from pathlib import Path

import pytest

from applicants.models import Officer
from scoring import dispatch
from scoring.models import BatchChunk, BatchJob
from scoring.services import batch_downloads, batches
from tests.faults.worker import Worker, wait_until
from tests.scoring.batches.files import csv_file, table

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
PATIENCE_S = 240
# Some pieces of ten thousand rows, so that the worker dies between or within two of them.
ROWS = 35_000


def _state(job: BatchJob) -> str:
    job.refresh_from_db()
    return job.state


def test_a_worker_killed_while_it_scores_a_batch(
    worker: Worker, tmp_path: Path, analyst: Officer
) -> None:
    content = csv_file(*({} for _ in range(ROWS)))
    job = batches.accept([content], name="a.csv", size_bytes=len(content), officer=analyst)
    dispatch.advance_batch(job)
    busy = BatchChunk.objects.filter(job=job, state__in=["running", "done"])
    wait_until(busy.exists, PATIENCE_S, "the first piece")
    worker.kill()
    assert _state(job) == "scoring"
    worker.start()
    wait_until(lambda: _state(job) == "done", PATIENCE_S, "the end of the batch")
    assert (job.rows, job.good, job.bad) == (ROWS, ROWS, 0)
    parts = batch_downloads.result(job, officer=analyst).parts
    rows = [int(row["row"]) for row in table(b"".join(parts))]
    assert rows == list(range(2, ROWS + 2))

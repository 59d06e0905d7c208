"""The only place that puts work of this app on the queue, once the rows are committed.

The rows stand whether or not the broker answers, and so does the officer's answer: what could not
be queued is logged, and the regular tasks catch up on it. Hence ``robust``.
"""

from collections.abc import Iterable
from datetime import date
from functools import partial

from celery import current_app
from django.db import transaction

from scoring import tasks
from scoring.models import BatchJob, BureauEnquiry, CreditTable, ScoreRevision, TrainingRun

# Named, not imported: the training code behind them is not for the web process.
PROFILE_TABLE = "scoring.training_tasks.profile_table"
TRAIN = "scoring.training_tasks.train"


def run_challengers(revision: ScoreRevision) -> None:
    """Run the challengers beside a new revision."""
    transaction.on_commit(lambda: tasks.run_challengers.delay(revision.pk), robust=True)


def ask_bureau(enquiry: BureauEnquiry) -> None:
    """Ask the credit bureau about an application."""
    ask_bureau_again([enquiry.pk])


def ask_bureau_again(enquiry_ids: Iterable[int]) -> None:
    """Ask the credit bureau what these enquiries ask."""
    for enquiry_id in enquiry_ids:
        transaction.on_commit(partial(tasks.ask_bureau.delay, enquiry_id), robust=True)


def rescore_open_applications(cause: str = ScoreRevision.Cause.POLICY_CHANGED) -> None:
    """Score every open application anew, after a policy or a model was put in force."""
    transaction.on_commit(lambda: tasks.rescore_open_applications.delay(str(cause)), robust=True)


def monitor(month: date) -> None:
    """Make the report of a month anew."""
    transaction.on_commit(lambda: tasks.monitor.delay(month.isoformat()), robust=True)


def profile_table(table: CreditTable) -> None:
    """Have a table read by the training worker."""
    _ring(PROFILE_TABLE, table.pk)


def train(run: TrainingRun) -> None:
    """Have a training done by the training worker."""
    _ring(TRAIN, run.pk)


def _ring(task: str, pk: object) -> None:
    transaction.on_commit(
        lambda: current_app.send_task(task, args=[str(pk)], retry=False), robust=True
    )


def advance_batch(job: BatchJob) -> None:
    """Read a batch that was just received."""
    advance_batches([job.pk])


def advance_batches(job_ids: Iterable[object]) -> None:
    """Do the steps of these batches that are due, other than scoring their pieces."""
    for job_id in job_ids:
        transaction.on_commit(partial(tasks.advance_batch.delay, str(job_id)), robust=True)


def score_batch_chunks(chunk_ids: Iterable[int]) -> None:
    """Score these pieces of batches."""
    for chunk_id in chunk_ids:
        transaction.on_commit(partial(tasks.score_batch_chunk.delay, chunk_id), robust=True)

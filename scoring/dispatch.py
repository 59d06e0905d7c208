"""The only place that puts work of this app on the queue, once the rows are committed."""

from functools import partial

from django.db import transaction

from scoring import tasks
from scoring.models import ScoreRevision


def run_challengers(revision: ScoreRevision) -> None:
    """Run the challengers beside a new revision."""
    transaction.on_commit(partial(tasks.run_challengers.delay, revision.pk))


def rescore_open_applications(cause: str = ScoreRevision.Cause.POLICY_CHANGED) -> None:
    """Score every open application anew, after a policy was put in force."""
    transaction.on_commit(partial(tasks.rescore_open_applications.delay, str(cause)))

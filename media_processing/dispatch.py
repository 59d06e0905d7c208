"""The only place that puts work into the queue, and only once the rows are committed.

Tasks are named, not imported, so that the tasks themselves can ring for the stage that follows.
"""

from collections.abc import Iterable
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)

RUN_STAGE = "media_processing.tasks.run_stage"


def ring(stage_ids: Iterable[int]) -> None:
    """Tell the workers that these stages wait for them, after the commit."""
    for stage_id in stage_ids:
        transaction.on_commit(partial(_send, stage_id))


def _send(stage_id: int) -> None:
    try:
        current_app.send_task(RUN_STAGE, args=[stage_id], retry=False)
    except OperationalError:
        # The row is queued; the next sweep rings again once the broker is back.
        logger.warning("broker_unreachable", stage=stage_id)

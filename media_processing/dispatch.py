"""The only place that puts work into the queue, and only once the rows are committed.

Tasks are named, not imported, so that the tasks themselves can ring for the stage that follows.
"""

from collections.abc import Iterable
from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from media_processing.models import Stage
from media_processing.models.job import StageName

logger = structlog.get_logger(__name__)

RUN_STAGE = "media_processing.tasks.run_stage"
# On a queue of its own, so that uploads never delay what people are saying now.
WATCH_LIVE = "media_processing.tasks.watch_live"
NO_STAGE = 0


def ring(stage_ids: Iterable[int]) -> None:
    """Tell the workers that these stages wait for them, after the commit."""
    wanted = list(stage_ids)
    live = Stage.objects.filter(pk__in=wanted, name=StageName.LIVE)
    watched = set(live.values_list("pk", flat=True)) if wanted else set()
    for stage_id in wanted:
        task = WATCH_LIVE if stage_id in watched else RUN_STAGE
        transaction.on_commit(partial(_send, task, stage_id))


def knock_live() -> None:
    """Send the live workers a message for no stage: who has worked it off is up and warm."""
    _send(WATCH_LIVE, NO_STAGE)


def _send(task: str, stage_id: int) -> None:
    try:
        current_app.send_task(task, args=[stage_id], retry=False)
    except OperationalError:
        # The row is queued; the next sweep rings again once the broker is back.
        logger.warning("broker_unreachable", stage=stage_id)

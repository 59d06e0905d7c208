"""A live worker loads its networks when it starts, not when the first applicant begins to speak."""

from typing import Any

import numpy as np
import structlog
from celery import current_app
from celery.signals import worker_process_init
from django.db import DatabaseError, connection

from media_processing.inference.manifest import WeightsError

LIVE_QUEUE = "live"
SPEECH_S = 4
SIZE_PX = 480

logger = structlog.get_logger(__name__)


@worker_process_init.connect
def prepare(**_signal: Any) -> None:
    """Warm a process of a worker that serves the live queue; a failure is the first task's."""
    if LIVE_QUEUE not in current_app.amqp.queues.consume_from:
        return
    try:
        warm_up()
    except (WeightsError, OSError, DatabaseError) as error:
        # The stage meets it again, and says it to the officer.
        logger.warning("live_worker_not_warm", error=type(error).__name__)
    finally:
        connection.close()


def warm_up() -> None:
    """Run every network of the live pass once over a picture and a sound that show nothing."""
    # Late: only a live worker loads what analyses media.
    from media_processing.analysis.subject import Subject
    from media_processing.analysis.vad import Segment
    from media_processing.modalities.face_watch import FRAME_RATE_HZ
    from media_processing.modalities.live_watch import LiveWatch
    from media_processing.modalities.voice import describe_speech, hear
    from media_processing.services import weights

    folder = weights.in_force()
    watch = LiveWatch(folder, {"face", "voice"}, Subject(face=()))
    noise = np.random.default_rng(0).normal(0, 0.1, SPEECH_S * 16_000)
    try:
        watch.picture(1 / FRAME_RATE_HZ, np.zeros((SIZE_PX, SIZE_PX, 3), np.uint8))
        watch.sound((noise[:, None] * 32_767).astype(np.int16))
        watch.take_new()
        hear(describe_speech(noise.astype(np.float32), [Segment(0.0, float(SPEECH_S))]), folder)
    finally:
        watch.close()

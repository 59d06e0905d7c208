"""The fused emotion history of a recording: made from its stored observations, never kept longer.

It is derived: ``observations.forget`` deletes it with any modality that it was made of, and only
the hand-over and the withdrawal of a consent make it again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from django.db import transaction

from media_processing.analysis.types import Observation
from media_processing.inference.fusion import emotion_history, history_json
from media_processing.models import EmotionHistory, Recording
from media_processing.models.job import MODALITY_STAGES
from media_processing.selectors import WEIGHTS_DIR
from media_processing.services import observations

logger = structlog.get_logger(__name__)


@transaction.atomic
def rebuild(recording: Recording, *, may_use_network: bool = True) -> None:
    """Replace the history by that of the observations as they stand; none gives none.

    The history is for display: where it cannot be made there is none, and the recording goes its
    way into the score, or what was withdrawn is erased.
    """
    EmotionHistory.objects.filter(recording=recording).delete()
    observed = [one for name in MODALITY_STAGES for one in observations.observed(recording, name)]
    if not observed or not recording.duration_s:
        return
    try:
        with transaction.atomic():
            _make(recording, observed, may_use_network=may_use_network)
    except Exception:  # no fault of a picture may hold up a score or an erasure
        logger.exception("no_emotion_history", recording=str(recording.pk))


def _make(recording: Recording, observed: Sequence[Observation], *, may_use_network: bool) -> None:
    made = emotion_history(
        observed, recording.duration_s or 0.0, WEIGHTS_DIR, may_use_network=may_use_network
    )
    if len(made):
        EmotionHistory.objects.create(
            recording=recording,
            method=made.method,
            network_version=made.entry.version,
            network_sha256=made.entry.sha256,
            content=history_json(made),
        )


@contextmanager
def rebuilt_without_network(recording: Recording) -> Iterator[None]:
    """Make the history again of what is left after the block, where there was one before it.

    Runs where consent is taken, in the web process: there the product of experts stands in for a
    network.
    """
    had_one = EmotionHistory.objects.filter(recording=recording).exists()
    yield
    if had_one:
        rebuild(recording, may_use_network=False)

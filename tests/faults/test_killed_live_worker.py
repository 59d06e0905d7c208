"""kill -9 of the worker in the middle of an interview: the next one goes on, nothing twice."""

from itertools import pairwise

import pytest

from applicants.models import Officer
from media_processing import dispatch
from media_processing.demo_media.takes import MEDIA_TYPE
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveProgress,
    LiveTake,
    Observation,
)
from media_processing.services.live import capture, chunks
from tests.faults.worker import Worker, wait_until
from tests.media_processing.live_pieces import confirm_everybody, interview

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
PATIENCE_S = 240


def _send(take: LiveTake, first: int, last: int) -> None:
    for number in range(first, last):
        take.refresh_from_db()
        piece = interview(8.0)[number]
        _next, due = chunks.add_chunk(take, number, piece.content, t_end_s=piece.t_end_s)
        dispatch.ring(due)


def _horizon(live: LiveCapture) -> float:
    horizons = LiveProgress.objects.get(live=live).horizons
    return min((float(horizons.get(name, 0.0)) for name in ("face", "voice")), default=0.0)


def test_a_worker_killed_while_people_talk(
    worker: Worker, session: CaptureSession, officer: Officer
) -> None:
    live = capture.open_capture(officer, session, kind="interview")
    take = chunks.begin_take(live, media_type=MEDIA_TYPE, client="tab one")
    _send(take, 0, 4)
    confirm_everybody(live, officer)
    faces = Observation.objects.filter(recording=live.recording, modality="face")
    wait_until(lambda: _horizon(live) > 3.0 and faces.count() > 10, PATIENCE_S, "the first rows")
    worker.kill()
    before = set(faces.values_list("t_start_s", flat=True))
    worker.start()
    _send(take, 4, 6)
    wait_until(lambda: _horizon(live) > 5.0, PATIENCE_S, "the next worker")
    _send(take, 6, 8)
    wait_until(lambda: _horizon(live) > 7.0, PATIENCE_S, "the end of the talk")
    starts = sorted(faces.values_list("t_start_s", flat=True))
    assert before <= set(starts)
    assert len(starts) == len(set(starts))
    # The subject was confirmed once: the next worker knows whom it watches.
    assert max(starts) > 6.5
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert max(gaps) < 0.45
    voice = Observation.objects.filter(recording=live.recording, modality="voice")
    voiced = list(voice.values_list("t_start_s", flat=True))
    assert len(voiced) == len(set(voiced)) >= 3
    assert live.recording.job.stages.get(name="live").fence >= 2

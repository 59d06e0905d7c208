"""SIGTERM in the middle of an interview: the worker ends at once, the next one goes on."""

import pytest

from applicants.models import Officer
from media_processing import dispatch
from media_processing.demo_media.takes import MEDIA_TYPE
from media_processing.models import CaptureSession, LiveProgress, Observation, Stage
from media_processing.services.live import capture, chunks
from tests.faults.worker import Worker, wait_until, waiting_messages
from tests.media_processing.live_pieces import confirm_everybody, interview

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
PATIENCE_S = 240
# Much shorter than the talk, which never ends here, and than LIVE_IDLE_S.
STOP_S = 40


def test_a_worker_that_is_asked_to_end_gives_the_talk_to_the_next(
    worker: Worker, session: CaptureSession, officer: Officer
) -> None:
    live = capture.open_capture(officer, session, kind="interview")
    take = chunks.begin_take(live, media_type=MEDIA_TYPE, client="tab one")
    for number, piece in enumerate(interview(8.0)[:5]):
        take.refresh_from_db()
        _next, due = chunks.add_chunk(take, number, piece.content, t_end_s=piece.t_end_s)
        dispatch.ring(due)
    confirm_everybody(live, officer)
    faces = Observation.objects.filter(recording=live.recording, modality="face")
    wait_until(lambda: faces.count() > 10, PATIENCE_S, "the first rows")
    worker.stop(STOP_S)
    stage = live.recording.job.stages.get(name="live")
    assert (stage.state, stage.attempt, stage.lease_until) == (Stage.State.QUEUED, 0, None)
    # Messages of chunks that came before it took the stage may wait too.
    assert stage.available_at is None and waiting_messages("live") >= 1
    before = set(faces.values_list("pk", flat=True))
    assert LiveProgress.objects.get(live=live).horizons["face"] >= max(
        faces.values_list("t_start_s", flat=True)
    )
    worker.start()
    running = Stage.objects.filter(pk=stage.pk, state=Stage.State.RUNNING, fence=stage.fence + 1)
    wait_until(running.exists, PATIENCE_S, "the next worker")
    assert before <= set(faces.values_list("pk", flat=True))

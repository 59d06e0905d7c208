"""A recording is watched while it is made; what was seen is there at once, of the subject alone."""

import pytest

from applicants.models import Officer
from media_processing.models import CaptureSession, LiveCapture, LiveProgress, Observation, Stage
from media_processing.services.live import capture
from tests.media_processing.live_pieces import (
    confirm_everybody,
    interview,
    send,
    wait_for,
    watched,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(session: CaptureSession, officer: Officer) -> LiveCapture:
    return capture.open_capture(officer, session, kind="interview")


def _rows(live: LiveCapture, modality: str) -> int:
    return Observation.objects.filter(recording=live.recording, modality=modality).count()


def _horizon(live: LiveCapture, modality: str) -> float:
    return float(LiveProgress.objects.get(live=live).horizons.get(modality, 0.0))


def test_rows_come_while_the_recording_goes_on(live: LiveCapture, officer: Officer) -> None:
    send(live, interview(5.0))
    confirm_everybody(live, officer)
    with watched(live):
        wait_for(lambda: _horizon(live, "face") > 4.5 and _horizon(live, "voice") > 4.5)
        assert _rows(live, "face") >= 20
        wait_for(lambda: _rows(live, "voice") >= 3)
        capture.close(live, officer=officer)
    progress = LiveProgress.objects.get(live=live)
    assert progress.people == 1 and progress.faces[0]["person"] == 0
    assert live.recording.job.stages.get(name="live").state == Stage.State.DONE
    assert live.recording.job.stages.get(name="canonicalise").state == Stage.State.QUEUED


def test_nobody_is_observed_before_the_officer_said_whom(
    live: LiveCapture, officer: Officer
) -> None:
    send(live, interview(4.0))
    with watched(live):
        wait_for(lambda: _horizon(live, "face") > 3.5 and _horizon(live, "voice") > 3.5)
        assert Observation.objects.count() == 0
        assert LiveProgress.objects.get(live=live).faces[0]["person"] == 1
        confirm_everybody(live, officer, t_s=3.0)
        # What the confirmed face showed before is the applicant's too.
        wait_for(lambda: _rows(live, "face") >= 15 and _rows(live, "voice") >= 1)
        capture.close(live, officer=officer)

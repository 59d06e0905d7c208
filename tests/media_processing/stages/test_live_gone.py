"""The rows of a recording that is watched may be erased under the worker: it ends quietly."""

import pytest
from structlog.testing import capture_logs

from applicants.models import Officer
from media_processing import pipeline
from media_processing.analysis.types import Modality
from media_processing.modalities.live_watch import LiveWatch
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveChunk,
    Observation,
    Recording,
    Stage,
)
from media_processing.services import jobs, leases
from media_processing.services.jobs import Outcome
from media_processing.services.leases import StageLostError
from media_processing.services.live import capture, watching
from media_processing.stages import live as subject
from tests.media_processing.live_pieces import QuickWatch, interview, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(session: CaptureSession, officer: Officer) -> LiveCapture:
    return capture.open_capture(officer, session, kind="interview")


def _stage(live: LiveCapture) -> int:
    return live.recording.job.stages.get(name="live").pk


def _erase(live: LiveCapture) -> None:
    Recording.objects.filter(pk=live.recording_id).delete()


@pytest.mark.parametrize("moment", ["start", "picture", "chunk"])
def test_a_watch_over_rows_that_vanish_ends_with_a_log_line(
    live: LiveCapture, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Vanishing(QuickWatch):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)
            if moment == "start":
                _erase(live)

        def picture(self, *given: object) -> None:
            super().picture(*given)
            if moment == "picture":
                _erase(live)

    def read(*_given: object) -> bytes:
        _erase(live)
        return bytes(LiveChunk.objects.get().sequence)

    if moment == "chunk":
        monkeypatch.setattr(watching, "_content", read)
    monkeypatch.setattr(subject, "LiveWatch", Vanishing)
    stage_id = _stage(live)
    send(live, interview(2.0))
    with capture_logs() as logs:
        assert pipeline.run(stage_id) == []
    events = [line["event"] for line in logs]
    assert "stage_given_back" in events and "stage_broke" not in events
    assert not Stage.objects.exists() and not Observation.objects.exists()


def test_a_defect_is_still_told_where_the_rows_are_there(
    live: LiveCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> LiveWatch:
        raise LiveCapture.DoesNotExist

    monkeypatch.setattr(subject, "LiveWatch", broken)
    with capture_logs() as logs:
        pipeline.run(_stage(live))
    assert "stage_broke" in [line["event"] for line in logs]
    assert Stage.objects.get(name="live").error_code == "internal_error"


def test_every_write_for_a_job_that_is_gone_is_refused(live: LiveCapture) -> None:
    held = leases.claim(_stage(live))
    assert held is not None
    recording = live.recording
    _erase(live)
    with pytest.raises(StageLostError):
        watching.keep(held, recording, {}, set(), {})
    with pytest.raises(StageLostError):
        watching.hand_over(held, recording, Modality.FACE, [], {})
    with pytest.raises(StageLostError):
        jobs.finish(held, Outcome(Stage.State.DONE))
    with pytest.raises(StageLostError):
        jobs.postpone(held, code="passing_trouble", message="")

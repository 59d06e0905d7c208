"""Nobody decides on an application while somebody of it is still being recorded."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.errors import ProblemError
from applicants.models import Application, Branch, Officer
from media_processing.models import CaptureSession, LiveCapture, ProcessingJob
from media_processing.services.live import capture, chunks
from scoring.models import ApplicationDecision, ScoreRevision
from scoring.services import review
from scoring.services.rescore import rescore

pytestmark = pytest.mark.django_db
REASON = "Income and history carry the instalment."
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def opened(session: CaptureSession, officer: Officer) -> LiveCapture:
    rescore(session.application, ScoreRevision.Cause.APPLICATION_CREATED)
    return capture.open_capture(officer, session, kind="interview")


@pytest.fixture
def live(opened: LiveCapture, webm: bytes) -> LiveCapture:
    take = chunks.begin_take(opened, media_type="video/webm", client="tab one")
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    return opened


def _decide(live: LiveCapture, officer: Officer) -> ApplicationDecision:
    application = live.recording.session.application
    return review.decide_application(
        application, officer=officer, outcome="approved", reason=REASON
    )


def _refused(live: LiveCapture, officer: Officer) -> tuple[str, int]:
    with pytest.raises(ProblemError) as refused:
        _decide(live, officer)
    assert not ApplicationDecision.objects.exists()
    return refused.value.code, refused.value.status


@pytest.mark.parametrize("display", Branch.LiveDisplay.values)
def test_nobody_decides_while_it_is_recorded_or_read(
    live: LiveCapture, officer: Officer, branch: Branch, display: str
) -> None:
    branch.live_display = display
    branch.save()
    assert _refused(live, officer) == ("recording_open", 409)
    capture.close(live, officer=officer)
    assert _refused(live, officer) == ("evidence_arriving", 409)
    ProcessingJob.objects.update(state=ProcessingJob.State.DONE)
    assert _decide(live, officer).outcome == "approved"


def test_what_was_discarded_or_never_begun_holds_nobody_up(
    opened: LiveCapture, officer: Officer, session: CaptureSession, webm: bytes
) -> None:
    another = capture.open_capture(officer, session, kind="interview")
    take = chunks.begin_take(another, media_type="video/webm", client="tab one")
    chunks.add_chunk(take, 0, webm, t_end_s=1.0)
    capture.discard(another, officer=officer)
    assert _decide(opened, officer).outcome == "approved"


def test_the_page_says_so_before_a_reason_is_written(
    live: LiveCapture, officer: Officer, client_of: ClientOf
) -> None:
    url = reverse("scoring:application_decide", args=[live.recording.session.application_id])
    assert "End the recording first" in client_of(officer).get(url).content.decode()
    answer = client_of(officer).post(url, {"outcome": "approved", "reason": REASON})
    assert answer.status_code == 409
    assert "End the recording first" in answer.content.decode()
    assert Application.objects.get().is_open
    capture.discard(live, officer=officer)
    assert "too early" not in client_of(officer).get(url).content.decode()

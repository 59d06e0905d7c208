"""The strip over the event stream of a running site, without a single question by the page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from applicants.models import Officer
from media_processing.models import LiveCapture
from media_processing.services import consent
from scoring.models import ScoreRevision
from scoring.services.rescore import rescore
from tests.media_processing import live_talk
from tests.recorder.conftest import Capture
from tests.recorder.recorder_page import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.services]
WHOSE = {"face": [{"take": 1, "t_s": 1, "box": [0, 0, 1, 1]}], "voice": {"mode": "all"}}


@pytest.fixture
def live(capture: Capture) -> LiveCapture:
    """An interview whose face is confirmed, with nothing observed yet."""
    live = capture()
    LiveCapture.objects.filter(pk=live.pk).update(subject=WHOSE)
    return live


@pytest.fixture
def strip_page(profile: Callable[..., BrowserContext], live: LiveCapture) -> Page:
    """A page that cannot ask, so that only the stream can tell it anything."""
    context = profile()
    context.route("**/api/v1/live/*/?language=*", lambda route: route.abort())
    opened = context.new_page()
    opened.goto(f"/live/{live.pk}/", wait_until="domcontentloaded")
    return opened


def test_the_stream_brings_what_is_new_and_the_end(
    strip_page: Page, live: LiveCapture, officer: Officer
) -> None:
    page, application = strip_page, live.recording.session.application
    score = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED, actor=officer)
    final, face = page.locator("[data-score=final]"), page.locator("[data-signal=face] [data-now]")
    expect(final).to_have_text(str(score.final_score), timeout=PATIENCE_MS)
    live_talk.observe(live, strongest="happy", to_s=30.0)
    live_talk.watch(live, seen_s=30.0)
    expect(face).to_contain_text("Happy", timeout=PATIENCE_MS)
    live_talk.observe(live, strongest="sad", from_s=30.0, to_s=60.0)
    live_talk.watch(live, seen_s=60.0)
    expect(face).to_contain_text("Sad", timeout=PATIENCE_MS)
    consent.withdraw(application.applicant, ["recording"], officer=officer)
    notice = page.locator("[data-strip=notice]")
    expect(notice).to_contain_text("Consent was taken back", timeout=PATIENCE_MS)
    expect(face).to_have_text("–")

"""A live interview with a real browser and real workers, from consent to score, and its end."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from media_processing.models import (
    LiveCapture,
    LiveChunk,
    Observation,
    ProcessingJob,
    QuestionMark,
    Recording,
    Stage,
)
from scoring.models import ScoreRevision
from tests.end_to_end.case import (
    give_consent,
    open_application,
    open_session,
    register_applicant,
    start_case,
)
from tests.end_to_end.interview_page import InterviewPage
from tests.end_to_end.running_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.services]

QUESTIONS = ("What is the loan for?", "What if the income stops?")
PATIENCE_MS = 60_000
PROCESSING_MS = 240_000
PERCENT = re.compile(r"\d+\s?%")
POINTS = re.compile(r"^\d{3}$")
CLOSE_S = 0.5


def test_an_interview_is_watched_and_scored_while_it_is_recorded(
    site: Site, studio_tabs: BrowserContext
) -> None:
    page = studio_tabs.pages[0]
    session_url = _case_with_late_consent(page)
    tab = InterviewPage(page)
    tab.open(session_url, QUESTIONS)
    tab.record()
    tab.confirm()
    tab.mark()
    expect(page.locator("#questions")).to_have_attribute("data-phase", "answering")
    for signal in ("face", "voice"):
        expect(tab.signal(signal)).to_have_text(PERCENT, timeout=PATIENCE_MS)
    tab.mark()

    killed_s = _kill_the_worker_that_watches(site, tab)
    tab.mark()
    tab.recorded_until(killed_s + 4)
    tab.mark()
    tab.pause()
    tab.seen_until(killed_s + 2, most_s=150)
    for figure in ("financial", "final"):
        expect(tab.score(figure)).to_have_text(POINTS, timeout=PATIENCE_MS)
    live = LiveCapture.objects.get()
    recorded_s = live.takes.get().duration_s
    tab.finish()

    _is_an_ordinary_recording(page, live, recorded_s)


def _case_with_late_consent(page: Page) -> str:
    """Open a session; nothing can be recorded before consent. Return the session's address."""
    register_applicant(page)
    open_application(page)
    open_session(page)
    session_url = page.url
    page.goto(f"{session_url}live/")
    expect(page.get_by_text("Nothing can be recorded yet")).to_be_visible()
    page.get_by_role("link", name="Record consent").click()
    give_consent(page)
    return session_url


def _kill_the_worker_that_watches(site: Site, tab: InterviewPage) -> float:
    """Kill it while it holds the stage, start another; return what was recorded by then."""
    stage = Stage.objects.get(name="live")
    assert stage.state == Stage.State.RUNNING
    site.kill_process("live")
    site.start_process("live")
    return LiveCapture.objects.get().takes.get().duration_s


def _is_an_ordinary_recording(page: Page, live: LiveCapture, recorded_s: float) -> None:
    """It was joined, analysed as a whole and scored; the answers are marked in it."""
    done = page.locator('[data-stage="handover"][data-stage-state="done"]')
    expect(done).to_be_visible(timeout=PROCESSING_MS)
    recording = Recording.objects.get()
    assert recording.duration_s == pytest.approx(recorded_s, abs=CLOSE_S)
    assert recording.sha256 and recording.source_key
    assert not LiveChunk.objects.exists()
    marks = QuestionMark.objects.order_by("t_s").values_list("question__number", "kind")
    assert list(marks) == [(1, "start"), (1, "end"), (2, "start"), (2, "end")]
    seen = Observation.objects.filter(recording=recording)
    assert set(seen.values_list("modality", "person")) == {("face", 0), ("voice", 0)}
    newest = ScoreRevision.objects.latest("sequence")
    assert newest.cause == ScoreRevision.Cause.EVIDENCE_ARRIVED


def test_consent_taken_back_in_the_middle_leaves_nothing(
    site: Site, studio_tabs: BrowserContext
) -> None:
    """The officer takes it back on its page; camera, worker and score follow at once."""
    page = studio_tabs.pages[0]
    start_case(page)
    tab = InterviewPage(page)
    tab.open(page.url, QUESTIONS)
    tab.record()
    tab.confirm()
    expect(tab.signal("face")).to_have_text(PERCENT, timeout=PATIENCE_MS)
    page.evaluate("window.tracks = document.getElementById('live-preview').srcObject.getTracks()")
    recording = Recording.objects.get()

    _take_consent_back(studio_tabs.new_page(), recording)

    tab.expect_state("ended")
    expect(page.locator("#recorder [data-end=withdrawn]")).to_be_visible()
    assert page.evaluate("tracks.map((track) => track.readyState)") == ["ended", "ended"]
    expect(tab.signal("face")).to_have_text("–")
    recording.refresh_from_db()
    assert recording.session.is_shredded
    assert recording.job.state == ProcessingJob.State.CANCELLED
    assert recording.job.stages.get(name="live").state == Stage.State.CANCELLED
    assert not Observation.objects.exists() and not LiveChunk.objects.exists()
    newest = ScoreRevision.objects.latest("sequence")
    assert newest.final_score == newest.financial_score


def _take_consent_back(page: Page, recording: Recording) -> None:
    page.goto(f"/applicants/{recording.session.application.applicant_id}/consent/")
    page.locator("summary").filter(has_text=re.compile("record", re.I)).first.click()
    page.locator("details[open] button").click()
    expect(page.get_by_text("Consent taken back.")).to_be_visible()

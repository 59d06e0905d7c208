"""Questions in a real browser: answers marked by key, read aloud, kept without a network."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from pytest_django.live_server_helper import LiveServer

from applicants.models import Officer
from media_processing.models import CaptureSession, LiveCapture, QuestionMark
from media_processing.selectors.questions import marks_of
from media_processing.services.live import capture, chunks
from tests.chromium import chromium
from tests.conftest import LOGIN_BACKEND

STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
QUESTIONS = ["What is the loan for?", "Where does your income come from?", "您打算怎样还款？"]
# A browser with one English voice, whose reading ends when the test says so, and a record of what
# the page tells the recorder.
VOICE = """
  window.told = [];
  for (const name of ["reading-start", "reading-end", "answer-start", "answer-end"]) {
    document.addEventListener(`live:${name}`, ({ detail }) => told.push([name, detail.question]));
  }
  const fake = new EventTarget();
  fake.getVoices = () => [{ lang: "en-GB", name: "Test" }];
  fake.speak = (utterance) => { window.reading = utterance; };
  fake.cancel = () => { window.cancelled = true; };
  Object.defineProperty(window, "speechSynthesis", { value: fake });
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""
RECORDING = """t_ms => document.dispatchEvent(new CustomEvent("live:recording",
  { detail: { take: 1, startedAtMs: performance.now() - t_ms } }))"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
Opening = Callable[..., tuple[Page, LiveCapture]]


@pytest.fixture(scope="module")
def browser(django_db_setup: None, playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as opened:
        yield opened


@pytest.fixture
def context(
    browser: Browser, officer: Officer, live_server: LiveServer
) -> Iterator[BrowserContext]:
    client = Client()
    client.force_login(officer, backend=LOGIN_BACKEND)
    opened = browser.new_context(base_url=live_server.url)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}]
    )
    opened.add_init_script(VOICE)
    # The test server answers synchronously: a stream without end would hold its thread for ever.
    opened.route("**/events/", lambda route: route.abort())
    yield opened
    opened.close()


@pytest.fixture
def opening(context: BrowserContext, session: CaptureSession, officer: Officer) -> Opening:
    """Open a capture with three questions and its page; a take has begun."""

    def opened(kind: str = "interview") -> tuple[Page, LiveCapture]:
        live = capture.open_capture(officer, session, kind=kind, questions=QUESTIONS)
        chunks.begin_take(live, media_type="video/webm", client="tab")
        page = context.new_page()
        page.goto(reverse("media:live", args=[live.pk]))
        page.wait_for_selector("#questions[data-ready=yes]")
        return page, live

    return opened


def marked(page: Page, live: LiveCapture, count: int) -> list[tuple[int, str]]:
    """Wait until the page holds no mark back; return what the server keeps."""
    page.wait_for_selector("#questions[data-waiting='0']", state="attached")
    marks = [(mark["question"], mark["kind"]) for mark in marks_of(live)]
    assert len(marks) == count
    return marks


def test_answers_are_marked_by_key_with_the_time_of_the_take(opening: Opening) -> None:
    page, live = opening()
    expect(page.locator("[data-phase-words]")).to_have_text("Start the recording to mark answers")
    page.keyboard.press("Space")
    assert not QuestionMark.objects.exists()
    page.evaluate(RECORDING, 2000)
    page.keyboard.press("Space")
    expect(page.locator("[data-phase-words]")).to_have_text("The applicant answers")
    page.keyboard.press("Space")
    expect(page.locator("[data-current]")).to_have_text(QUESTIONS[1])
    page.keyboard.press("n")
    expect(page.locator("[data-current]")).to_have_text(QUESTIONS[2])
    assert page.locator("[data-current]").get_attribute("lang") == "zh-CN"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    page.locator("[data-go='1']").click()
    assert marked(page, live, 4) == [(1, "start"), (1, "end"), (2, "start"), (2, "end")]
    start_ms, end_ms, *_rest = (mark["t_ms"] for mark in marks_of(live))
    assert 2000 <= start_ms <= end_ms < 20_000
    expect(page.locator("[data-question='2']")).to_contain_text("answered")


def test_the_time_of_a_mark_stands_still_in_a_pause(opening: Opening) -> None:
    page, live = opening()
    page.evaluate(RECORDING, 3000)
    page.keyboard.press("Space")
    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent("live:paused",
             { detail: { take: 1, tS: 7.5 } }))"""
    )
    page.keyboard.press("Space")
    marked(page, live, 2)
    assert QuestionMark.objects.get(kind="end").t_s == 7.5


def test_an_answer_starts_when_the_reading_has_ended(opening: Opening) -> None:
    page, live = opening()
    page.evaluate(RECORDING, 0)
    page.keyboard.press("r")
    expect(page.locator("[data-phase-words]")).to_contain_text("the microphone is off")
    assert page.evaluate("[reading.text, reading.lang]") == [QUESTIONS[0], "en-US"]
    assert not QuestionMark.objects.exists()
    page.evaluate("reading.onend()")
    expect(page.locator("[data-phase-words]")).to_have_text("The applicant answers")
    assert marked(page, live, 1) == [(1, "start")]
    assert page.evaluate("told") == [["reading-start", 1], ["reading-end", 1], ["answer-start", 1]]
    # Reading while somebody answers ends the answer first.
    page.keyboard.press("r")
    page.keyboard.press("Space")
    assert page.evaluate("cancelled") is True
    assert marked(page, live, 3) == [(1, "start"), (1, "end"), (1, "start")]


def test_without_a_voice_the_officer_is_told_to_read(opening: Opening) -> None:
    page, _live = opening()
    expect(page.locator("[data-act=read]")).to_be_enabled()
    page.locator("[data-go='3']").click()
    expect(page.locator("p[data-voiceless]")).to_be_visible()
    expect(page.locator("[data-act=read]")).to_be_disabled()


def test_of_a_voice_answer_the_mark_waits_for_the_recorder(opening: Opening) -> None:
    page, live = opening("voice")
    expect(page.locator("[data-phase-words]")).to_have_text("Prepare the microphone first")
    page.wait_for_selector("#recorder[data-state=notice]")
    page.evaluate("document.getElementById('recorder').dataset.state = 'ready'")
    expect(page.locator("[data-act=toggle]")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.locator("[data-phase-words]")).to_have_text("The recorder starts")
    assert page.evaluate("told") == [["answer-start", 1]]
    page.evaluate(RECORDING, 0)
    expect(page.locator("[data-phase-words]")).to_have_text("The applicant answers")
    page.keyboard.press("Space")
    assert page.evaluate("told") == [["answer-start", 1], ["answer-end", 1]]
    assert marked(page, live, 2) == [(1, "start"), (1, "end")]
    assert QuestionMark.objects.get(kind="start").t_s < 1


def test_marks_outlive_a_cut_network_and_a_reload(
    opening: Opening, context: BrowserContext
) -> None:
    page, live = opening()
    page.evaluate(RECORDING, 1000)
    context.route("**/marks/", lambda route: route.abort())
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    expect(page.locator("[data-waiting].small")).to_be_visible()
    assert not QuestionMark.objects.exists()
    page.reload()
    page.wait_for_selector("#questions[data-ready=yes]")
    expect(page.locator("[data-question='1']")).to_contain_text("answered")
    expect(page.locator("[data-current]")).to_have_text(QUESTIONS[1])
    context.unroute("**/marks/")
    page.evaluate("dispatchEvent(new Event('online'))")
    assert marked(page, live, 2) == [(1, "start"), (1, "end")]


def test_a_mark_held_back_arrives_after_the_capture_was_closed(opening: Opening) -> None:
    page, live = opening()
    page.evaluate(RECORDING, 1000)
    page.keyboard.press("Space")
    marked(page, live, 1)
    LiveCapture.objects.update(state=LiveCapture.State.CLOSED)
    page.evaluate(
        """async () => {
          const all = [];
          const detail = { waitUntil: (promise) => all.push(promise) };
          document.dispatchEvent(new CustomEvent("live:closing", { detail }));
          await Promise.all(all);
        }"""
    )
    assert marked(page, live, 2) == [(1, "start"), (1, "end")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_questions_keep_to_the_standards(opening: Opening, theme: str) -> None:
    page, _live = opening()
    page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme; }", theme)
    found = Axe().run(page, context="#questions", options=STANDARDS)
    assert [each["id"] for each in found.response["violations"]] == []

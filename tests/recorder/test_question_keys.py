"""The keys of the questions beside the other controls of the page, which want some of them."""

import pytest
from playwright.sync_api import Locator, expect

from tests.recorder.conftest import Capture, Open
from tests.recorder.recorder_page import RecorderPage

pytestmark = [pytest.mark.browser, pytest.mark.services]

QUESTIONS = ("What is the loan for?", "Where does your income come from?", "How will you repay it?")
RUNS = """() => document.dispatchEvent(new CustomEvent("live:recording",
  { detail: { take: 1, startedAtMs: performance.now() } }))"""
ADD_CONTROLS = """() => document.getElementById("strip").insertAdjacentHTML("beforeend",
  '<input id="own-text"><p id="own-words" contenteditable="true" tabindex="0"></p>'
  + '<span id="own-button" role="button" tabindex="0"></span><a id="own-link" href="#">x</a>')"""
ANSWERS = "The applicant answers"


@pytest.fixture
def tab(recorder: Open, capture: Capture) -> RecorderPage:
    """An interview that runs as far as the questions know; nothing is recorded."""
    opened = recorder(capture(questions=QUESTIONS))
    opened.page.wait_for_selector("#questions[data-ready=yes]")
    opened.page.evaluate(RUNS)
    opened.page.evaluate(ADD_CONTROLS)
    return opened


def phase(tab: RecorderPage) -> Locator:
    return tab.page.locator("[data-phase-words]")


def current(tab: RecorderPage) -> Locator:
    return tab.page.locator("[data-current]")


def test_the_space_bar_answers_once_the_voice_is_chosen(tab: RecorderPage) -> None:
    """An unchecked radio takes the space bar, a checked one has no use for it."""
    page = tab.page
    page.locator("#voice-all").focus()
    page.keyboard.press("Space")
    expect(page.locator("#voice-all")).to_be_checked()
    expect(phase(tab)).to_have_text("Ready for the answer")
    page.keyboard.press("Space")
    expect(phase(tab)).to_have_text(ANSWERS)
    page.keyboard.press("Space")
    expect(current(tab)).to_have_text(QUESTIONS[1])
    page.keyboard.press("ArrowDown")
    expect(page.locator("#voice-enrolled")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#voice-all")).to_be_checked()
    expect(current(tab)).to_have_text(QUESTIONS[1])
    page.keyboard.press("n")
    expect(current(tab)).to_have_text(QUESTIONS[2])


def test_a_control_keeps_the_keys_that_it_uses(tab: RecorderPage) -> None:
    page = tab.page
    page.locator("#auto-start").focus()
    page.keyboard.press("Space")
    expect(page.locator("#auto-start")).not_to_be_checked()
    page.locator("#own-text").focus()
    page.keyboard.type("no repair")
    expect(page.locator("#own-text")).to_have_value("no repair")
    page.locator("#own-words").focus()
    page.keyboard.type("n r")
    expect(page.locator("#own-words")).to_have_text("n r")
    page.locator("#own-button").focus()
    page.keyboard.press("Space")
    expect(current(tab)).to_have_text(QUESTIONS[0])
    expect(phase(tab)).to_have_text("Ready for the answer")


def test_a_link_and_a_scrolled_list_leave_the_space_bar_to_the_questions(tab: RecorderPage) -> None:
    page = tab.page
    for place in ("#own-link", ".question-list"):
        page.locator(place).evaluate("place => { place.tabIndex = 0; place.focus(); }")
        page.keyboard.press("Space")
        expect(phase(tab)).to_have_text(ANSWERS)
        page.keyboard.press("Space")
    expect(current(tab)).to_have_text(QUESTIONS[2])


def test_a_button_keeps_the_space_bar_where_it_was_reached_by_key_alone(tab: RecorderPage) -> None:
    """A click is over once it is made: the space bar after it does not skip a question."""
    page = tab.page
    after = page.locator("#questions [data-act=next]")
    after.click()
    page.keyboard.press("Space")
    expect(phase(tab)).to_have_text(ANSWERS)
    expect(current(tab)).to_have_text(QUESTIONS[1])
    after.focus()
    page.keyboard.press("Space")
    expect(current(tab)).to_have_text(QUESTIONS[2])
    expect(phase(tab)).to_have_text("Ready for the answer")


def test_the_keys_rest_while_a_question_of_the_recorder_is_open(tab: RecorderPage) -> None:
    show = "document.getElementById('recorder-again').showModal()"
    tab.page.evaluate(show)
    tab.page.keyboard.press("n")
    tab.page.keyboard.press("r")
    tab.page.keyboard.press("Escape")
    expect(current(tab)).to_have_text(QUESTIONS[0])
    tab.page.keyboard.press("n")
    expect(current(tab)).to_have_text(QUESTIONS[1])


def test_from_the_notice_to_an_answer_by_keys_alone(recorder: Open, capture: Capture) -> None:
    """The focus goes from a button that is gone to the next one; then keys are the questions'."""
    tab = recorder(capture(questions=QUESTIONS))
    tab.expect_state("notice")
    tab.page.locator("#recorder [data-act=open]").press("Enter")
    tab.expect_state("ready")
    expect(tab.page.locator("#recorder [data-act=start]")).to_be_focused()
    tab.page.evaluate("document.getElementById('recorder').dataset.countdownS = '600'")
    tab.page.keyboard.press("Enter")
    tab.expect_state("countdown")
    expect(tab.page.locator("#recorder [data-act=now]")).to_be_focused()
    tab.page.keyboard.press("Enter")
    tab.expect_state("recording")
    tab.page.keyboard.press("Space")
    expect(phase(tab)).to_have_text(ANSWERS)

"""Five questions, one short voice answer each, no camera: driven by the space bar alone."""

import pytest
from playwright.sync_api import expect

from media_processing.models import QuestionList
from media_processing.selectors.questions import marks_of
from media_processing.services import question_lists
from tests.recorder.conftest import Capture, Open

ANSWER_MS = 900
# A pause may cut a little before or after the mark.
SLACK_MS = 350

pytestmark = [pytest.mark.browser, pytest.mark.services]


def test_five_voice_answers_are_recorded_and_marked_by_the_space_bar(
    recorder: Open, capture: Capture
) -> None:
    question_lists.sync_built_in()
    questions = QuestionList.objects.get(code="voice-en").questions
    tab = recorder(capture("voice", questions=tuple(questions)))
    words = tab.page.locator("[data-phase-words]")
    expect(words).to_have_text("Prepare the microphone first")
    tab.press("open")
    tab.expect_state("ready")
    for text in questions:
        expect(tab.page.locator("[data-current]")).to_have_text(text)
        tab.page.keyboard.press("Space")
        expect(words).to_have_text("The applicant answers")
        tab.page.wait_for_timeout(ANSWER_MS)
        # The last answer is ended by the end of the recording.
        if text != questions[-1]:
            tab.page.keyboard.press("Space")
            tab.expect_state("paused")
            tab.page.wait_for_timeout(ANSWER_MS)
    tab.finish()
    marks = marks_of(tab.live)
    numbers = [(number, kind) for number in range(1, 6) for kind in ("start", "end")]
    assert [(mark["question"], mark["kind"]) for mark in marks] == numbers
    times_ms = [mark["t_ms"] for mark in marks]
    for start_ms, end_ms in zip(times_ms[::2], times_ms[1::2], strict=True):
        assert end_ms - start_ms >= ANSWER_MS - SLACK_MS
    # Between two answers the recording stands still.
    for end_ms, next_ms in zip(times_ms[1:-1:2], times_ms[2::2], strict=True):
        assert 0 <= next_ms - end_ms <= SLACK_MS

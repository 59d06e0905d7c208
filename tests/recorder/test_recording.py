"""The recorder from the notice to the finished recording: what was recorded is what is kept."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, expect

from media_processing.models import LiveCapture
from tests.recorder.conftest import DEVICES, Capture, Open
from tests.recorder.recorder_page import RecorderPage, duration_s, kinds_of_streams

pytestmark = [pytest.mark.browser, pytest.mark.services]

STANDARDS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
# Another part of the page that still holds something back.
CLOSING = """() => document.addEventListener("live:closing", ({ detail }) => detail.waitUntil(
  new Promise((resolve) => setTimeout(resolve, 200))
    .then(() => sessionStorage.setItem("brought", "yes"))))"""
# What the clock of the page and the decoded pictures may differ by; a picture lasts 1/15 s.
CLOSE_S = 0.6


def test_an_interview_with_a_pause_is_kept_as_it_was_recorded(recorder: Open) -> None:
    """Nothing opens before the notice; a pause stays in the take and is not recorded."""
    tab = recorder()
    tab.expect_state("notice")
    assert devices_are_open(tab.page) is False
    tab.start()
    tab.record_until(2)
    tab.press("pause")
    tab.expect_state("paused")
    recorded_s = clock_s(tab)
    tab.page.wait_for_timeout(1500)
    tab.press("go-on")
    tab.record_until(recorded_s + 2)
    tab.press("pause")
    recorded_s = clock_s(tab)
    tab.saved_until(int(recorded_s))
    (content,) = tab.takes()
    assert duration_s(content) == pytest.approx(recorded_s, abs=1 + CLOSE_S)
    assert kinds_of_streams(content) == ["audio", "video"]
    tab.page.evaluate(CLOSING)
    tab.finish()
    assert tab.given_out_in_order() == tab.digests_received
    assert tab.page.evaluate("sessionStorage.getItem('brought')") == "yes"
    assert LiveCapture.objects.get(pk=tab.live.pk).state == LiveCapture.State.CLOSED
    assert tab.waiting_in_browser() == 0


def devices_are_open(page: Page) -> bool:
    return bool(page.evaluate("document.getElementById('live-preview').srcObject !== null"))


def clock_s(tab: RecorderPage) -> int:
    return int(tab.page.evaluate(
        "document.querySelector('[data-fill=elapsed]').textContent.split(':')"
        ".reduce((sum, part) => 60 * sum + Number(part), 0)"
    ))  # fmt: skip


def test_a_voice_recording_has_the_answers_alone(recorder: Open, capture: Capture) -> None:
    tab = recorder(capture("voice", questions=("Why this loan?", "And after it?")))
    tab.press("open")
    tab.expect_state("ready")
    for until_s in (2, 4):
        tab.tell("live:answer-start", {"question": "", "number": 1})
        tab.expect_state("recording")
        tab.record_until(until_s)
        tab.tell("live:answer-end", {"question": "", "number": 1})
        tab.expect_state("paused")
        tab.page.wait_for_timeout(1000)
    tab.saved_until(4)
    (content,) = tab.takes()
    assert kinds_of_streams(content) == ["audio"]
    assert duration_s(content) == pytest.approx(4, abs=1 + CLOSE_S)
    tab.finish()


def test_a_walk_is_recorded_without_sound_and_ends_at_the_longest_time(
    recorder: Open, capture: Capture, profile: Any
) -> None:
    context = profile()
    context.route("**/live/*/", lambda route: shorten(route, "2"))
    tab = recorder(capture("walk"), context)
    tab.start()
    tab.expect_state("full")
    tab.saved_until(2)
    (content,) = tab.takes()
    assert kinds_of_streams(content) == ["video"]
    assert duration_s(content) == pytest.approx(2, abs=CLOSE_S)
    tab.finish()


def test_what_remains_is_shown_and_said_in_the_last_minute(
    recorder: Open, capture: Capture, profile: Any
) -> None:
    """Beside the recording, and beside the answer, where the officer looks."""
    context = profile()
    context.route("**/live/*/", lambda route: shorten(route, "63"))
    tab = recorder(capture(questions=("What is the loan for?",)), context)
    tab.start()
    tab.page.keyboard.press("Space")
    warning, answer = tab.page.locator("[data-limit=soon]"), tab.page.locator("[data-clock]")
    expect(tab.page.locator(".recorder-clock")).to_contain_text(re.compile(r"1:0\d left"))
    expect(answer).to_have_text(re.compile(r"^0:\d\d$"))
    expect(warning).to_be_hidden()
    tab.record_until(4)
    expect(warning).to_be_visible()
    expect(answer).to_have_text(re.compile(r"^0:\d\d · 0:5\d left$"))
    tab.press("pause")
    tab.finish()


def shorten(route: Route, longest_s: str) -> None:
    """Let the page believe in a shorter longest time."""
    answer = route.fetch()
    route.fulfill(
        response=answer, body=answer.text().replace('max-s="1800"', f'max-s="{longest_s}"')
    )


def test_help_where_the_browser_may_not_record(recorder: Open, profile: Any) -> None:
    """The permission is denied; once it is given, the page goes on by itself."""
    context: BrowserContext = profile(permissions=[])
    tab = recorder(context=context)
    tab.press("open")
    tab.expect_state("trouble")
    expect(tab.page.locator("[data-trouble=denied]")).to_be_visible()
    expect(tab.page.locator("[data-browser]:visible")).to_have_count(1)
    assert Axe().run(tab.page, options=STANDARDS).response["violations"] == []
    context.grant_permissions(DEVICES)
    tab.expect_state("ready")


def test_help_for_devices_that_do_not_open(recorder: Open) -> None:
    tab = recorder()
    troubles = {"NotFoundError": "missing", "NotReadableError": "busy", "Odd": "other"}
    for place, (error, trouble) in enumerate(troubles.items()):
        tab.page.evaluate(
            "name => { navigator.mediaDevices.getUserMedia ="
            " () => Promise.reject(new DOMException('no', name)); }",
            error,
        )
        tab.press("retry" if place else "open")
        expect(tab.page.locator(f"[data-trouble={trouble}]")).to_be_visible()
    tab.page.evaluate("delete navigator.mediaDevices.getUserMedia")
    tab.press("retry")
    tab.expect_state("ready")


def test_a_camera_unplugged_a_lid_closed_and_starting_over(recorder: Open) -> None:
    """Each ends the take; it goes on in another one, or all of it is discarded."""
    tab = recorder()
    tab.start()
    tab.record_until(2)
    tab.page.evaluate(
        "document.getElementById('live-preview').srcObject.getTracks()[0]"
        ".dispatchEvent(new Event('ended'))"
    )
    tab.expect_state("interrupted")
    expect(tab.page.locator("[data-reason=device]").first).to_be_visible()
    tab.press("reopen")
    tab.expect_state("recording")
    tab.saved_until(3)
    # The wall clock jumps, as after the sleep of the computer.
    tab.page.evaluate("() => { const now = Date.now; Date.now = () => now() + 60000; }")
    tab.expect_state("interrupted")
    expect(tab.page.locator("[data-reason=asleep]")).to_be_visible()
    assert [len(take) > 0 for take in tab.takes()] == [True, True]
    assert clock_s(tab) < 30
    tab.press("again")
    tab.page.get_by_role("button", name="Discard and start over").click()
    tab.page.wait_for_url(lambda url: "/live/" in url and str(tab.live.pk) not in url)
    tab.expect_state("notice")
    old = LiveCapture.objects.get(pk=tab.live.pk)
    assert old.state == LiveCapture.State.DISCARDED
    assert not any(take.chunks.exists() for take in old.takes.all())
    assert LiveCapture.objects.filter(
        state="open", recording__session=old.recording.session
    ).exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_phone(recorder: Open, profile: Any, theme: str) -> None:
    tab = recorder(context=profile(viewport={"width": 390, "height": 844}, color_scheme=theme))
    tab.press("open")
    tab.expect_state("ready")
    assert Axe().run(tab.page, options=STANDARDS).response["violations"] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    tab.page.evaluate("document.getElementById('recorder').dataset.countdownS = '600'")
    tab.press("start")
    tab.press("now")
    tab.record_until(1)
    tab.press("pause")
    # What has scrolled half under the bar at the top is no target there.
    tab.page.evaluate("scrollTo(0, 0)")
    assert Axe().run(tab.page, options=STANDARDS).response["violations"] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390

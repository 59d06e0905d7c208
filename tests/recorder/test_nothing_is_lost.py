"""Connection, server, page, sign-in and consent end in the middle: nothing said is lost."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Route, expect

from applicants.models import Officer
from media_processing.models import LiveCapture
from media_processing.services import consent
from tests.end_to_end.running_site import Site
from tests.factories import OfficerFactory
from tests.recorder.conftest import Capture, Open, session_cookie
from tests.recorder.recorder_page import RecorderPage, duration_s

pytestmark = [pytest.mark.browser, pytest.mark.services]

CHUNKS = "**/api/v1/live/*/takes/*/chunks/**"
NO_DATABASE = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""


def finish_whole(tab: RecorderPage) -> None:
    """Finish, and see that the server had every piece that any recorder of the tab gave out."""
    tab.press("pause")
    tab.expect_no_note()
    tab.finish()
    assert tab.given_out_in_order() == tab.digests_received


def test_the_connection_is_cut(recorder: Open, profile: Any) -> None:
    """Recording and even the end go on without it; the rest is sent once it is back."""
    context: BrowserContext = profile()
    tab = recorder(context=context)
    tab.start()
    tab.saved_until(1)
    context.set_offline(True)
    tab.expect_note("offline")
    tab.record_until(4)
    tab.press_finish()
    tab.expect_state("finishing")
    assert tab.waiting_in_browser() >= 1
    context.set_offline(False)
    tab.arrive()
    assert tab.given_out_in_order() == tab.digests_received
    assert LiveCapture.objects.get(pk=tab.live.pk).takes.get().duration_s >= 4


def test_the_server_answers_badly_and_an_answer_gets_lost(recorder: Open) -> None:
    """Answers of the way, of a busy and of a full server are asked again; nothing comes twice."""
    tab = recorder()
    statuses = iter([502, 429, 507, 0])

    def answer(route: Route) -> None:
        status = next(statuses, None)
        if status is None:
            route.continue_()
        elif status:
            route.fulfill(status=status, body="<html>not what was asked for</html>")
        else:
            route.fetch()
            route.abort()

    tab.page.route(CHUNKS, answer)
    tab.start()
    tab.saved_until(2)
    tab.expect_no_note()
    assert next(statuses, None) is None
    finish_whole(tab)


def test_the_server_is_restarted(recorder: Open, site: Site) -> None:
    tab = recorder()
    tab.start()
    tab.saved_until(1)
    site.kill_process("web")
    tab.expect_note("offline")
    tab.record_until(4)
    site.start_process("web")
    site.wait_until_answering()
    tab.saved_until(5)
    finish_whole(tab)


def test_the_page_is_reloaded_with_pieces_unsent(recorder: Open) -> None:
    """What waited is sent as late pieces of the old take; the recording goes on in a new one."""
    tab = recorder()
    asked: list[str] = []
    tab.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    tab.start()
    tab.saved_until(1)
    tab.page.route(CHUNKS, lambda route: route.abort())
    tab.record_until(4)
    tab.page.reload()
    tab.expect_state("interrupted")
    assert asked == ["beforeunload"]
    assert tab.waiting_in_browser() >= 1
    tab.page.unroute(CHUNKS)
    tab.saved_until(3)
    tab.press("reopen")
    tab.expect_state("recording")
    tab.saved_until(6)
    first, second = tab.takes()
    assert duration_s(first) >= 3
    assert duration_s(second) > 0
    finish_whole(tab)


def test_a_second_tab_takes_over(recorder: Open, profile: Any, capture: Capture) -> None:
    """Only one tab records; what the other one had kept is sent by the one that goes on."""
    live, context = capture(), profile()
    first = recorder(live, context)
    first.start()
    first.saved_until(1)
    second = recorder(live, context)
    second.expect_state("elsewhere")
    first.page.route(CHUNKS, lambda route: route.abort())
    first.record_until(4)
    second.press("here")
    second.expect_state("interrupted")
    first.expect_state("elsewhere")
    second.saved_until(3)
    second.press("reopen")
    second.expect_state("recording")
    second.saved_until(5)
    second.press("pause")
    second.finish()
    assert first.given_out_in_order() + second.given_out_in_order() == second.digests_received


def test_another_browser_takes_over(recorder: Open, profile: Any, capture: Capture) -> None:
    live = capture()
    first = recorder(live, profile())
    first.start()
    first.saved_until(1)
    second = recorder(live, profile())
    second.expect_state("interrupted")
    second.press("reopen")
    second.expect_state("elsewhere")
    second.press("here")
    second.expect_state("interrupted")
    second.press("reopen")
    second.expect_state("recording")
    first.expect_state("elsewhere")


def test_the_sign_in_ends(recorder: Open, profile: Any, officer: Officer, site: Site) -> None:
    """It is said, everything is kept, and goes on for the same officer alone."""
    context: BrowserContext = profile()
    tab = recorder(context=context)
    tab.start()
    tab.saved_until(1)
    Session.objects.all().delete()
    tab.expect_note("signed_out")
    colleague = OfficerFactory(username="colleague", branch=officer.branch)
    context.add_cookies([session_cookie(colleague, site.url)])
    tab.page.evaluate("dispatchEvent(new Event('focus'))")
    tab.expect_note("other_officer")
    had = tab.live.takes.get().chunks.count()
    tab.record_until(4)
    assert tab.live.takes.get().chunks.count() == had
    context.add_cookies([session_cookie(officer, site.url)])
    tab.page.evaluate("dispatchEvent(new Event('focus'))")
    tab.saved_until(4)
    finish_whole(tab)


def test_consent_is_taken_back_in_the_middle(recorder: Open, officer: Officer) -> None:
    """The camera goes off at once, and nothing is left in the browser or on the server."""
    tab = recorder()
    tab.start()
    tab.saved_until(1)
    tab.page.evaluate(
        "window.tracks = document.getElementById('live-preview').srcObject.getTracks()"
    )
    applicant = tab.live.recording.session.application.applicant
    consent.withdraw(applicant, ["recording"], officer=officer)
    tab.expect_state("ended")
    expect(tab.page.locator("[data-end=withdrawn]")).to_be_visible()
    assert tab.page.evaluate("tracks.map(track => track.readyState)") == ["ended", "ended"]
    assert tab.waiting_in_browser() == 0
    live = LiveCapture.objects.get(pk=tab.live.pk)
    assert live.recording.session.is_shredded


def test_the_browser_has_no_room_left(recorder: Open, profile: Any) -> None:
    """The recording goes on in memory, and says so."""
    context: BrowserContext = profile()
    tab = recorder(context=context)
    tab.page.evaluate(NO_DATABASE)
    tab.start()
    context.set_offline(True)
    tab.expect_note("memory")
    tab.record_until(3)
    context.set_offline(False)
    tab.saved_until(3)
    finish_whole(tab)

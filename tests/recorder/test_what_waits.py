"""What waits in the browser while its recording is out of sight: found again, sent, never lost."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from applicants.models import Officer
from media_processing.models import LiveCapture
from media_processing.services import consent
from media_processing.services.live import chunks
from tests.end_to_end.running_site import Site
from tests.factories import OfficerFactory
from tests.recorder.conftest import Capture, Open, session_cookie
from tests.recorder.recorder_page import COUNT, RecorderPage, wait_until_none

pytestmark = [pytest.mark.browser, pytest.mark.services]

CHUNKS = "**/api/v1/live/*/takes/*/chunks/**"
DISCARDS = COUNT.replace("creditweb-live", "creditweb-discards").replace("chunks", "discards")


def unsent(tab: RecorderPage) -> RecorderPage:
    """Record some seconds of which the server gets the first alone."""
    tab.start()
    tab.saved_until(1)
    tab.page.route(CHUNKS, lambda route: route.abort())
    tab.record_until(4)
    return tab


def test_a_recording_that_cannot_be_found_keeps_what_waits(
    recorder: Open, profile: Any, officer: Officer, site: Site
) -> None:
    """To an officer of another branch, signed in in the same browser, it does not exist."""
    context: BrowserContext = profile()
    tab = unsent(recorder(context=context))
    waiting = tab.waiting_in_browser()
    context.add_cookies([session_cookie(OfficerFactory(), site.url)])
    # What the event stream says of it is hearsay: the recording goes on.
    tab.tell("live:ended", {"reason": "gone"})
    tab.record_until(5)
    tab.expect_state("recording")
    tab.page.unroute(CHUNKS)
    tab.expect_state("ended")
    expect(tab.page.locator("[data-end=unseen]")).to_be_visible()
    expect(tab.page.locator("[data-end=gone]")).to_be_hidden()
    assert tab.waiting_in_browser() >= waiting >= 1
    assert tab.page.evaluate("document.getElementById('live-preview').srcObject") is None
    context.add_cookies([session_cookie(officer, site.url)])
    tab.visit()
    tab.expect_state("interrupted")
    tab.saved_until(5)
    wait_until_none(tab.page)
    tab.finish()
    assert tab.given_out_in_order() == tab.digests_received


@pytest.mark.parametrize("has_ended", [True, False])
def test_what_ended_while_no_recorder_was_open_is_forgotten_by_the_next_page(
    recorder: Open, profile: Any, officer: Officer, has_ended: bool
) -> None:
    context: BrowserContext = profile()
    tab = unsent(recorder(context=context))
    session, waiting = tab.live.recording.session, tab.waiting_in_browser()
    tab.page.close(run_before_unload=False)
    if has_ended:
        consent.withdraw(session.application.applicant, ["recording"], officer=officer)
    page = context.new_page()
    with page.expect_response("**/api/v1/live/*/"):
        page.goto(f"/sessions/{session.pk}/")
    if has_ended:
        wait_until_none(page)
    else:
        page.wait_for_load_state("networkidle")
        assert page.evaluate(COUNT) >= waiting >= 1


def test_a_link_leads_to_another_recording_of_which_parts_wait(
    recorder: Open, profile: Any, capture: Capture
) -> None:
    context: BrowserContext = profile()
    first = unsent(recorder(context=context))
    said = first.live.takes.get().chunks.count() + first.waiting_in_browser()
    first.page.close()
    second = recorder(capture(), context)
    note = second.page.locator("[data-elsewhere]")
    expect(note).to_contain_text("Parts of another recording still wait in this browser.")
    note.get_by_role("link").click()
    second.page.wait_for_url(f"**/live/{first.live.pk}/")
    second.expect_state("interrupted")
    second.saved_until(3)
    wait_until_none(second.page)
    assert first.live.takes.get().chunks.count() >= said >= 4
    second.visit()
    second.expect_state("notice")
    expect(note).to_be_hidden()


def discarded_offline(tab: RecorderPage, context: BrowserContext) -> None:
    """Record, lose the connection, start over, and wait until it is said that this waits."""
    tab.start()
    tab.saved_until(1)
    context.set_offline(True)
    tab.record_until(3)
    tab.press("again")
    tab.page.get_by_role("button", name="Discard and start over").click()
    tab.expect_state("discarding")
    expect(tab.page.get_by_text("Discarding the recording")).to_be_visible()
    wait_until_none(tab.page)


def state_of(tab: RecorderPage) -> str:
    return LiveCapture.objects.get(pk=tab.live.pk).state


def test_a_recording_discarded_without_a_connection_starts_over_when_opened_again(
    recorder: Open, profile: Any
) -> None:
    context: BrowserContext = profile()
    tab = recorder(context=context)
    discarded_offline(tab, context)
    tab.page.close()
    assert state_of(tab) == LiveCapture.State.OPEN
    context.set_offline(False)
    again = recorder(tab.live, context)
    again.page.wait_for_url(lambda url: "/live/" in url and str(tab.live.pk) not in url)
    again.expect_state("notice")
    assert state_of(tab) == LiveCapture.State.DISCARDED


@pytest.mark.parametrize("went_on", [False, True])
def test_any_page_discards_what_was_discarded_without_a_connection(
    recorder: Open, profile: Any, officer: Officer, site: Site, went_on: bool
) -> None:
    """Only in the name of the officer who did, and not what was recorded elsewhere since."""
    context: BrowserContext = profile()
    tab = recorder(context=context)
    discarded_offline(tab, context)
    tab.page.close()
    context.set_offline(False)
    colleague = OfficerFactory(username="colleague", branch=officer.branch)
    page = context.new_page()
    context.add_cookies([session_cookie(colleague, site.url)])
    page.goto("/applicants/", wait_until="networkidle")
    assert state_of(tab) == LiveCapture.State.OPEN
    if went_on:
        chunks.begin_take(tab.live, media_type="video/webm", client="kiosk", take_over=True)
    context.add_cookies([session_cookie(officer, site.url)])
    with page.expect_response("**/discard/") as answered:
        page.goto("/applicants/")
    assert answered.value.status == (409 if went_on else 204)
    assert (state_of(tab) == LiveCapture.State.DISCARDED) is not went_on
    wait_until_none(page, DISCARDS)

"""What waits in the browser while its recording is out of sight: found again, sent, never lost."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from applicants.models import Officer
from media_processing.services import consent
from tests.end_to_end.running_site import Site
from tests.factories import OfficerFactory
from tests.recorder.conftest import Capture, Open, session_cookie
from tests.recorder.recorder_page import COUNT, RecorderPage

pytestmark = [pytest.mark.browser, pytest.mark.services]

CHUNKS = "**/api/v1/live/*/takes/*/chunks/**"
NOTHING_WAITS = f"async () => (await ({COUNT})()) === 0"


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
    tab.page.wait_for_function(NOTHING_WAITS)
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
        page.wait_for_function(NOTHING_WAITS)
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
    second.page.wait_for_function(NOTHING_WAITS)
    assert first.live.takes.get().chunks.count() >= said >= 4
    second.visit()
    second.expect_state("notice")
    expect(note).to_be_hidden()

"""The whole road: a browser, a server, real workers; from a new applicant to a score that moved."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from media_processing.models import CaptureSession
from tests.end_to_end.case import start_case
from tests.end_to_end.running_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.services]

PROCESSING_MS = 240_000
UPLOAD_MS = 90_000
LARGE_PIECES = 3


def stage_of(page: Page, name: str) -> Locator:
    return page.locator(f'[data-stage="{name}"]')


def wait_for_stage(page: Page, name: str, state: str) -> None:
    found = page.locator(f'[data-stage="{name}"][data-stage-state="{state}"]')
    expect(found).to_be_visible(timeout=PROCESSING_MS)


def revision(page: Page) -> int:
    return int(page.locator("#recordings").get_attribute("data-revision") or 0)


def test_a_recording_goes_in_and_the_score_moves(
    site: Site, page: Page, tabs: BrowserContext, interview: Path
) -> None:
    start_case(page)
    before = revision(page)
    assert before >= 1
    page.set_input_files("#files", interview)
    expect(page.locator(".transfer-state")).to_have_text("Sent")

    # The stages are seen live, the same after a reload and in a second tab.
    wait_for_stage(page, "canonicalise", "done")
    second = tabs.new_page()
    second.goto(page.url)
    expect(second.locator('[data-stage="canonicalise"]')).to_have_attribute(
        "data-stage-state", "done"
    )
    page.reload()
    wait_for_stage(page, "face", "done")
    wait_for_stage(page, "voice", "done")
    wait_for_stage(page, "handover", "done")
    wait_for_stage(second, "handover", "done")
    expect(page.locator('[data-stage="gait"]')).to_have_attribute("data-stage-state", "skipped")
    expect(page.locator("#stage-status")).to_contain_text("Bring into the score, done")

    # The tracks follow one clock.
    page.locator("#player[data-drawn][data-state=done]").wait_for()
    expect(page.locator('[data-lines="face"] .scatterlayer .trace')).to_have_count(7)
    expect(page.locator('[data-lines="voice"] .scatterlayer .trace')).to_have_count(7)
    seek_and_follow(page)
    shows_where_it_stands(page, second)

    assert violations(page) == []

    # The score has a new revision, and its page tells the cause.
    expect(page.locator("#recordings")).not_to_have_attribute("data-revision", str(before))
    assert revision(page) > before
    page.locator("#score-panel").get_by_role("link", name="Explain").click()
    expect(page.locator("main")).to_contain_text("Session evidence arrived")


def violations(page: Page) -> list[str]:
    """Return the rules of WCAG 2.2 AA that the page breaks, as far as axe can tell."""
    tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    return [rule["id"] for rule in found.response["violations"]]


def seek_and_follow(page: Page) -> None:
    """A press on a track seeks; the cursor of all tracks and the clock agree."""
    plot = page.locator('[data-modality="face"] [data-plot]')
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    duration_s = float(page.locator("#player").get_attribute("data-duration-s") or 0)
    assert page.evaluate("document.querySelector('video').currentTime") == pytest.approx(
        duration_s / 2, abs=0.1
    )
    assert abs(cursor_time_s(page) - duration_s / 2) < 0.1
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "t => Math.abs(document.querySelector('video').currentTime - t) < 0.1",
        arg=duration_s / 2 + 2,
    )
    assert abs(cursor_time_s(page) - duration_s / 2 - 2) < 0.1


def cursor_time_s(page: Page) -> float:
    """Return the time at which the cursor stands, from its place on the screen."""
    found: float = page.evaluate(
        """() => {
          const ruler = document.querySelector("[data-ruler]").getBoundingClientRect();
          const cursor = document.querySelector("[data-cursor]").getBoundingClientRect();
          const duration_s = Number(document.getElementById("player").dataset.durationS);
          return ((cursor.left + 1 - ruler.left) / ruler.width) * duration_s;
        }"""
    )
    return found


def shows_where_it_stands(page: Page, second: Page) -> None:
    """The address names the time; opened elsewhere it shows the same moment."""
    page.wait_for_url(re.compile(rf"[?&]t={cursor_time_s(page):.1f}"))
    second.goto(page.url)
    second.locator("#player[data-drawn]").wait_for()
    assert abs(cursor_time_s(second) - cursor_time_s(page)) < 0.15


def test_a_cut_upload_goes_on_after_a_reload(site: Site, page: Page, large_recording: Path) -> None:
    start_case(page)
    pieces: list[int] = []

    def cut(route: Route) -> None:
        if route.request.method == "PATCH":
            pieces.append(int(route.request.headers["upload-offset"]))
            if len(pieces) > 1:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/uploads/**", cut)
    page.check("input[name=kind][value=voice]")
    page.set_input_files("#files", large_recording)
    expect(page.locator(".transfer-text")).to_contain_text("trying again", timeout=UPLOAD_MS)
    page.unroute("**/uploads/**")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()

    offsets: list[int] = []
    page.on(
        "request",
        lambda request: (
            offsets.append(int(request.headers["upload-offset"]))
            if request.method == "PATCH"
            else None
        ),
    )
    page.check("input[name=kind][value=voice]")
    page.set_input_files("#files", large_recording)
    expect(page.locator(".transfer-state")).to_have_text("Sent", timeout=UPLOAD_MS)
    assert offsets[0] > 0, "the upload began anew instead of going on"
    assert len(offsets) >= LARGE_PIECES - 1
    recording = CaptureSession.objects.get().recordings.get()
    assert recording.size_bytes == large_recording.stat().st_size
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.locator(".recording")).to_have_attribute("data-state", "cancelled")


def test_a_file_that_is_no_recording_is_refused_in_words(
    site: Site, page: Page, tmp_path: Path
) -> None:
    start_case(page)
    letter = tmp_path / "letter.mp4"
    letter.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    page.set_input_files("#files", letter)
    row = page.locator(".transfer")
    expect(row.locator(".transfer-state")).to_have_text("Not sent")
    expect(row.locator(".transfer-text")).to_contain_text("not a video or sound recording")
    assert not CaptureSession.objects.get().recordings.exists()


def test_a_killed_worker_loses_nothing(site: Site, page: Page, interview: Path) -> None:
    start_case(page)
    page.set_input_files("#files", interview)
    expect(stage_of(page, "face")).to_have_attribute(
        "data-stage-state", re.compile("running|done"), timeout=PROCESSING_MS
    )
    site.kill_process("media")
    site.start_process("media")
    wait_for_stage(page, "handover", "done")
    expect(page.locator(".recording")).to_have_attribute("data-state", "done")

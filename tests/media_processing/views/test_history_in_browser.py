"""The emotion history in a real browser: drawn, told at the time shown, reached by the keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, Playwright, expect
from pytest_django.live_server_helper import LiveServer

from applicants.models import Officer
from media_processing.analysis.types import Modality
from media_processing.models import CaptureSession
from media_processing.services import histories, observations
from tests.chromium import chromium
from tests.conftest import LOGIN_BACKEND
from tests.media_processing.analysis.fusion_readings import observation, peaked, place_numbers
from tests.media_processing.views.recordings import processed_recording

STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
IS_PAINTED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 3;
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def browser(django_db_setup: None, playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as opened:
        yield opened


@pytest.fixture
def page(
    browser: Browser,
    session: CaptureSession,
    officer: Officer,
    live_server: LiveServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Page]:
    """The session page of an interview whose voice contradicts the face from 30 to 34 s."""
    place_numbers(tmp_path, conflict_divergence=0.4)
    monkeypatch.setattr(histories, "WEIGHTS_DIR", tmp_path)
    recording = processed_recording(session)
    voice = [observation(Modality.VOICE, 30.0, 34.0, peaked("angry", 0.95), quality=1.0)]
    observations.append(recording, voice, "cd" * 32)
    histories.rebuild(recording)
    client = Client()
    client.force_login(officer, backend=LOGIN_BACKEND)
    context = browser.new_context(base_url=live_server.url)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}]
    )
    opened = context.new_page()
    opened.goto(reverse("media:session", args=[session.pk]))
    opened.wait_for_selector("#player[data-drawn=yes]")
    yield opened
    context.close()


def test_the_history_is_drawn_told_and_reached_by_the_keyboard(page: Page) -> None:
    for name in ("ribbon", "signals", "affect"):
        assert page.locator(f"canvas[data-history={name}]").evaluate(IS_PAINTED)
    strongest = page.locator("[data-history-value=strongest]")
    expect(strongest).to_contain_text("Neutral")
    expect(page.locator("[data-history-value=voice]")).to_have_text("–")

    contradiction = page.locator("#history .peaks a")
    contradiction.focus()
    page.keyboard.press("Enter")

    expect(page.locator("[data-history-value=voice]")).to_have_text("Angry")
    expect(page.locator("[data-history-value=face]")).to_have_text("Happy")

    page.locator("#history summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#history tbody tr").count() >= 4
    broken = Axe().run(page, context="#history", options=STANDARDS).response["violations"]
    assert [each["id"] for each in broken] == []


def test_a_gap_tells_nothing(page: Page) -> None:
    """Nothing was observed from 10 to 14 s."""
    page.goto(page.url.split("?")[0] + "?t=12")
    page.wait_for_selector("#player[data-drawn=yes]")

    expect(page.locator("[data-history-value=strongest]")).to_have_text("–")

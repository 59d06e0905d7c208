"""The strip of the live page in a real browser: calm, readable, and silent where it has to be."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect
from pytest_django.live_server_helper import LiveServer

from applicants.models import Branch, Officer
from media_processing.analysis.types import Modality
from media_processing.models import CaptureSession, LiveCapture
from media_processing.services import consent
from tests.chromium import chromium
from tests.conftest import LOGIN_BACKEND
from tests.media_processing import live_talk

STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
# A machine that trains beside the tests answers late.
PATIENT_MS = 30_000
PHONE = {"width": 390, "height": 844}
IS_PAINTED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 5;
}"""
SIZE = "node => getComputedStyle(node).fontSize"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def browser(django_db_setup: None, playwright: Playwright) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENT_MS)
    with chromium(playwright) as opened:
        yield opened
    expect.set_options(timeout=None)


@pytest.fixture
def context(
    browser: Browser, officer: Officer, live_server: LiveServer
) -> Iterator[BrowserContext]:
    """The officer's browser. This server streams nothing, so the page has to poll."""
    client = Client()
    client.force_login(officer, backend=LOGIN_BACKEND)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    opened.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}]
    )
    opened.route("**/events/?*", lambda route: route.abort())
    yield opened
    opened.close()


@pytest.fixture
def live(session: CaptureSession, officer: Officer, settings: object) -> LiveCapture:
    """A minute of an interview whose face shows one signal; a rule has fired."""
    settings.JURISDICTION = "demo"
    live = live_talk.opened(session, officer)
    said = {"face": [{"t_s": 1, "box": [0, 0, 1, 1]}], "voice": {"mode": "all"}}
    LiveCapture.objects.filter(pk=live.pk).update(subject=said)
    live_talk.watch(live, seen_s=56.0, shed_frames=12)
    rows = live_talk.observe(live, strongest="angry", quality=0.5)
    live_talk.hand_over(live, rows)
    live_talk.observe(live, Modality.VOICE, to_s=30.0)
    return live


@pytest.fixture
def page(context: BrowserContext, live: LiveCapture) -> Page:
    opened = context.new_page()
    opened.goto(reverse("media:live", args=[live.pk]))
    expect(opened.locator("[data-score=final]")).to_have_text(re.compile(r"\d{3}"))
    return opened


def test_the_strip_tells_signals_quality_lag_score_and_rules(page: Page) -> None:
    face, voice = page.locator("[data-signal=face]"), page.locator("[data-signal=voice]")
    expect(face.locator("[data-now]")).to_have_text(
        re.compile(r"observed expression signal: Angry, 6\d%")
    )
    expect(face.locator("[data-quality]")).to_have_text("quality fair")
    expect(voice.locator("[data-now]")).to_have_text("Nothing observed just now")
    assert face.locator("canvas").evaluate(IS_PAINTED)
    expect(page.locator("[data-strip=lag]")).to_have_text("4 s are still to be looked at")
    expect(page.locator("[data-strip=hints]")).to_contain_text("12 pictures were not analysed")
    expect(page.locator("[data-strip=alert-list]")).to_contain_text("observed expression signal")
    expect(page.locator("[data-strip=alert-list]")).to_contain_text("so far")
    financial, final = page.locator("[data-score=financial]"), page.locator("[data-score=final]")
    assert financial.evaluate(SIZE) == final.evaluate(SIZE)
    expect(page.locator("[data-score=between]")).to_have_text(
        re.compile(r"nine in ten between \d+ and \d+")
    )
    expect(page.locator("#strip .card-footer")).to_contain_text("cannot be seen here")
    # The browser's own clock counts while it records.
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('live:time', { detail: { take: 1, tS: 57.5 } }))"
    )
    expect(page.locator("[data-strip=lag]")).to_have_text(re.compile(r"Seen up to [23] s ago"))


def test_only_what_matters_is_spoken(page: Page, live: LiveCapture) -> None:
    status = page.locator("[data-strip=status]")
    expect(status).to_contain_text("Sustained signal")
    page.evaluate(
        """() => {
          window.spoken = 0;
          const status = document.querySelector("[data-strip=status]");
          new MutationObserver(() => { window.spoken += 1; }).observe(status, { childList: true });
        }"""
    )
    live_talk.observe(live, from_s=58.0, to_s=60.0)
    live_talk.watch(live, seen_s=60.0)
    expect(page.locator("[data-strip=lag]")).to_have_text("All of it is seen")
    assert page.evaluate("window.spoken") == 0


def test_it_folds_away_and_stays_so(page: Page) -> None:
    page.get_by_role("button", name="Fold away").click()
    expect(page.locator("#strip-body")).to_be_hidden()
    page.reload()
    expect(page.locator("#strip-body")).to_be_hidden()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("[data-signal=face] canvas")).to_be_visible()


def test_consent_taken_back_is_said_at_once_and_the_score_goes_back(
    page: Page, live: LiveCapture, officer: Officer
) -> None:
    without = page.locator("[data-score=financial]").inner_text()
    applicant = live.recording.session.application.applicant
    consent.withdraw(applicant, ["recording"], officer=officer)
    expect(page.locator("[data-strip=notice]")).to_contain_text("Consent was taken back")
    expect(page.locator("[data-strip=status]")).to_contain_text("Consent was taken back")
    expect(page.locator("[data-score=final]")).to_have_text(without)
    expect(page.locator("[data-signal=face] [data-now]")).to_have_text("–")
    expect(page.locator("[data-strip=alert-list] li")).to_have_count(0)


def test_a_hidden_talk_never_reaches_the_browser(
    context: BrowserContext, live: LiveCapture
) -> None:
    Branch.objects.update(live_display=Branch.LiveDisplay.HIDDEN)
    told: list[dict] = []

    def note(route: Route) -> None:
        answer = route.fetch()
        told.append(answer.json())
        route.fulfill(response=answer)

    context.route("**/api/v1/live/*/?language=*", note)
    page = context.new_page()
    page.goto(reverse("media:live", args=[live.pk]))
    expect(page.locator("#strip")).to_contain_text("Hidden during the talk")
    expect(page.locator("[data-strip=lag]")).to_have_text("4 s are still to be looked at")
    assert page.locator("#strip canvas").count() == 0
    assert told
    for state in told:
        assert (state["score"], state["alerts"]) == (None, [])
        assert not any(state["observations"].values())
    page.unroute_all(behavior="ignoreErrors")
    context.unroute_all(behavior="ignoreErrors")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_strip_is_accessible_and_fits_a_phone(page: Page, theme: str) -> None:
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text) if "Content Security" in m.text else None)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=theme)
    page.reload()
    expect(page.locator("[data-score=final]")).to_have_text(re.compile(r"\d{3}"))
    broken = Axe().run(page, context="#strip", options=STANDARDS).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in broken] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert refused == []

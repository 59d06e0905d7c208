"""A running site, a browser, an officer who has signed in, and an interview made by code."""

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from applicants.models import Officer
from media_processing.demo_media import drawn_face, synthetic_speech
from media_processing.demo_media.drawn_face import Expression
from media_processing.demo_media.film import write_film
from tests.chromium import chromium
from tests.end_to_end.running_site import Site
from tests.factories import PASSWORD, BranchFactory, OfficerFactory
from tests.recorder import fake_devices

PATIENCE_MS = 20_000
RATE_HZ = 10
SCENES: tuple[tuple[Expression, float], ...] = (
    (drawn_face.NEUTRAL, 6.0),
    (drawn_face.HAPPY, 6.0),
    (drawn_face.NEUTRAL, 4.0),
)


@pytest.fixture(autouse=True)
def _database_outside_transactions(transactional_db: None) -> Iterator[None]:
    """The site's processes see only what is committed, and never hold up the clean-up.

    Their workers go on while the tables are emptied. Where both want each other's locks, Postgres
    ends the one that complains first; it must be a worker, whose task is taken up again.
    """
    yield
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SET deadlock_timeout = '1min'")


# Of the package, not of the session: its workers must not take the jobs of tests elsewhere.
@pytest.fixture(scope="package")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("site"), settings.DATABASES["default"]["NAME"])
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as opened:
        yield opened


@pytest.fixture
def officer(transactional_db: None) -> Officer:
    branch = BranchFactory(code="HARBOUR", name="Harbour")
    return OfficerFactory(username="ida", branch=branch)


@pytest.fixture(scope="session")
def studio(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows a drawn face and whose microphone hears synthetic speech."""
    devices = fake_devices.made_in(tmp_path_factory.mktemp("devices"))
    with chromium(playwright, *devices) as opened:
        yield opened


@pytest.fixture
def tabs(browser: Browser, site: Site, officer: Officer) -> Iterator[BrowserContext]:
    """A browser profile whose officer has signed in; every error of a page fails the test."""
    with _signed_in(browser, site, officer) as context:
        yield context


@pytest.fixture
def studio_tabs(studio: Browser, site: Site, officer: Officer) -> Iterator[BrowserContext]:
    """The same with a camera and a microphone that pages may open."""
    with _signed_in(studio, site, officer, permissions=["camera", "microphone"]) as context:
        yield context


@contextmanager
def _signed_in(
    browser: Browser, site: Site, officer: Officer, **options: Any
) -> Iterator[BrowserContext]:
    size = {"width": 1440, "height": 900}
    context = browser.new_context(base_url=site.url, viewport=size, **options)
    context.set_default_timeout(PATIENCE_MS)
    problems: list[str] = []
    context.on("weberror", lambda error: problems.append(str(error.error)))
    context.on("console", lambda said: _note(problems, said.type, said.text))
    sign_in(context.new_page(), officer.username)
    yield context
    context.close()
    assert problems == []


def _note(problems: list[str], kind: str, text: str) -> None:
    # A cut connection is part of some tests; what a page does wrong is not.
    if kind == "error" and "Failed to load resource" not in text:
        problems.append(text)


def sign_in(page: Page, username: str) -> None:
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


@pytest.fixture
def page(tabs: BrowserContext) -> Page:
    return tabs.pages[0]


@pytest.fixture(scope="session")
def interview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn face whose expression changes, with synthetic speech: 16 s, nobody's likeness."""
    path = tmp_path_factory.mktemp("interview") / "interview.mp4"
    seconds = sum(lasting_s for _, lasting_s in SCENES)
    pictures = {scene: drawn_face.draw_face(scene) for scene, _ in SCENES}
    frames = (
        pictures[scene] for scene, lasting_s in SCENES for _ in range(round(lasting_s * RATE_HZ))
    )
    sound = synthetic_speech.babble(synthetic_speech.LIVELY, duration_s=seconds, seed=0)
    write_film(path, frames, rate_hz=RATE_HZ, sound=sound)
    return path


@pytest.fixture(scope="session")
def large_recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound recording of several pieces: 14 MB of noise that no codec can make small."""
    path = tmp_path_factory.mktemp("large") / "answer.wav"
    rate_hz, seconds = 48_000, 75
    noise = np.random.default_rng(0).integers(-3000, 3000, (rate_hz * seconds, 2), dtype=np.int16)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(noise.tobytes())
    return path

"""A running site, a browser with a camera and a microphone from files, and an open capture."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Playwright

from applicants.models import Application, Officer
from applicants.services.stores import store_at
from media_processing.models import LiveCapture
from media_processing.services.live.capture import open_capture
from media_processing.services.sessions import open_session
from tests.chromium import chromium
from tests.conftest import LOGIN_BACKEND
from tests.end_to_end.running_site import Site
from tests.factories import give_consents
from tests.recorder import fake_devices
from tests.recorder.recorder_page import PATIENCE_MS, RecorderPage

DEVICES = ["camera", "microphone"]
Capture = Callable[..., LiveCapture]
Open = Callable[..., RecorderPage]


class WebOnly(Site):
    """The web process alone: what records needs no worker."""

    def start(self) -> None:
        self.collect_static()
        self.start_process("web")
        self.wait_until_answering()


@pytest.fixture(autouse=True)
def _database_outside_transactions(transactional_db: None) -> Iterator[None]:
    """The site sees only what is committed, and never holds up the clean-up.

    A page may still ask while the tables are emptied. Where both want each other's locks, Postgres
    ends the one that complains first; it must be the site.
    """
    yield
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SET deadlock_timeout = '1min'")


@pytest.fixture(scope="package")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = WebOnly(tmp_path_factory.mktemp("site"), settings.DATABASES["default"]["NAME"])
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="package")
def studio(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose camera shows a drawn face and whose microphone hears synthetic speech."""
    devices = fake_devices.made_in(tmp_path_factory.mktemp("devices"))
    with chromium(playwright, *devices) as opened:
        yield opened


@pytest.fixture
def capture(
    site: Site, application: Application, officer: Officer, settings: pytest.FixtureRequest
) -> Iterator[Capture]:
    """Open a capture: ``capture(kind="voice", questions=["…"])``."""
    settings.MEDIA_STORAGE_URL = site.environment["MEDIA_STORAGE_URL"]
    give_consents(application.applicant)

    def opened(kind: str = "interview", questions: tuple[str, ...] = ()) -> LiveCapture:
        session = open_session(application, officer=officer)
        return open_capture(officer, session, kind=kind, questions=questions)

    yield opened
    store_at.cache_clear()


@pytest.fixture
def profile(
    site: Site, studio: Browser, officer: Officer
) -> Iterator[Callable[..., BrowserContext]]:
    """A browser profile of a signed-in officer: ``profile(officer, permissions=[...])``."""
    contexts: list[BrowserContext] = []

    def made(who: Officer = officer, **options: object) -> BrowserContext:
        chosen = {"permissions": DEVICES} | options
        context = studio.new_context(base_url=site.url, **chosen)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([session_cookie(who, site.url)])
        contexts.append(context)
        return context

    yield made
    for context in contexts:
        context.close()


def session_cookie(officer: Officer, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(officer, backend=LOGIN_BACKEND)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


@pytest.fixture
def recorder(profile: Callable[..., BrowserContext], capture: Capture) -> Iterator[Open]:
    """Open the page of a capture in a profile of its own or in a given one."""
    opened: list[RecorderPage] = []

    def page_of(
        live: LiveCapture | None = None, context: BrowserContext | None = None
    ) -> RecorderPage:
        page = RecorderPage(context or profile(), live or capture())
        opened.append(page)
        return page.visit()

    yield page_of
    assert [problem for page in opened for problem in page.problems] == []

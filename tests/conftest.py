"""The people of the tests: two branches and one officer per role."""

import os
from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from applicants.models import Application, Branch, Officer
from tests.factories import ApplicationFactory, BranchFactory, OfficerFactory

# Fixed seeds, and no clock: a busy machine draws the same cases, only later.
settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")

LOGIN_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def branch(db: None) -> Branch:
    return BranchFactory(code="HARBOUR", name="Harbour")


@pytest.fixture
def other_branch(db: None) -> Branch:
    return BranchFactory(code="HILL", name="Hill")


@pytest.fixture
def officer(branch: Branch) -> Officer:
    return OfficerFactory(username="officer", branch=branch)


@pytest.fixture
def senior(branch: Branch) -> Officer:
    return OfficerFactory(username="senior", branch=branch, role=Officer.Role.SENIOR_OFFICER)


@pytest.fixture
def other_branch_officer(other_branch: Branch) -> Officer:
    return OfficerFactory(username="stranger", branch=other_branch)


@pytest.fixture
def auditor(db: None) -> Officer:
    return OfficerFactory(username="auditor", branch=None, role=Officer.Role.AUDITOR)


@pytest.fixture
def admin(db: None) -> Officer:
    return OfficerFactory(
        username="admin", branch=None, role=Officer.Role.ADMIN, is_staff=True, is_superuser=True
    )


@pytest.fixture
def analyst(db: None) -> Officer:
    return OfficerFactory(username="analyst", branch=None, role=Officer.Role.RISK_ANALYST)


@pytest.fixture
def data_officer(db: None) -> Officer:
    return OfficerFactory(username="data", branch=None, role=Officer.Role.DATA_OFFICER)


@pytest.fixture
def application(officer: Officer) -> Application:
    """A submitted application of the officer's branch, without consent."""
    return ApplicationFactory(branch=officer.branch, created_by=officer)


@pytest.fixture
def client_of() -> Callable[[Officer], Client]:
    """Sign an officer in: ``client_of(officer).get(...)``."""

    def signed_in(officer: Officer) -> Client:
        client = Client()
        client.force_login(officer, backend=LOGIN_BACKEND)
        return client

    return signed_in


@pytest.fixture
def api_of() -> Callable[[Officer], APIClient]:
    """Sign an officer in to the API: ``api_of(officer).post(url, {...}, format="json")``."""

    def signed_in(officer: Officer) -> APIClient:
        client = APIClient()
        client.force_authenticate(officer)
        return client

    return signed_in


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the browser for the end: its event loop stays in this thread until the session ends."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let tests with a browser use the database: Playwright keeps an event loop in their thread."""
    if item.get_closest_marker("browser") is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

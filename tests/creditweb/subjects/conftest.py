"""Twenty people of two branches, every other one decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from applicants.models import Applicant, Branch, Officer
from applicants.services.stores import store_at
from tests.creditweb.subjects.people import make_person
from tests.factories import OfficerFactory

PEOPLE = 20


@pytest.fixture
def media_folder(tmp_path: Path, settings: object) -> Iterator[Path]:
    folder = tmp_path / "media"
    settings.MEDIA_STORAGE_URL = f"file://{folder}"
    yield folder
    store_at.cache_clear()


@pytest.fixture
def person(officer: Officer, branch: Branch, media_folder: Path) -> Applicant:
    """One person whose application is open."""
    return make_person(1, officer, branch, decided=False)


@pytest.fixture
def few(officer: Officer, branch: Branch, media_folder: Path) -> list[Applicant]:
    """Three people; the one in the middle is decided."""
    return [make_person(n, officer, branch, decided=n == 1) for n in range(3)]


@pytest.fixture
def people(
    officer: Officer, branch: Branch, other_branch: Branch, media_folder: Path
) -> list[Applicant]:
    other = OfficerFactory(branch=other_branch)
    return [
        make_person(n, *((officer, branch) if n % 3 else (other, other_branch)), decided=n % 2 == 1)
        for n in range(PEOPLE)
    ]

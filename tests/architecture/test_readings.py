"""Whoever sees a person by any route is found again on the page *Who saw it*."""

import pytest

from applicants.models import Applicant, Application, Officer
from applicants.services.readings import LISTED
from creditweb.subjects.access_log import ACTION_WORDS, readings
from creditweb.subjects.opened import OPENED
from tests.architecture.test_access import LENDING, ROUTES, WITHOUT_FILE, Row, ask, signed_in
from tests.factories import OfficerFactory

pytestmark = pytest.mark.django_db

OF_A_PERSON = {
    "applicant", "application", "session", "recording", "job", "flag", "live", "stage", "upload",
    "subject_request", "rectification",
}  # fmt: skip
# It writes an event of its own each time: a letter is made, not only looked at. It needs a
# declined application, see tests/scoring/views/test_letters.py.
SAYS_ITSELF = {"scoring:decision_letter"}
# Redirects while nothing is recorded there, or while there is no file.
NOTHING_TO_SEE = {"scoring:decision_letter", *WITHOUT_FILE}
SHOWN = [
    (name, row)
    for name, rows in ROUTES.items()
    for row in rows
    if row.method == "GET" and row.of in OF_A_PERSON
]
LISTS = {
    "api_applicants": "", "api_applications": "", "api_flags": "", "applicant_list": "",
    "scoring:work_list": "?tab=all", "scoring:review_queue": "?tab=open", "subjects:requests": "",
}  # fmt: skip


def test_every_route_that_shows_a_person_is_recorded() -> None:
    assert {name for name, _ in SHOWN} - SAYS_ITSELF <= set(OPENED)
    assert set(OPENED) <= set(ROUTES)
    assert {action for action, _ in OPENED.values()} <= set(ACTION_WORDS)


def _reader(row: Row, application: Application) -> Officer:
    role = sorted(row.roles)[0]
    return OfficerFactory(role=role, branch=application.branch if role in LENDING else None)


def _found(person: Applicant, officer: Officer) -> list[str]:
    rows = readings({"person": person, "officer": officer})
    return [row.action for row in rows]


@pytest.mark.parametrize(
    ("name", "row"),
    [each for each in SHOWN if each[0] not in NOTHING_TO_SEE],
    ids=lambda each: each if isinstance(each, str) else each.of,
)
def test_who_opens_a_person_is_found(
    name: str, row: Row, world: dict[str, object], application: Application
) -> None:
    officer = _reader(row, application)
    client = signed_in(officer)

    answers = [ask(client, name, row, world) for _ in range(2)]

    assert {answer.status_code for answer in answers} <= {200, 286}
    assert _found(application.applicant, officer) == [OPENED[name][0]]


@pytest.mark.parametrize(("name", "query"), LISTS.items(), ids=LISTS)
def test_who_is_shown_a_list_with_a_person_is_found(
    name: str, query: str, world: dict[str, object], application: Application
) -> None:
    row = next(row for row in ROUTES[name] if row.method == "GET")
    officer = _reader(row, application)
    client = signed_in(officer)

    for _ in range(2):
        assert ask(client, name, Row("GET", row.roles, query=query), world).status_code == 200

    assert _found(application.applicant, officer) == [LISTED]


def test_who_is_refused_has_seen_nothing(
    world: dict[str, object], application: Application, admin: Officer
) -> None:
    row = ROUTES["applicant_detail"][0]

    assert ask(signed_in(admin), "applicant_detail", row, world).status_code == 403

    assert _found(application.applicant, admin) == []

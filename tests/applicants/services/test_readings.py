"""When a reading is one, and that a reading that could not be recorded is none."""

import pytest
from django.db import DatabaseError

from applicants.models import Application, AuditEvent, Officer
from applicants.services import audit
from applicants.services.readings import LISTED, record_listing, record_reading
from tests.factories import ApplicantFactory

pytestmark = pytest.mark.django_db


def test_the_same_within_a_quarter_of_an_hour_is_one_reading(
    officer: Officer, senior: Officer, application: Application
) -> None:
    for reader in (officer, officer, senior):
        record_reading("applicant.viewed", actor=reader, obj=application.applicant)

    rows = AuditEvent.objects.filter(action="applicant.viewed").order_by("id")
    assert [(row.actor, row.detail["role"]) for row in rows] == [
        (officer, officer.role),
        (senior, senior.role),
    ]


def test_a_reading_that_could_not_be_recorded_is_recorded_the_next_time(
    officer: Officer, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object, **more: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", fails)
        with pytest.raises(DatabaseError):
            record_reading("applicant.viewed", actor=officer, obj=application.applicant)
    record_reading("applicant.viewed", actor=officer, obj=application.applicant)

    assert AuditEvent.objects.filter(action="applicant.viewed").count() == 1


def test_a_list_names_whom_it_had_not_shown_before(officer: Officer) -> None:
    people = [ApplicantFactory(branch=officer.branch, created_by=officer) for _ in range(3)]
    for shown in (people[:2], people[:2], people, []):
        record_listing(shown, "pk", actor=officer)

    rows = AuditEvent.objects.filter(action=LISTED).order_by("id")
    assert [row.detail["people"] for row in rows] == [
        [str(each.pk) for each in people[:2]],
        [str(people[2].pk)],
    ]

"""Who reads a person in the administration is recorded as who reads the pages is."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from applicants.admin_reading import PersonRecordAdmin
from applicants.models import Applicant, AuditEvent, Officer
from creditweb.subjects.access_log import words_of
from creditweb.subjects.data_map import DATA
from scoring.models import ScoreRevision

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def _readings(action: str) -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(action=action).order_by("id")
    return [(row.object_id, row.detail["record"]) for row in rows]


def test_every_record_of_a_person_in_the_administration_records_its_reading() -> None:
    shown = [each for each in DATA if each.model in admin.site._registry]
    assert len(shown) > 5
    for each in shown:
        found = admin.site._registry[each.model]
        assert isinstance(found, PersonRecordAdmin), each.label
        assert found.person_path == each.path, each.label


def test_who_opens_a_record_reads_its_person(
    client_of: ClientOf, admin: Officer, person: Applicant, data_officer: Officer
) -> None:
    revision = ScoreRevision.objects.get(application__applicant=person, sequence=2)
    url = reverse("admin:scoring_scorerevision_change", args=[revision.pk])
    assert [client_of(admin).get(url).status_code for _ in range(2)] == [200, 200]
    assert _readings("admin.viewed") == [(str(person.pk), "scoring.ScoreRevision")]
    page = client_of(data_officer).get(reverse("subjects:access"), {"person": str(person.pk)})
    assert "Record in the administration: score revision" in page.content.decode()


def test_who_looks_through_a_list_reads_whom_it_shows(
    client_of: ClientOf, admin: Officer, few: list[Applicant], data_officer: Officer
) -> None:
    url = reverse("admin:scoring_scorerevision_changelist")
    number = few[0].applications.get().number
    client_of(admin).get(url, {"q": number})
    client_of(admin).get(url)
    assert _readings("admin.viewed") == []
    first, second = AuditEvent.objects.filter(action="admin.listed").order_by("id")
    assert first.detail["people"] == [str(few[0].pk)]
    assert set(second.detail["people"]) == {str(each.pk) for each in few[1:]}
    desk = client_of(data_officer)
    assert "List in the administration: score revision" in _access(desk, few[1])


def _access(desk: Client, person: Applicant) -> str:
    return desk.get(reverse("subjects:access"), {"person": str(person.pk)}).content.decode()


def test_who_is_not_let_in_reads_nothing(
    client_of: ClientOf, officer: Officer, person: Applicant
) -> None:
    revision = ScoreRevision.objects.filter(application__applicant=person).first()
    url = reverse("admin:scoring_scorerevision_change", args=[revision.pk])
    assert client_of(officer).get(url).status_code == 302
    assert _readings("admin.viewed") == []


def test_a_record_of_every_kind_has_words(admin: Officer, person: Applicant) -> None:
    event = AuditEvent(action="admin.viewed", detail={"record": "scoring.LoanOutcome"})
    assert words_of(event) == "Record in the administration: loan outcome"

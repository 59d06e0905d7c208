"""What the data officer does on the pages, and what nobody else can."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import Applicant, AuditEvent, Officer, SubjectRequest
from applicants.services.subject_requests import receive
from creditweb.subjects import archive, exports
from creditweb.subjects.keys import data_keys
from media_processing.models import EmotionHistory, SubjectExport
from scoring.models import ScoreRevision
from scoring.services import background
from tests.factories import PASSWORD

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume async"),
]
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def desk(client_of: ClientOf, data_officer: Officer) -> Client:
    return client_of(data_officer)


def _asked(desk: Client, person: Applicant, kind: str) -> SubjectRequest:
    url = reverse("subjects:subject", args=[person.pk])
    response = desk.post(url, {"kind": kind, "received_on": "2026-01-05", "note": "By letter."})
    request = SubjectRequest.objects.get(kind=kind)
    assert response["Location"] == reverse("subjects:request", args=[request.pk])
    return request


def _do(desk: Client, request: SubjectRequest, **body: str) -> str:
    response = desk.post(reverse("subjects:do", args=[request.pk]), body, follow=True)
    request.refresh_from_db()
    return response.content.decode()


def test_a_request_is_found_by_number_recorded_and_due_thirty_days_later(
    desk: Client, person: Applicant
) -> None:
    number = person.applications.get().number
    found = desk.get(reverse("subjects:requests"), {"find": number})
    assert found["Location"] == reverse("subjects:subject", args=[person.pk])
    request = _asked(desk, person, "restrict")
    assert (request.due_at - request.received_at).days == 30
    assert request.is_overdue
    assert "Overdue" in desk.get(reverse("subjects:requests")).content.decode()
    assert request.note == "By letter."


def test_restriction_objection_and_their_ends(desk: Client, person: Applicant) -> None:
    for kind in ("restrict", "lift", "object", "concede"):
        request = _asked(desk, person, kind)
        assert "Done" in _do(desk, request)
        assert request.state == "done"
    person.refresh_from_db()
    assert (person.restricted_at, person.objected_at) == (None, None)


def test_erasure_wants_the_own_password(desk: Client, person: Applicant) -> None:
    request = _asked(desk, person, "erase")
    assert "This is not your password" in _do(desk, request, password="guess")
    assert Applicant.objects.get().erased_at is None
    _do(desk, request, password=PASSWORD)
    for page in ("subjects:subject", "applicant_detail"):
        shown = desk.get(reverse(page, args=[person.pk])).content.decode()
        assert "Erased applicant" in shown
    assert Applicant.objects.get().erased_at is not None
    assert request.state == "done"


def test_a_copy_is_made_by_a_worker_and_fetched_once(
    desk: Client, person: Applicant, django_capture_on_commit_callbacks: object
) -> None:
    request = _asked(desk, person, "export")
    with django_capture_on_commit_callbacks() as rung:
        assert "hx-trigger" in _do(desk, request)
    assert len(rung) == 1
    export = SubjectExport.objects.get()
    assert exports.make(export.pk) is not None
    assert exports.make(export.pk) is None, "a second message made it again"
    url = reverse("subjects:download", args=[request.pk])
    assert desk.post(url, {"password": "guess"}).status_code == 422
    response = desk.post(url, {"password": PASSWORD})
    content = b"".join(response)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert "data.json" in archive.namelist()
    again = desk.post(url, {"password": PASSWORD}, follow=True)
    assert "fetched already" in again.content.decode()
    export.refresh_from_db()
    request.refresh_from_db()
    assert (export.data_key, request.state) == (None, "done")
    actions = list(AuditEvent.objects.values_list("action", flat=True))
    for action in ("subject.export_asked", "subject.export_made", "subject.export_fetched"):
        assert actions.count(action) == 1


def test_a_copy_is_not_removed_while_it_is_being_fetched(
    person: Applicant, data_officer: Officer, media_folder: Path
) -> None:
    def begun() -> Iterator[bytes]:
        request = receive(person, "export", officer=data_officer)
        export = exports.make(exports.start(request, officer=data_officer).pk)
        assert export is not None
        sent = iter(exports.fetch(export, officer=data_officer).parts)
        # Its days are over in the midst of it.
        SubjectExport.objects.update(expires_at=export.created_at)
        assert exports.remove_expired() == 0
        return sent

    with zipfile.ZipFile(io.BytesIO(b"".join(begun()))) as archive:
        assert archive.testzip() is None
    assert not list(media_folder.rglob("*-export"))
    next(begun())  # a transfer that breaks off
    assert len(list(media_folder.rglob("*-export"))) == 1
    SubjectExport.objects.update(fetched_at=timezone.now() - timedelta(hours=7))
    assert exports.remove_expired() == 1
    assert not list(media_folder.rglob("*-export"))


def test_a_copy_lies_sealed_and_an_expired_one_is_gone(
    desk: Client, person: Applicant, data_officer: Officer, media_folder: object
) -> None:
    request = receive(person, "export", officer=data_officer)
    export = exports.make(exports.start(request, officer=data_officer).pk)
    files = list(media_folder.rglob("*-export"))
    assert len(files) == 1
    assert b"Family1" not in files[0].read_bytes()
    SubjectExport.objects.update(expires_at=export.created_at)
    assert exports.remove_expired() == 1
    assert not files[0].exists()
    url = reverse("subjects:download", args=[request.pk])
    assert "expired" in desk.post(url, {"password": PASSWORD}, follow=True).content.decode()
    # It can be made once more by the same request.
    assert exports.make(exports.start(request, officer=data_officer).pk) is not None


def test_a_copy_whose_worker_died_is_made_by_the_next(
    person: Applicant, data_officer: Officer, media_folder: object
) -> None:
    request = receive(person, "export", officer=data_officer)
    export = exports.start(request, officer=data_officer)
    dead = background.claim(SubjectExport, export.pk)
    assert dead is not None
    assert exports.make(export.pk) is None, "the lease still holds"
    SubjectExport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert background.unrung(SubjectExport) == [export.pk]
    assert exports.make(export.pk) is not None
    with pytest.raises(background.WorkLostError):
        background.finish(dead, background.State.DONE, sha256="0" * 64)
    assert len(list(media_folder.rglob("*-export"))) == 1
    assert exports.fetch(export, officer=data_officer).parts is not None


def test_too_many_copies_within_an_hour(
    person: Applicant, data_officer: Officer, settings: object
) -> None:
    settings.SUBJECT_EXPORTS_PER_HOUR = 1
    exports.start(receive(person, "export", officer=data_officer), officer=data_officer)
    with pytest.raises(Exception, match="within an hour"):
        exports.start(receive(person, "export", officer=data_officer), officer=data_officer)


def test_a_copy_that_breaks_says_so_and_can_be_asked_for_again(
    desk: Client, person: Applicant, data_officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = receive(person, "export", officer=data_officer)
    export = exports.start(request, officer=data_officer)
    with monkeypatch.context() as patch:
        patch.setattr(exports.archive, "data_of", lambda applicant: 1 / 0)
        assert exports.make(export.pk) is None
    shown = desk.get(reverse("subjects:request", args=[request.pk])).content.decode()
    assert exports.FAILED in shown
    assert exports.make(exports.start(request, officer=data_officer).pk) is not None


def test_a_correction_on_the_page_is_scored(desk: Client, person: Applicant) -> None:
    request = _asked(desk, person, "rectify")
    url = reverse("subjects:correct", args=[request.pk])
    shown = desk.get(url)
    form, finances = shown.context["form"], shown.context["finances"]
    body = {f"personal-{name}": value or "" for name, value in form.initial.items()}
    body |= {f"finances-{name}": "" if v is None else v for name, v in finances.initial.items()}
    wrong = desk.post(url, body | {"finances-annual_income": "-4"})
    assert wrong.status_code == 422
    desk.post(url, body | {"personal-family_name": "Right", "finances-annual_income": "77000"})
    person.refresh_from_db()
    request.refresh_from_db()
    newest = person.applications.get().score_revisions.order_by("-sequence").first()
    assert (person.family_name, person.given_name) == ("Right", "Given1")
    assert (newest.cause, newest.profile.annual_income) == (ScoreRevision.Cause.RECTIFIED, 77_000)
    assert request.result == {"fields": ["annual_income", "family_name"]}
    assert newest.profile.total_assets == 60_000


def test_a_refusal_needs_its_reason(desk: Client, person: Applicant) -> None:
    request = _asked(desk, person, "erase")
    url = reverse("subjects:refuse", args=[request.pk])
    assert desk.post(url, {"reason": " "}).status_code == 422
    desk.post(url, {"reason": "A law needs it until May."})
    request.refresh_from_db()
    assert (request.state, request.note) == ("refused", "By letter.\nA law needs it until May.")


def test_the_page_of_data_and_keys_shows_no_key(
    desk: Client, person: Applicant, data_officer: Officer
) -> None:
    shown = desk.get(reverse("subjects:data")).content.decode()
    assert "Observations" in shown
    alive = {each.name: each.alive for each in data_keys()}
    assert alive["capture sessions"] == 1
    assert {"uploads", "subject exports", "batch jobs", "credit tables"} <= set(alive)
    for name in ("MEDIA_KEY", "FIELD_KEY", "INDEX_KEY", "AUDIT_KEY"):
        key = getattr(settings, name)
        assert key.hex()[:16] not in shown
    for personal in ("Family1", "ID-0001", "person1@example.org"):
        assert personal not in shown


def test_who_read_what_by_person_and_officer(
    desk: Client, person: Applicant, officer: Officer, senior: Officer, client_of: ClientOf
) -> None:
    application = person.applications.get()
    session = application.capture_sessions.get()
    EmotionHistory.objects.all().delete()  # its content here is no history
    for reader in (officer, senior):
        signed_in = client_of(reader)
        for name, key in (
            ("applicant_detail", person.pk), ("application_detail", application.pk),
            ("scoring:application_score", application.pk), ("media:session", session.pk),
        ):  # fmt: skip
            for _twice in range(2):
                assert signed_in.get(reverse(name, args=[key])).status_code == 200
    url = reverse("subjects:access")
    number = application.number
    rows = desk.get(url, {"person": number, "officer": officer.username}).context["events"]
    read = {"applicant.viewed", "application.viewed", "score.viewed", "session.viewed"}
    assert {row.action for row, *_rest in rows} == read
    assert len(rows) == 4, "a second look within a quarter of an hour is the same reading"
    assert desk.get(url, {"person": "A-0000"}).status_code == 422
    assert desk.get(url, {"officer": "nobody"}).status_code == 422
    table = desk.get(reverse("subjects:access_csv"), {"person": number})
    lines = b"".join(table).decode().splitlines()
    assert lines[0] == "at,officer,role,action,record,object_type,object_id,person,people,ip"
    assert len(lines) == 1 + 8
    assert all(f",{number}," in line for line in lines[1:])
    assert AuditEvent.objects.filter(action="access.exported").count() == 1


def test_who_saw_it_names_the_person_by_number_and_leads_there(
    desk: Client, person: Applicant, client_of: ClientOf, officer: Officer, auditor: Officer
) -> None:
    number = person.applications.get().number
    client_of(officer).get(reverse("application_detail", args=[person.applications.get().pk]))
    link = reverse("subjects:subject", args=[person.pk])
    text = desk.get(reverse("subjects:access")).content.decode()
    assert f'<a href="{link}">{number}</a>' in text
    text = client_of(auditor).get(reverse("subjects:access")).content.decode()
    assert number in text and link not in text, "an auditor handles no requests"


def test_a_list_is_found_under_each_person_in_it_and_told_in_the_copy_without_the_others(
    desk: Client, few: list[Applicant], client_of: ClientOf, officer: Officer
) -> None:
    client_of(officer).get(reverse("applicant_list"))
    others = {str(each.pk) for each in few[1:]}
    page = desk.get(reverse("subjects:access"), {"person": few[0].applications.get().number})
    (row, words, _person, listed), *_rest = page.context["events"]
    assert (row.action, words, listed) == ("records.listed", "List: applicant", len(few))
    assert others < set(row.detail["people"])
    told = b"".join(archive.data_of(few[0])).decode()
    assert '"records.listed"' in told
    assert not any(other in told for other in others)


def test_a_filter_that_cannot_be_read_does_not_say_that_nobody_saw_it(desk: Client) -> None:
    url = reverse("subjects:access")
    assert "Nothing was read yet" in desk.get(url).content.decode()
    text = desk.get(url, {"officer": "nobody"}).content.decode()
    assert "There is no such user name." in text
    assert "Nothing was read" not in text and "No reading found" not in text

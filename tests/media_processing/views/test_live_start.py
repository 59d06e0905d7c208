"""Where a live interview starts: consent first, then its kind and what is asked."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Consent, Officer
from media_processing.models import CaptureSession, LiveCapture, QuestionList
from media_processing.services import question_lists
from media_processing.services.live import capture
from media_processing.services.sessions import open_session
from tests.factories import QuestionListFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def url(session: CaptureSession) -> str:
    return reverse("media:live_start", args=[session.pk])


def asked(live: LiveCapture) -> list[str]:
    return list(live.questions.values_list("text", flat=True))


def test_a_list_is_copied_into_the_recording(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    question_lists.sync_built_in()
    listed = QuestionList.objects.get(code="voice-zh")
    typed = {"kind": "voice", "chosen": str(listed.pk)}
    answer = client_of(officer).post(url(session), typed)
    live = LiveCapture.objects.get()
    assert answer["Location"] == reverse("media:live", args=[live.pk])
    assert (live.recording.kind, asked(live)) == ("voice", listed.questions)
    QuestionList.objects.update(questions=["Changed?"])
    assert asked(live) == listed.questions


def test_own_questions_are_taken_line_by_line(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    typed = {"kind": "interview", "chosen": "own", "own": "Why now?\r\n\r\n  How? "}
    client_of(officer).post(url(session), typed)
    assert asked(LiveCapture.objects.get()) == ["Why now?", "How?"]


def test_a_walk_needs_no_questions(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    client_of(officer).post(url(session), {"kind": "walk", "chosen": "none"})
    live = LiveCapture.objects.get()
    assert (live.recording.kind, asked(live)) == ("walk", [])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": "voice", "chosen": "none"}, "Voice answers need questions"),
        ({"kind": "interview", "chosen": "own", "own": " \n "}, "Write at least one question"),
        ({"kind": "interview", "chosen": "own", "own": "y" * 301}, "Question 1 has 301 characters"),
        ({"kind": "interview", "chosen": "11111111-1111-1111-1111-111111111111"}, "not there any"),
        ({"kind": "dance", "chosen": "none"}, "dance"),
        ({}, "required"),
    ],
)
def test_what_cannot_be_started_is_told_and_starts_nothing(
    client_of: ClientOf, officer: Officer, session: CaptureSession, typed: dict, said: str
) -> None:
    answer = client_of(officer).post(url(session), {"csrf": "x", **typed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert typed.get("own", "") in page
    assert LiveCapture.objects.count() == 0


@pytest.mark.parametrize("which", ["archived", "of another branch"])
def test_a_list_that_is_no_longer_in_the_choice_is_refused(
    client_of: ClientOf, officer: Officer, session: CaptureSession, which: str
) -> None:
    branch = {"branch": officer.branch} if which == "archived" else {}
    listed = QuestionListFactory(archived_at=session.created_at, **branch)
    answer = client_of(officer).post(url(session), {"kind": "walk", "chosen": str(listed.pk)})
    assert answer.status_code == 422
    assert listed.name not in client_of(officer).get(url(session)).content.decode()


def test_without_consent_there_is_help_and_no_start(
    client_of: ClientOf, officer: Officer, application: Application, media_folder: object
) -> None:
    session, client = open_session(application, officer=officer), client_of(officer)
    page = client.get(url(session)).content.decode()
    assert "Nothing can be recorded yet" in page
    assert reverse("consent", args=[application.applicant_id]) in page
    assert "Go to the recorder" not in page
    answer = client.post(url(session), {"kind": "interview", "chosen": "none"})
    assert answer.status_code == 422
    assert "Ask for consent first" in answer.content.decode()
    assert LiveCapture.objects.count() == 0


def test_what_was_not_agreed_to_is_told(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    Consent.objects.filter(scope="voice").update(withdrawn_at=session.created_at)
    page = client_of(officer).get(url(session)).content.decode()
    assert "Without consent:" in page
    assert "not provided" in page


def test_an_open_recording_is_offered_to_go_on_with(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    live = capture.open_capture(officer, session, kind="walk")
    page = client_of(officer).get(url(session)).content.decode()
    assert reverse("media:live", args=[live.pk]) in page


def test_a_simulated_session_starts_nothing(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    CaptureSession.objects.update(simulated=True)
    page = client_of(officer).get(url(session)).content.decode()
    assert "This session takes no recording" in page
    assert "Go to the recorder" not in page
    answer = client_of(officer).post(url(session), {"kind": "walk", "chosen": "none"})
    assert (answer.status_code, LiveCapture.objects.count()) == (422, 0)


def test_an_application_leads_to_the_start(
    client_of: ClientOf, officer: Officer, application: Application, media_folder: object
) -> None:
    address = reverse("media:new_session", args=[application.pk])
    answer = client_of(officer).post(address, {"next": "live"})
    assert answer["Location"] == url(CaptureSession.objects.get())

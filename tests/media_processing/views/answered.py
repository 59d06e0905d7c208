"""A live interview that was closed: two takes, three questions, two of them answered."""

import uuid

from django.urls import reverse

from applicants.models import Application
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveQuestion,
    LiveTake,
    QuestionList,
    QuestionMark,
    Recording,
)
from media_processing.services import question_lists
from media_processing.services.sessions import open_session
from tests.media_processing.views.recordings import processed_recording

QUESTIONS = ("What is the loan for?", "您打算怎样还款？", "Anything else?")
FIRST_TAKE_S = 15.0
# (question, take, second of the take, kind): the first answer lies at 2–8 s, the second at 25–35 s.
MARKS = ((1, 1, 2.0, "start"), (1, 1, 8.0, "end"), (2, 2, 10.0, "start"), (2, 2, 20.0, "end"))


def answered_recording(session: CaptureSession) -> Recording:
    """Return an interview of 40 s whose face is calm at first and another label after 20 s."""
    recording = processed_recording(session)
    live = LiveCapture.objects.create(recording=recording, state=LiveCapture.State.CLOSED)
    takes = [
        LiveTake.objects.create(live=live, number=number, duration_s=duration_s)
        for number, duration_s in ((1, FIRST_TAKE_S), (2, 25.0))
    ]
    questions = [
        LiveQuestion.objects.create(live=live, number=number, text=text)
        for number, text in enumerate(QUESTIONS, start=1)
    ]
    for question, take, t_s, kind in MARKS:
        QuestionMark.objects.create(
            id=uuid.uuid4(), question=questions[question - 1], take=takes[take - 1],
            t_s=t_s, kind=kind,
        )  # fmt: skip
    return recording


def addresses(application: Application) -> list[str]:
    """Return the pages before and after a live interview; the one of the recorder is no page here.

    Consent has to stand, so that the start form is shown.
    """
    question_lists.sync_built_in()
    session = open_session(application, officer=application.created_by)
    answered_recording(session)
    return [
        reverse("media:question_lists"),
        reverse("media:question_list", args=[QuestionList.objects.get(code="voice-en").pk]),
        reverse("media:question_list_new"),
        reverse("media:live_start", args=[session.pk]),
        reverse("media:session", args=[session.pk]),
    ]

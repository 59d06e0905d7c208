"""What was observed per question, on the session page: in recording time, by the marks."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from media_processing.analysis.answers import Interval
from media_processing.analysis.types import Modality
from media_processing.models import CaptureSession, QuestionMark
from media_processing.selectors.questions import answered_questions
from tests.creditweb.test_pages import CLAIMS
from tests.media_processing.views.answered import QUESTIONS, answered_recording
from tests.media_processing.views.recordings import CALM, HAPPY, new_recording, processed_recording

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def test_marks_of_takes_become_times_of_the_recording(session: CaptureSession) -> None:
    first, second, third = answered_questions(answered_recording(session))
    assert first.intervals == [Interval(2.0, 8.0)]
    assert second.intervals == [Interval(25.0, 35.0)]
    assert (third.intervals, third.means) == ([], {})
    assert list(first.means[Modality.FACE].probabilities) == pytest.approx(CALM)
    assert list(second.means[Modality.FACE].probabilities) == pytest.approx(HAPPY)
    assert first.means[Modality.FACE].usable_s == pytest.approx(6.0)
    assert Modality.VOICE not in first.means


def test_an_upload_has_no_questions(session: CaptureSession) -> None:
    assert answered_questions(processed_recording(session)) == []
    assert answered_questions(new_recording(session)) == []


def test_the_table_leads_to_each_answer_and_makes_no_claim(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    answered_recording(session)
    page = client_of(officer).get(reverse("media:session", args=[session.pk])).content.decode()
    table = page[page.index('id="answers"') :]
    table = table[: table.index("</section>")]
    for text in QUESTIONS:
        assert text in table
    assert re.findall(r'data-seek-s="([\d.]+)"', table) == ["2.00", "25.00"]
    assert "not answered" in table
    assert "60\N{NO-BREAK SPACE}%" in table
    assert CLAIMS.search(table) is None
    assert 'data-event-s="25.00" data-until-s="35.00"' in page


def test_without_marks_the_questions_stand_without_figures(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    answered_recording(session)
    QuestionMark.objects.all().delete()
    page = client_of(officer).get(reverse("media:session", args=[session.pk])).content.decode()
    assert page.count("not answered") == len(QUESTIONS)
    assert "answer-bar" not in page

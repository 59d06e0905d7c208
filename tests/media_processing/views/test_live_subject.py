"""The part of the live page that asks whose face and voice is the applicant's."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from media_processing.models import CaptureSession
from media_processing.services.live import capture

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "parts", "said", "unsaid"),
    [
        ("interview", ["face", "voice"], "what they say is kept", "What others say"),
        ("walk", ["face"], "no face is read", "say is kept"),
        ("voice", ["voice"], "What others say is kept", "in the picture"),
    ],
)
def test_each_kind_asks_for_what_it_records(
    kind: str, parts: list[str], said: str, unsaid: str,
    session: CaptureSession, officer: Officer, client: Client,
) -> None:  # fmt: skip
    live = capture.open_capture(officer, session, kind=kind, questions=["How are you?"])
    client.force_login(officer)
    page = client.get(reverse("media:live", args=[live.pk])).content.decode()
    card = page[page.index('id="subject"') :]
    assert re.findall(r'data-part="(\w+)"', card) == parts
    lead = card[: card.index('class="subject-parts"')]
    assert said in lead and unsaid not in lead


@pytest.mark.parametrize("kind", ["walk", "interview"])
def test_only_a_walk_is_told_of(
    kind: str, session: CaptureSession, officer: Officer, client: Client
) -> None:
    live = capture.open_capture(officer, session, kind=kind)
    client.force_login(officer)
    page = client.get(reverse("media:live", args=[live.pk])).content.decode()
    assert ('id="walk"' in page) == ("js/live/walk.js" in page) == (kind == "walk")
    assert ("No walk seen yet." in page) == (kind == "walk")


def test_a_question_is_asked_before_whose_face_it_is(
    session: CaptureSession, officer: Officer, client: Client
) -> None:
    """On a phone the parts stand below each other; on a wide page this is the order of the keys."""
    live = capture.open_capture(officer, session, kind="interview", questions=["How are you?"])
    client.force_login(officer)
    page = client.get(reverse("media:live", args=[live.pk])).content.decode()
    parts = re.findall(r'<section [^>]*id="(\w+)"', page)
    assert parts == ["recorder", "questions", "subject", "strip"]

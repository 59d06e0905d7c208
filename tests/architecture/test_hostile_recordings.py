"""Hostile lengths, names and places of uploads and live recordings: always an answer."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from media_processing.services.live import capture, chunks
from media_processing.services.sessions import open_session
from tests.architecture.hostile import HOSTILE, as_base64, bearer, without_failures
from tests.factories import give_consents

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def test_resumable_uploads(
    failing_is_answered: ClientOf, officer: Officer, application: Application
) -> None:
    give_consents(application.applicant)
    session, failures = open_session(application, officer=officer), []
    client, url = failing_is_answered(officer), reverse("media:uploads")
    lengths = ("", "-1", "²", "9" * 5000, "9" * 30, "0", "1e9", "٣")
    names = ("YQBi", "A" * 4000, "", "!!", "/w==")
    place, kind = as_base64(str(session.pk)), as_base64("interview")
    for length in lengths:
        for name in names:
            metadata = f"session {place},kind {kind},filename {name}"
            headers = {"Tus-Resumable": "1.0.0", "Upload-Length": length,
                       "Upload-Metadata": metadata}  # fmt: skip
            response = client.post(url, headers=headers | bearer(officer))
            if response.status_code >= 500:
                failures.append(f"{length[:20]} {name[:20]}")
    assert failures == []


def test_live_recordings(
    failing_is_answered: ClientOf, officer: Officer, application: Application
) -> None:
    give_consents(application.applicant)
    session = open_session(application, officer=officer)
    live = capture.open_capture(officer, session, kind="interview", questions=["Why?"])
    chunks.begin_take(live, media_type="", client="tab")
    client = failing_is_answered(officer)
    mark = {"id": str(uuid.uuid4()), "question": 1, "take": 1, "t_ms": 5, "kind": "start"}
    opened = {"session": str(session.pk), "kind": "interview", "questions": ["Why?"]}
    take = {"media_type": "", "client": "tab", "take_over": True}
    bodies = {reverse("api_live_list"): opened, reverse("api_live_takes", args=[live.pk]): take,
              reverse("api_live_marks", args=[live.pk]): mark}  # fmt: skip
    for url, body in bodies.items():
        assert without_failures(client, url, body, officer) == []
    url, headers = reverse("api_live_subject", args=[live.pk]), bearer(officer)
    for value in HOSTILE:
        for name in ("face", "voice", "more"):
            body = f'{{"{name}": {value}}}'
            answer = client.put(url, body, content_type="application/json", headers=headers)
            assert answer.status_code < 500, (name, value[:40])
    piece = reverse("api_live_chunk", args=[live.pk, 1, 0])
    for value in ("", "-1", "²", "9" * 5000, "9" * 30, "1e9", "NaN", "٣"):
        answer = client.put(f"{piece}?t_end_ms={value}", b"\x1aE\xdf\xa3webm", headers=headers)
        assert answer.status_code < 500, value[:20]
        query = {"since": value}
        assert client.get(reverse("api_live", args=[live.pk]), query).status_code < 500
    assert client.put(piece, b"", headers=headers | {"Upload-Checksum": "é"}).status_code < 500

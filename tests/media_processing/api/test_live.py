"""A kiosk or an app records live with the documented endpoints alone."""

import asyncio
import hashlib
import json
import uuid
from base64 import b64encode
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import ApiToken, AuditEvent, Officer
from applicants.services import tokens
from media_processing.api import live as live_api
from media_processing.models import CaptureSession, LiveCapture
from media_processing.selectors.live import live_state
from media_processing.services.live import capture, chunks
from tests.conftest import LOGIN_BACKEND
from tests.factories import ObservationFactory

ClientOf = Callable[[Officer], Client]


def _url(name: str, live: object, *more: int) -> str:
    return reverse(f"api_live{name}", args=[live, *more])


def _post(client: Client, url: str, body: object = None) -> dict[str, object]:
    answer = client.post(url, json.dumps(body or {}), content_type="application/json")
    assert answer.status_code < 300, answer.content
    return answer.json() if answer.content else {}


@pytest.fixture
def live(session: CaptureSession, officer: Officer) -> LiveCapture:
    return capture.open_capture(officer, session, kind="interview", questions=["Why?"])


@pytest.fixture(autouse=True)
def _no_streams(officer: Officer) -> None:
    """Free what an earlier run of the tests, with an officer of the same number, holds."""
    cache.delete_many([f"event-stream/{officer.pk}/{number}" for number in range(6)])


@pytest.mark.django_db
def test_the_whole_way_of_a_client(
    client_of: ClientOf, officer: Officer, session: CaptureSession, webm: bytes
) -> None:
    client = client_of(officer)
    opened = _post(client, reverse("api_live_list"), {
        "session": str(session.pk), "kind": "interview", "questions": ["Why this loan?"],
    })  # fmt: skip
    live = opened["id"]
    assert opened["questions"] == [{"number": 1, "text": "Why this loan?"}]
    assert (opened["chunk_ms"], opened["max_s"]) == (1000, 1800)
    assert _post(client, _url("_takes", live), {"client": "kiosk"}) == {"number": 1}
    headers = {"Upload-Checksum": "sha256 " + b64encode(hashlib.sha256(webm).digest()).decode()}
    kept = client.put(_url("_chunk", live, 1, 0) + "?t_end_ms=1500", webm, headers=headers)
    assert kept.json() == {"next": 1}
    mark = {"id": str(uuid.uuid4()), "question": 1, "take": 1, "t_ms": 700, "kind": "start"}
    assert _post(client, _url("_marks", live), mark) == mark
    face = {"take": 1, "t_ms": 900, "box": [0.1, 0.2, 0.3, 0.4]}
    said = client.put(
        _url("_subject", live), {"face": face, "voice": {"mode": "all"}},
        content_type="application/json",
    ).json()  # fmt: skip
    assert said["face"] == [{"take": 1, "t_s": 0.9, "box": [0.1, 0.2, 0.3, 0.4]}]
    state = client.get(_url("", live)).json()
    assert state["recorded_s"] == 1.5
    assert state["takes"] == [{"number": 1, "next": 1, "duration_s": 1.5}]
    assert (state["question"], state["state"], state["lag_s"]) == (1, "open", None)
    _post(client, _url("_take_end", live, 1))
    closed = _post(client, _url("_close", live))
    assert closed == {"id": opened["recording"], "job": opened["job"]}
    assert client.get(_url("", live)).json()["state"] == "closed"
    late = client.put(_url("_chunk", live, 1, 1) + "?t_end_ms=2500", webm)
    assert (late.status_code, late.json()["error"]["code"]) == (410, "capture_ended")
    # Who began which part, and who saw signals and score, stands in the audit, a reading once.
    events = AuditEvent.objects.filter(actor=officer)
    assert events.filter(action="live.take_begun", detail__take=1).count() == 1
    assert events.filter(action="session.viewed").count() == 1


@pytest.mark.django_db
def test_only_new_observations_come_after_the_first_answer(live: LiveCapture) -> None:
    rows = [
        ObservationFactory(recording=live.recording, t_start_s=t_s, t_end_s=t_s + 1.0)
        for t_s in (0.0, 1.0)
    ]
    first = live_state(live)
    assert [row[:2] for row in first["observations"]["face"]] == [[0.0, 1.0], [1.0, 2.0]]
    assert first["cursor"] == rows[-1].pk
    again = live_state(live, since=first["cursor"])
    assert again["observations"]["face"] == []
    assert again["cursor"] == first["cursor"]
    ObservationFactory(recording=live.recording, t_start_s=2.0, t_end_s=3.0)
    assert len(live_state(live, since=first["cursor"])["observations"]["face"]) == 1


@pytest.mark.django_db
def test_an_enrolment_needs_its_seconds(
    client_of: ClientOf, officer: Officer, live: LiveCapture
) -> None:
    chunks.begin_take(live, media_type="", client="kiosk")
    client, url = client_of(officer), _url("_subject", live.pk)
    for voice in ({"mode": "enrolled"}, {"mode": "both"},
                  {"mode": "enrolled", "take": 1, "from_ms": 5, "to_ms": 5}):  # fmt: skip
        answer = client.put(url, {"voice": voice}, content_type="application/json")
        assert answer.status_code == 400, voice
    right = {"mode": "enrolled", "take": 1, "from_ms": 0, "to_ms": 5000}
    answer = client.put(url, {"voice": right}, content_type="application/json")
    assert answer.json()["voice"] == {"mode": "enrolled", "take": 1, "from_s": 0.0, "to_s": 5.0}
    officers = {"others": [{"take": 1, "from_ms": 6000, "to_ms": 9500}]}
    answer = client.put(url, {"voice": right | officers}, content_type="application/json")
    assert answer.json()["voice"]["others"] == [{"take": 1, "from_s": 6.0, "to_s": 9.5}]
    officers["others"][0]["take"] = 4
    answer = client.put(url, {"voice": right | officers}, content_type="application/json")
    assert answer.status_code == 404


@pytest.mark.django_db
def test_a_piece_that_is_too_large_is_refused(
    client_of: ClientOf, officer: Officer, live: LiveCapture, settings: object
) -> None:
    chunks.begin_take(live, media_type="", client="kiosk")
    settings.LIVE_CHUNK_MAX_BYTES = 10
    answer = client_of(officer).put(_url("_chunk", live.pk, 1, 0) + "?t_end_ms=1", b"x" * 11)
    assert answer.status_code == 413


@pytest.mark.django_db(transaction=True)
def test_the_stream_tells_changes_until_the_end(
    client_of: ClientOf, officer: Officer, live: LiveCapture, webm: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(live_api, "LOOK_EVERY_S", 0.02)
    take = chunks.begin_take(live, media_type="", client="kiosk")
    answer = client_of(officer).get(
        _url("_events", live.pk), headers={"Accept": "text/event-stream"}
    )
    assert answer["Content-Type"] == "text/event-stream"

    async def watch() -> list[str]:
        stream = aiter(answer.streaming_content)
        heard = [await anext(stream), await anext(stream)]
        await sync_to_async(chunks.add_chunk)(take, 0, webm, t_end_s=1.0)
        heard.append(await anext(stream))
        await sync_to_async(capture.close)(live, officer=officer)
        heard += [event async for event in stream]
        return [event.decode() for event in heard]

    heard = asyncio.run(watch())
    told = [json.loads(event.partition("data: ")[2]) for event in heard if "event: state" in event]
    assert [state["recorded_s"] for state in told] == [0, 1.0, 1.0]
    assert told[-1]["state"] == "closed"
    assert heard[-1].endswith("event: ended\ndata: {}\n\n")


@pytest.mark.django_db(transaction=True)
def test_an_officer_holds_a_few_streams_and_gets_one_back_for_each_that_ends(
    client_of: ClientOf, officer: Officer, live: LiveCapture, settings: object
) -> None:
    settings.EVENT_STREAMS_PER_OFFICER = 2
    client, session = client_of(officer), live.recording.session_id
    urls = _url("_events", live.pk), reverse("media:session_events", args=[session])
    held = [client.get(url) for url in urls]
    assert [answer.status_code for answer in held] == [200, 200]
    for url in urls:
        refused = client.get(url)
        assert (refused.status_code, refused["Retry-After"]) == (429, "10")
        assert "2 recordings at once" in refused.content.decode()

    async def leave() -> None:
        stream = aiter(held[0].streaming_content)
        await anext(stream)
        await stream.aclose()

    asyncio.run(leave())
    assert client.get(urls[1]).status_code == 200
    assert client.get(urls[0]).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_a_stream_holds_its_slot_on_and_one_whose_slot_was_lost_ends(
    client_of: ClientOf, officer: Officer, live: LiveCapture
) -> None:
    slot = f"event-stream/{officer.pk}/0"
    answer = client_of(officer).get(_url("_events", live.pk))
    cache.touch(slot, 1)

    async def watch() -> None:
        stream = aiter(answer.streaming_content)
        await anext(stream)
        assert cache._cache.get_client(slot).ttl(cache.make_key(slot)) > 1
        await sync_to_async(cache.set)(slot, "another stream")
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    asyncio.run(watch())
    assert cache.get(slot) == "another stream"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_a_stream_ends_with_its_token(
    officer: Officer, live: LiveCapture, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_api, "LOOK_EVERY_S", 0.02)
    bearer = {"Authorization": f"Bearer {tokens.issue(officer)}"}
    answer = Client().get(_url("_events", live.pk), headers=bearer)

    async def watch() -> None:
        stream = aiter(answer.streaming_content)
        assert b"event: state" in [await anext(stream), await anext(stream)][1]
        await sync_to_async(ApiToken.objects.update)(**{ended: timezone.now()})
        async with asyncio.timeout(5):
            assert b"event: ended" not in b"".join([event async for event in stream])

    asyncio.run(watch())


def _signed_out(officer: Officer) -> None:
    Session.objects.all().delete()


def _other_password(officer: Officer) -> None:
    officer.set_password("another one, long enough")
    officer.save(update_fields=["password"])


def _deactivated(officer: Officer) -> None:
    Officer.objects.update(is_active=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [_signed_out, _other_password, _deactivated])
@pytest.mark.parametrize("name", ["api_live_events", "media:session_events"])
def test_a_stream_ends_with_the_sign_in_that_opened_it(
    officer: Officer, live: LiveCapture, end: Callable[[Officer], None], name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(live_api, "LOOK_EVERY_S", 0.02)
    client = Client()
    client.force_login(officer, backend=LOGIN_BACKEND)
    live_id = live.pk if name == "api_live_events" else live.recording.session_id
    answer = client.get(reverse(name, args=[live_id]))

    async def watch() -> None:
        stream = aiter(answer.streaming_content)
        assert b"data: " in [await anext(stream), await anext(stream)][1]
        await sync_to_async(end)(officer)
        async with asyncio.timeout(5):
            assert b"event: ended" not in b"".join([event async for event in stream])

    asyncio.run(watch())

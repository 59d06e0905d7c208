"""Progress is what the rows say, after a reload and in a second tab alike."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import Officer
from media_processing import event_stream
from media_processing.models import CaptureSession, ProcessingJob, Stage
from media_processing.services import jobs, leases
from media_processing.services.leases import DatabaseTime
from media_processing.services.live import capture
from media_processing.views import progress
from tests.factories import ObservationFactory, ProcessingJobFactory, RecordingFactory

ClientOf = Callable[[Officer], Client]


@pytest.fixture
def job(session: CaptureSession) -> ProcessingJob:
    return ProcessingJobFactory(recording=RecordingFactory(session=session))


@pytest.mark.django_db
def test_the_state_is_told_with_every_stage(
    client_of: ClientOf, officer: Officer, job: ProcessingJob
) -> None:
    stage = job.stages.get(name="canonicalise")
    leases.extend(leases.claim(stage.pk), done=1, total=4)
    session = job.recording.session
    answer = client_of(officer).get(reverse("media:session_state", args=[session.pk])).json()
    assert answer["open"] is True
    assert answer["worker_missing"] is False
    (told,) = answer["jobs"]
    assert told["status"] == "running"
    assert told["progress"] == pytest.approx(0.05)
    assert told["stages"][0] == {
        "name": "canonicalise", "state": "running", "done": 1, "total": 4, "error": None,
        "reason": "",
    }  # fmt: skip
    one = client_of(officer).get(reverse("media:job_state", args=[job.pk])).json()
    assert one == told


@pytest.mark.django_db
def test_it_is_told_when_nobody_works(
    client_of: ClientOf, officer: Officer, job: ProcessingJob
) -> None:
    url = reverse("media:session_state", args=[job.recording.session_id])
    assert client_of(officer).get(url).json()["worker_missing"] is False
    Stage.objects.filter(state="queued").update(queued_at=DatabaseTime() - timedelta(seconds=31))
    assert client_of(officer).get(url).json()["worker_missing"] is True
    leases.claim(ProcessingJobFactory().stages.get(name="canonicalise").pk)
    assert client_of(officer).get(url).json()["worker_missing"] is False


@pytest.mark.django_db
def test_a_live_recording_neither_misses_a_worker_nor_stands_for_one(
    client_of: ClientOf, officer: Officer, job: ProcessingJob
) -> None:
    live = capture.open_capture(officer, job.recording.session, kind="interview")
    waiting = DatabaseTime() - timedelta(seconds=31)
    stage = live.recording.job.stages.get(name="live")
    Stage.objects.filter(pk=stage.pk).update(queued_at=waiting)
    url = reverse("media:session_state", args=[job.recording.session_id])
    assert client_of(officer).get(url).json()["worker_missing"] is False
    Stage.objects.filter(job=job, state="queued").update(queued_at=waiting)
    assert leases.claim(stage.pk) is not None
    assert client_of(officer).get(url).json()["worker_missing"] is True


async def _events(stream: AsyncIterator[str], count: int) -> list[str]:
    return [await anext(stream) for _ in range(count)]


def _data(event: str) -> dict[str, object]:
    return json.loads(event.partition("data: ")[2])


@pytest.mark.django_db(transaction=True)
def test_the_stream_tells_changes_and_ends_with_the_work(
    officer: Officer, job: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(event_stream, "HEARTBEAT_EVERY_S", 0.04)

    async def watch() -> list[str]:
        stream = progress.events(officer, job.recording.session_id)
        heard = await _events(stream, 2)
        heard.append(await anext(stream))  # nothing changed: only the sign of life
        await sync_to_async(jobs.cancel)(job, officer=officer)
        while not heard[-1].startswith("id: 3"):
            heard.append(await anext(stream))
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        return heard

    heard = asyncio.run(watch())
    assert heard[0] == "retry: 3000\n\n"
    assert heard[1].startswith("id: 1\nevent: progress\n")
    assert heard[2] == ": still here\n\n"
    changed = next(event for event in heard if event.startswith("id: 2"))
    assert _data(changed)["jobs"][0]["status"] == "cancelled"
    assert heard[-1] == "id: 3\nevent: ended\ndata: {}\n\n"


@pytest.mark.django_db(transaction=True)
def test_the_stream_ends_with_the_right_to_see_it(
    officer: Officer, job: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOOK_EVERY_S", 0.02)

    async def watch() -> None:
        stream = progress.events(officer, job.recording.session_id)
        await _events(stream, 2)
        await sync_to_async(Officer.objects.filter(pk=officer.pk).update)(is_active=False)
        with pytest.raises(StopAsyncIteration):
            await _events(stream, 2)

    asyncio.run(watch())


@pytest.mark.django_db(transaction=True)
def test_signing_out_ends_the_stream(
    client_of: ClientOf, officer: Officer, job: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOOK_EVERY_S", 0.02)
    client = client_of(officer)
    sign_in = client.session.session_key

    async def watch() -> None:
        stream = progress.events(officer, job.recording.session_id, sign_in)
        await _events(stream, 2)
        await sync_to_async(client.post)(reverse("logout"))
        with pytest.raises(StopAsyncIteration):
            await _events(stream, 2)

    asyncio.run(watch())


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_expires_ends_the_stream(
    client_of: ClientOf, officer: Officer, job: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOOK_EVERY_S", 0.02)
    sign_in = client_of(officer).session.session_key

    async def watch() -> None:
        stream = progress.events(officer, job.recording.session_id, sign_in)
        await _events(stream, 2)
        await sync_to_async(Session.objects.update)(expire_date=timezone.now())
        await asyncio.wait_for(_ended(stream), 5)

    asyncio.run(watch())


async def _ended(stream: AsyncIterator[str]) -> None:
    async for _event in stream:
        """What was said before it ended."""


@pytest.mark.django_db
def test_the_stream_is_not_buffered_or_kept(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    answer = client_of(officer).get(reverse("media:session_events", args=[session.pk]))
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["X-Accel-Buffering"] == "no"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_the_numbers_of_a_session_are_told_as_columns(
    client_of: ClientOf, officer: Officer, session: CaptureSession
) -> None:
    recording = RecordingFactory(session=session, duration_s=2.0)
    for second in (1, 0):
        ObservationFactory(recording=recording, t_start_s=second, t_end_s=second + 1)
    ObservationFactory()
    url = reverse("media:session_series", args=[session.pk])
    (told,) = client_of(officer).get(url).json()["recordings"]
    face = told["modalities"]["face"]
    assert face["t_start_s"] == [0, 1]
    assert face["probabilities"][0] == [0.05, 0.05, 0.05, 0.6, 0.15, 0.05, 0.05]


ROUTES = ("session_state", "session_events", "session_series")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ROUTES)
def test_who_may_not_see_a_session_does_not(
    client_of: ClientOf, session: CaptureSession, other_branch_officer: Officer, auditor: Officer,
    senior: Officer, name: str,
) -> None:  # fmt: skip
    url = reverse(f"media:{name}", args=[session.pk])
    assert Client().get(url).status_code == 302
    assert client_of(auditor).get(url).status_code == 403
    assert client_of(other_branch_officer).get(url).status_code == 404
    assert client_of(senior).get(url).status_code == 200
    assert client_of(senior).post(url).status_code == 405


@pytest.mark.django_db
def test_who_may_not_see_a_job_does_not(
    client_of: ClientOf, job: ProcessingJob, other_branch_officer: Officer, auditor: Officer
) -> None:
    url = reverse("media:job_state", args=[job.pk])
    assert Client().get(url).status_code == 302
    assert client_of(auditor).get(url).status_code == 403
    assert client_of(other_branch_officer).get(url).status_code == 404

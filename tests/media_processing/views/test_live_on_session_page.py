"""The session page of a recording that is, or was, made live."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from media_processing.models import CaptureSession, LiveCapture, LiveTake, Observation, Stage
from media_processing.services import evidence, leases, observations
from media_processing.services.live import capture
from media_processing.stages.modality import LiveObservations
from scoring.models import Evidence
from scoring.selectors import current_evidence
from tests.media_processing import live_talk

ClientOf = Callable[[Officer], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def live(session: CaptureSession, officer: Officer, settings: object) -> LiveCapture:
    settings.JURISDICTION = "demo"
    live = live_talk.opened(session, officer)
    live.takes.update(size_bytes=1000, duration_s=40.0)
    LiveTake.objects.create(live=live, number=2, size_bytes=900, duration_s=20.0)
    return live


def _page(client: Client, live: LiveCapture) -> str:
    return client.get(reverse("media:session", args=[live.recording.session_id])).content.decode()


def test_while_it_is_recorded_the_page_leads_back_to_it(
    live: LiveCapture, officer: Officer, client_of: ClientOf
) -> None:
    page = _page(client_of(officer), live)
    assert reverse("media:live", args=[live.pk]) in page
    assert "is being recorded" in page
    assert "Watch and listen while it is recorded" in page
    assert 'data-stage="live" data-stage-state="running"' in page


def test_once_it_has_ended_it_looks_like_an_upload(
    live: LiveCapture, officer: Officer, client_of: ClientOf
) -> None:
    capture.close(live, officer=officer)
    page = _page(client_of(officer), live)
    assert "recorded live" in page
    assert "Part 2" in page and "0:40" in page
    assert reverse("media:live", args=[live.pk]) not in page
    assert "Received" in page and "being recorded" not in page


def test_an_upload_has_no_part_and_no_live_step(
    session: CaptureSession, officer: Officer, client_of: ClientOf
) -> None:
    page = client_of(officer).get(reverse("media:session", args=[session.pk])).content.decode()
    assert "recorded live" not in page
    assert 'data-stage="live"' not in page


def test_what_was_seen_live_stays_until_the_closing_pass_has_seen_it_all(
    live: LiveCapture, officer: Officer
) -> None:
    rows = live_talk.observe(live, strongest="angry")
    live_talk.hand_over(live, rows)
    before = set(Observation.objects.values_list("pk", flat=True))
    capture.close(live, officer=officer)
    job = live.recording.job
    Stage.objects.filter(job=job, name="face").update(state=Stage.State.QUEUED)
    claim = leases.claim(job.stages.get(name="face").pk)
    assert claim is not None
    context = SimpleNamespace(recording=live.recording, claim=claim)
    closing = LiveObservations(context, "face", "cd" * 32)
    closing.clear()
    closing.add(rows[:50])
    assert set(Observation.objects.values_list("pk", flat=True)) == before
    assert [row.is_provisional for row in current_evidence(live.recording.session.application)] == [
        True
    ]
    observations.replace(live.recording, "face", rows[:100], {}, "cd" * 32)
    assert not before & set(Observation.objects.values_list("pk", flat=True))
    live.recording.duration_s = 20.0
    live.recording.save(update_fields=["duration_s"])
    job.stages.filter(name="face").update(state=Stage.State.DONE)
    evidence.hand_over(type(job).objects.get(pk=job.pk))
    assert not Evidence.objects.latest("sequence").is_provisional

"""The bell is rung after the commit, and a broker that is down loses nothing."""

import json

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import transaction

from media_processing import dispatch
from media_processing.models import Stage
from media_processing.services import jobs
from tests.factories import ProcessingJobFactory, StageFactory

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
QUEUE = "media"


@pytest.fixture
def queue():  # type: ignore[no-untyped-def]
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(QUEUE)
    yield client
    client.delete(QUEUE)


def _ids(client: redis.Redis) -> list[int]:
    messages = [json.loads(message) for message in client.lrange(QUEUE, 0, -1)]
    return [int(json.loads(message["headers"]["argsrepr"])[0]) for message in messages]


def test_a_stage_is_rung_for_only_once_it_is_committed(queue: redis.Redis) -> None:
    with transaction.atomic():
        dispatch.ring([7])
        assert queue.llen(QUEUE) == 0
    assert _ids(queue) == [7]


def test_a_transaction_that_fails_rings_no_bell(queue: redis.Redis) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        dispatch.ring([7])
        raise ZeroDivisionError
    assert queue.llen(QUEUE) == 0


def test_the_message_carries_the_id_and_nothing_else(queue: redis.Redis) -> None:
    dispatch.ring([7])
    (message,) = queue.lrange(QUEUE, 0, -1)
    assert json.loads(message)["content-type"] == "application/json"
    assert json.loads(message)["headers"]["kwargsrepr"] == "{}"


def test_a_broker_that_is_down_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = ProcessingJobFactory().stages.get(name="canonicalise")
    lost = Celery("lost", broker="redis+socket:///nowhere/redis.sock", set_as_current=False)
    monkeypatch.setattr(dispatch, "current_app", lost)
    dispatch.ring([stage.pk])
    stage.refresh_from_db()
    assert stage.state == Stage.State.QUEUED
    assert jobs.unpublished() == [stage.pk]


def test_what_people_say_now_never_waits_behind_uploads(queue: redis.Redis) -> None:
    job = ProcessingJobFactory()
    live = StageFactory(job=job, name="live", position=9, state=Stage.State.QUEUED)
    upload = job.stages.get(name="canonicalise")
    queue.delete("live")
    dispatch.ring([upload.pk] * 50)
    dispatch.ring([live.pk])
    assert queue.llen(QUEUE) == 50
    (message,) = queue.lrange("live", 0, -1)
    assert json.loads(json.loads(message)["headers"]["argsrepr"])[0] == live.pk
    queue.delete("live")

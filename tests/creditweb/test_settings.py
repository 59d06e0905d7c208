"""The settings that keep work from being lost, as measured, and the addresses of the services."""

from pathlib import Path

import pytest
from django.conf import settings

from creditweb import env
from creditweb.celery import app
from media_processing import tasks


def test_a_message_is_acknowledged_after_the_work_and_comes_back_from_a_lost_worker() -> None:
    conf = app.conf
    assert conf.task_acks_late is True
    assert conf.task_reject_on_worker_lost is True
    assert conf.worker_prefetch_multiplier == 1
    options = conf.broker_transport_options
    assert conf.task_soft_time_limit < conf.task_time_limit < options["visibility_timeout"]
    assert options["unacked_restore_interval"] == 5
    assert options["unacked_restore_throttle"] == 1
    assert conf.worker_cancel_long_running_tasks_on_connection_loss is True


def test_a_worker_is_renewed_before_it_grows() -> None:
    assert app.conf.worker_max_tasks_per_child == 50
    assert app.conf.worker_max_memory_per_child > 0


def test_messages_are_json_and_results_are_not_kept() -> None:
    assert app.conf.task_serializer == "json"
    assert list(app.conf.accept_content) == ["json"]
    assert app.conf.task_ignore_result is True


def test_a_lease_outlives_its_heartbeat_and_is_swept_in_time() -> None:
    assert 3 * settings.STAGE_HEARTBEAT_S < settings.STAGE_LEASE_S
    assert settings.STAGE_LEASE_S < settings.STAGE_STALL_S
    sweep = settings.CELERY_BEAT_SCHEDULE["sweep-stages"]
    assert sweep["task"] == tasks.sweep.name
    assert settings.STAGE_LEASE_S + sweep["schedule"] <= 90


def test_stages_run_on_the_media_queue() -> None:
    assert app.conf.task_routes[tasks.run_stage.name] == {"queue": "media"}
    assert tasks.run_stage.name in app.tasks


def test_every_planned_task_exists() -> None:
    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks


@pytest.mark.parametrize(
    ("url", "broker", "second"),
    [
        ("unix://:pw@/run/r.sock?db=0", "redis+socket://:pw@/run/r.sock?virtual_host=0",
         "unix://:pw@/run/r.sock?db=1"),
        ("redis://:pw@host:6379/0", "redis://:pw@host:6379/0", "redis://:pw@host:6379/1"),
        ("rediss://host:6380", "rediss://host:6380", "rediss://host:6380/1"),
    ],
)  # fmt: skip
def test_any_redis_address_serves_as_broker(url: str, broker: str, second: str) -> None:
    assert env.broker(url) == broker
    assert env.redis_database(url, 1) == second


@pytest.mark.services
def test_the_queue_is_reached_at_its_address_and_with_its_password() -> None:
    with app.connection() as connection:
        connection.ensure_connection(max_retries=1)
        arguments = connection.default_channel.client.connection_pool.connection_kwargs
    if settings.REDIS_URL.startswith("unix://"):
        assert Path(arguments["path"]).is_socket()
    assert arguments["db"] == 1
    assert settings.REDIS_URL.count(arguments["password"] or "") >= 1

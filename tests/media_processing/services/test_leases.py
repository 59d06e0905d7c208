"""One worker at a time has a stage, by the database's clock, and a stale one writes nothing."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from media_processing.models import ProcessingJob, Recording, Stage
from media_processing.services import jobs, leases
from media_processing.services.jobs import Outcome
from tests.factories import ProcessingJobFactory

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 8
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def stage() -> Stage:
    return ProcessingJobFactory().stages.get(name="canonicalise")


def _expire(stage: Stage) -> None:
    Stage.objects.filter(pk=stage.pk).update(lease_until=leases.DatabaseTime() - AN_HOUR)


def _claim_from_a_thread(stage_id: int, barrier: threading.Barrier, won: list[object]) -> None:
    try:
        barrier.wait()
        won.append(leases.claim(stage_id))
    finally:
        connection.close()


def test_of_many_workers_one_gets_the_stage(stage: Stage) -> None:
    barrier, won = threading.Barrier(WORKERS), []
    threads = [
        threading.Thread(target=_claim_from_a_thread, args=(stage.pk, barrier, won))
        for _ in range(WORKERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == WORKERS
    assert sum(held is not None for held in won) == 1
    stage.refresh_from_db()
    assert (stage.state, stage.attempt, stage.fence) == (Stage.State.RUNNING, 1, 1)


def test_claim_moves_job_and_recording_on(stage: Stage) -> None:
    leases.claim(stage.pk)
    job = ProcessingJob.objects.get(pk=stage.job_id)
    assert job.state == ProcessingJob.State.RUNNING
    assert job.started_at is not None
    assert job.recording.state == Recording.State.PROCESSING


def test_a_held_stage_cannot_be_claimed_until_its_lease_ends(stage: Stage) -> None:
    first = leases.claim(stage.pk)
    assert leases.claim(stage.pk) is None
    _expire(stage)
    second = leases.claim(stage.pk)
    assert first is not None
    assert second is not None
    assert second.fence == first.fence + 1
    assert second.attempt == 2


def test_a_stale_worker_writes_nothing(stage: Stage) -> None:
    stale = leases.claim(stage.pk)
    _expire(stage)
    leases.claim(stage.pk)
    written = []
    with pytest.raises(leases.StageLostError):
        jobs.finish(stale, Outcome(Stage.State.DONE, save=lambda: written.append(True)))
    stage.refresh_from_db()
    assert stage.state == Stage.State.RUNNING
    assert written == []
    assert leases.extend(stale, done=1, total=2) is False


def test_a_stage_taken_back_refuses_its_old_worker(stage: Stage) -> None:
    held = leases.claim(stage.pk)
    _expire(stage)
    assert jobs.reap() == [stage.pk]
    with pytest.raises(leases.StageLostError), leases.holding(held):
        pytest.fail("the stage is not held any more")


def test_a_second_connection_waits_for_a_write_that_is_under_way(stage: Stage) -> None:
    held = leases.claim(stage.pk)
    waited = threading.Event()

    def cancel() -> None:
        try:
            jobs.cancel(ProcessingJob.objects.get(pk=stage.job_id), officer=None)
            waited.set()
        finally:
            connection.close()

    other = threading.Thread(target=cancel)
    with leases.holding(held):
        other.start()
        assert not waited.wait(0.3)
    other.join(5)
    assert waited.is_set()


def test_attempts_are_counted_at_the_claim_and_end(stage: Stage, settings: object) -> None:
    for attempt in range(1, settings.STAGE_MAX_ATTEMPTS + 1):
        assert leases.claim(stage.pk).attempt == attempt
        _expire(stage)
    assert leases.claim(stage.pk) is None


def test_a_retry_waits_until_it_is_due(stage: Stage) -> None:
    Stage.objects.filter(pk=stage.pk).update(available_at=timezone.now() + AN_HOUR)
    assert leases.claim(stage.pk) is None
    Stage.objects.filter(pk=stage.pk).update(available_at=timezone.now() - AN_HOUR)
    assert leases.claim(stage.pk) is not None


def test_the_lease_follows_the_database_even_in_a_long_transaction(stage: Stage) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")
        leases.claim(stage.pk)
        cursor.execute("SELECT lease_until - now() FROM media_processing_stage WHERE id = %s",
                       [stage.pk])  # fmt: skip
        (left,) = cursor.fetchone()
    assert left.total_seconds() > 30.15

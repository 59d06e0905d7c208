"""kill -9 of the worker in every stage: the job ends by itself, and everything is there once."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from applicants.models import Application
from media_processing import dispatch
from media_processing.models import Observation, ProcessingJob, Recording, Series, Stage
from media_processing.selectors import networks
from scoring.models import Evidence
from tests.faults.worker import Worker, empty_queue, wait_until

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
PATIENCE_S = 240
HandIn = Callable[[str], tuple[ProcessingJob, list[int]]]
KINDS = {"canonicalise": "interview", "face": "interview", "voice": "interview", "gait": "walk"}


def _has_ended(job: ProcessingJob) -> bool:
    job.refresh_from_db()
    return not job.is_open


def _is_running(job: ProcessingJob, name: str) -> Callable[[], bool]:
    return lambda: job.stages.filter(name=name, state=Stage.State.RUNNING).exists()


def _assert_everything_is_there_once(job: ProcessingJob) -> None:
    """Each time of each modality has one row, each modality one hand-over that counts."""
    assert job.state == ProcessingJob.State.DONE, list(
        job.stages.values_list("name", "state", "error_code", "error_message")
    )
    rows = Observation.objects.filter(recording=job.recording)
    moments = Counter(rows.values_list("modality", "person", "t_start_s"))
    assert moments
    assert set(moments.values()) == {1}
    observed = set(rows.values_list("modality", flat=True))
    curves = Series.objects.filter(recording=job.recording).values_list("modality", flat=True)
    assert Counter(curves) == Counter(set(curves))
    final = Evidence.objects.filter(recording_id=job.recording_id, is_provisional=False)
    assert Counter(final.values_list("modality", flat=True)) == Counter(observed)


@pytest.mark.parametrize("stage", list(KINDS))
def test_a_worker_killed_in_a_stage(worker: Worker, hand_in: HandIn, stage: str) -> None:
    if stage == "gait" and "gait_i3d" not in {network.name for network in networks()}:
        pytest.skip("the manifest has no gait network")
    job, queued = hand_in(KINDS[stage])
    dispatch.ring(queued)
    wait_until(_is_running(job, stage), PATIENCE_S, f"the start of {stage}")
    worker.kill()
    assert _is_running(job, stage)()
    worker.start()
    wait_until(lambda: _has_ended(job), PATIENCE_S, "the end of the job")
    assert job.stages.get(name=stage).attempt == 2
    _assert_everything_is_there_once(job)


class Lock:
    """Holds the lock on a row from a connection of its own, so that others wait for it."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self._rows = rows
        self._held, self._release = threading.Event(), threading.Event()
        self._holder = threading.Thread(target=self._hold)

    def _hold(self) -> None:
        try:
            with transaction.atomic():
                # Rows that refer to this one may still be written: only its own change must wait.
                self._rows.select_for_update(no_key=True).get()
                self._held.set()
                self._release.wait(PATIENCE_S)
        finally:
            connection.close()

    def take(self) -> None:
        self._holder.start()
        assert self._held.wait(10)

    def release(self) -> None:
        self._release.set()
        self._holder.join()


def _someone_waits_for(table: str) -> Callable[[], bool]:
    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND query LIKE %s",
                [f"%{table}%"],
            )
            return bool(cursor.fetchone()[0])

    return waits


def test_a_worker_killed_while_it_hands_over(
    worker: Worker, hand_in: HandIn, application: Application
) -> None:
    """The summary is written and the evidence is not when the worker dies: neither may stay."""
    job, queued = hand_in("interview")
    summary = Lock(Recording.objects.filter(pk=job.recording_id))
    score = Lock(Application.objects.filter(pk=application.pk))
    dispatch.ring(queued)
    ended = job.stages.filter(name__in=["face", "voice"], state__in=["done", "skipped"])
    wait_until(ended.exists, PATIENCE_S, "the end of one modality")
    summary.take()
    wait_until(_is_running(job, "handover"), PATIENCE_S, "the handover")
    wait_until(_someone_waits_for("media_processing_recording"), PATIENCE_S, "the summary")
    score.take()
    summary.release()
    wait_until(_someone_waits_for("applicants_application"), PATIENCE_S, "the evidence")
    worker.kill()
    score.release()
    assert not Evidence.objects.filter(is_provisional=False).exists()
    assert Recording.objects.get(pk=job.recording_id).summary == {}
    worker.start()
    wait_until(lambda: _has_ended(job), PATIENCE_S, "the end of the job")
    _assert_everything_is_there_once(job)


def test_messages_that_come_three_times_change_nothing(worker: Worker, hand_in: HandIn) -> None:
    job, queued = hand_in("interview")
    dispatch.ring(queued * 3)
    wait_until(lambda: not job.stages.filter(name="face", state="waiting").exists(), PATIENCE_S,
               "the face stage")  # fmt: skip
    dispatch.ring(job.stages.values_list("pk", flat=True).order_by("-position"))
    wait_until(lambda: _has_ended(job), PATIENCE_S, "the end of the job")
    dispatch.ring(job.stages.values_list("pk", flat=True))
    assert set(job.stages.exclude(state="skipped").values_list("attempt", flat=True)) == {1}
    _assert_everything_is_there_once(job)


def test_a_queue_that_lost_everything_is_rebuilt(worker: Worker, hand_in: HandIn) -> None:
    worker.kill()
    job, queued = hand_in("interview")
    dispatch.ring(queued)
    empty_queue()
    worker.start()
    wait_until(lambda: _has_ended(job), PATIENCE_S, "the end of the job")
    _assert_everything_is_there_once(job)

"""kill -9 of the worker in every stage: the job ends by itself, and everything is there once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from applicants.models import Application
from media_processing import dispatch
from media_processing.models import Observation, ProcessingJob, Series, Stage
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


@contextmanager
def _score_is_locked(application: Application) -> Iterator[None]:
    """Keep others from scoring the application, from a connection of its own."""
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Application.objects.select_for_update().get(pk=application.pk)
                locked.set()
                release.wait(PATIENCE_S)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(10)
    try:
        yield
    finally:
        release.set()
        holder.join()


def _waits_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_a_worker_killed_while_it_hands_over(
    worker: Worker, hand_in: HandIn, application: Application
) -> None:
    """The evidence is half written when the worker dies: nothing of that may stay."""
    job, queued = hand_in("interview")
    dispatch.ring(queued)
    modalities = job.stages.filter(name__in=["face", "voice"])
    ended = [Stage.State.DONE, Stage.State.SKIPPED]
    wait_until(lambda: modalities.filter(name="face", done__gt=0).exists(), PATIENCE_S, "a start")
    with _score_is_locked(application):
        wait_until(
            lambda: modalities.filter(state__in=ended).count() == 2 and _waits_for_the_lock(),
            PATIENCE_S,
            "the handover",
        )
        worker.kill()
        assert not Evidence.objects.filter(is_provisional=False).exists()
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

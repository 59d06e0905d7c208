"""A job moves on by what its stages and the applicant's consents say, and always ends."""

from datetime import timedelta

import pytest

from applicants.errors import ProblemError
from applicants.models import AuditEvent
from media_processing.models import ProcessingJob, Recording, Stage
from media_processing.services import jobs, leases
from media_processing.services.jobs import Outcome
from media_processing.services.leases import Claim, DatabaseTime
from tests.factories import ProcessingJobFactory, RecordingFactory, give_consents

pytestmark = pytest.mark.django_db
SOUND_AND_VISION = {"video": {"codec": "h264"}, "audio": {"codec": "aac"}}
SILENT = {"video": {"codec": "h264"}, "audio": None}
DONE = Outcome(Stage.State.DONE)
FAILED = Outcome(Stage.State.FAILED, "internal_error", "It broke.")


def _job(kind: str = "interview", probe: object = SOUND_AND_VISION, *scopes: str) -> ProcessingJob:
    recording = RecordingFactory(kind=kind, probe=probe)
    give_consents(recording.session.application.applicant, *scopes)
    return ProcessingJobFactory(recording=recording)


def _claim(job: ProcessingJob, name: str) -> Claim:
    held = leases.claim(job.stages.get(name=name).pk)
    assert held is not None
    return held


def _end(job: ProcessingJob, name: str, outcome: Outcome = DONE) -> list[str]:
    queued = jobs.finish(_claim(job, name), outcome)
    return list(Stage.objects.filter(pk__in=queued).values_list("name", flat=True))


def _states(job: ProcessingJob) -> dict[str, str]:
    return dict(job.stages.values_list("name", "state"))


@pytest.mark.parametrize(
    ("kind", "probe", "scopes", "queued", "skipped"),
    [
        ("interview", SOUND_AND_VISION, (), ["face", "voice"], {"gait": "not_this_kind"}),
        ("walk", SOUND_AND_VISION, (), ["face", "gait"], {"voice": "not_this_kind"}),
        ("walk", SOUND_AND_VISION, ("recording", "gait"), ["gait"], {"face": "no_consent"}),
        ("voice", SOUND_AND_VISION, (), ["voice"], {"face": "not_this_kind"}),
        ("interview", SILENT, (), ["face"], {"voice": "no_audio"}),
        ("interview", SOUND_AND_VISION, ("recording", "voice"), ["voice"], {"face": "no_consent"}),
    ],
)  # fmt: skip
def test_what_applies_is_queued_and_the_rest_says_why_not(
    kind: str, probe: object, scopes: tuple[str, ...], queued: list[str], skipped: dict[str, str]
) -> None:
    job = _job(kind, probe, *scopes)
    assert sorted(_end(job, "canonicalise")) == queued
    for name, reason in skipped.items():
        stage = job.stages.get(name=name)
        assert (stage.state, stage.error_code) == (Stage.State.SKIPPED, reason)


def test_without_any_consent_for_analysis_only_the_handover_is_left() -> None:
    job = _job("interview", SOUND_AND_VISION, "recording")
    assert _end(job, "canonicalise") == ["handover"]


def test_the_handover_waits_for_the_last_modality_and_ends_the_job() -> None:
    job = _job()
    _end(job, "canonicalise")
    assert _end(job, "face") == []
    assert _end(job, "voice") == ["handover"]
    assert _end(job, "handover") == []
    job.refresh_from_db()
    assert job.state == ProcessingJob.State.DONE
    assert Recording.objects.get(pk=job.recording_id).state == Recording.State.DONE
    assert job.finished_at is not None


@pytest.mark.parametrize(
    ("face", "voice", "handover", "state"),
    [
        (DONE, FAILED, DONE, "partial"),
        (FAILED, FAILED, DONE, "failed"),
        (DONE, DONE, FAILED, "failed"),
        (Outcome(Stage.State.SKIPPED, "no_face"), DONE, DONE, "done"),
    ],
)
def test_the_end_is_told_as_it_is(
    face: Outcome, voice: Outcome, handover: Outcome, state: str
) -> None:
    job = _job()
    _end(job, "canonicalise")
    _end(job, "face", face)
    _end(job, "voice", voice)
    _end(job, "handover", handover)
    job.refresh_from_db()
    assert job.state == state


def test_a_refused_file_ends_the_job_and_says_why() -> None:
    job = _job()
    refusal = Outcome(Stage.State.FAILED, "too_short", "It is too short.", {"refused": True})
    assert _end(job, "canonicalise", refusal) == []
    recording = Recording.objects.get(pk=job.recording_id)
    assert recording.state == Recording.State.REJECTED
    assert (recording.refusal_code, recording.refusal_message) == ("too_short", "It is too short.")
    assert set(_states(job).values()) == {"failed", "skipped"}
    assert AuditEvent.objects.filter(action="recording.refused").count() == 1


def test_a_second_delivery_of_a_finished_stage_does_nothing() -> None:
    job = _job()
    _end(job, "canonicalise")
    assert leases.claim(job.stages.get(name="canonicalise").pk) is None


def test_cancel_ends_every_open_stage_and_the_worker_is_told() -> None:
    job = _job()
    held = _claim(job, "canonicalise")
    jobs.cancel(job, officer=None)
    assert set(_states(job).values()) == {"cancelled"}
    assert Recording.objects.get(pk=job.recording_id).state == Recording.State.CANCELLED
    assert leases.extend(held, done=1, total=2) is False
    with pytest.raises(ProblemError) as refused:
        jobs.cancel(job, officer=None)
    assert refused.value.code == "job_ended"


def test_a_retry_runs_the_failed_stage_and_the_handover_again() -> None:
    job = _job()
    _end(job, "canonicalise")
    _end(job, "face")
    _end(job, "voice", FAILED)
    _end(job, "handover")
    voice = job.stages.get(name="voice")
    assert jobs.retry(voice, officer=None) == [voice.pk]
    assert _states(job) == {
        "canonicalise": "done", "face": "done", "voice": "queued", "gait": "skipped",
        "handover": "waiting",
    }  # fmt: skip
    assert _end(job, "voice") == ["handover"]
    _end(job, "handover")
    job.refresh_from_db()
    assert job.state == ProcessingJob.State.DONE


def test_only_a_failed_stage_can_be_tried_again() -> None:
    job = _job()
    _end(job, "canonicalise")
    with pytest.raises(ProblemError) as refused:
        jobs.retry(job.stages.get(name="face"), officer=None)
    assert refused.value.code == "stage_not_failed"


def test_trouble_that_may_pass_is_tried_again_later_and_not_for_ever(settings: object) -> None:
    job = _job()
    for _ in range(settings.STAGE_MAX_ATTEMPTS - 1):
        held = _claim(job, "canonicalise")
        jobs.postpone(held, code="passing_trouble", message="Later.")
        stage = job.stages.get(name="canonicalise")
        assert stage.state == Stage.State.QUEUED
        assert 0 <= (stage.available_at - stage.queued_at).total_seconds() <= 2**held.attempt
        job.stages.update(available_at=None)
    jobs.postpone(_claim(job, "canonicalise"), code="passing_trouble", message="Later.")
    job.refresh_from_db()
    assert job.state == ProcessingJob.State.FAILED


def _expire(job: ProcessingJob) -> None:
    job.stages.filter(state="running").update(lease_until=DatabaseTime() - timedelta(hours=1))


def test_the_sweep_takes_back_a_lost_stage_and_gives_up_after_the_last_attempt(
    settings: object,
) -> None:
    job = _job()
    _end(job, "canonicalise")
    face = job.stages.get(name="face")
    for _ in range(settings.STAGE_MAX_ATTEMPTS - 1):
        _claim(job, "face")
        assert jobs.reap() == []
        _expire(job)
        assert jobs.reap() == [face.pk]
    _claim(job, "face")
    _expire(job)
    assert jobs.reap() == []
    face.refresh_from_db()
    assert (face.state, face.error_code) == (Stage.State.DEAD, "worker_lost")
    assert "3 times" in face.error_message
    _end(job, "voice")
    _end(job, "handover")
    job.refresh_from_db()
    assert job.state == ProcessingJob.State.PARTIAL


def test_what_waits_too_long_is_published_again_once_per_period(settings: object) -> None:
    job = _job()
    stage = job.stages.get(name="canonicalise")
    jobs.unpublished()
    assert jobs.unpublished() == []
    long_ago = DatabaseTime() - timedelta(seconds=settings.STAGE_REPUBLISH_AFTER_S + 1)
    job.stages.filter(pk=stage.pk).update(published_at=long_ago)
    assert jobs.unpublished() == [stage.pk]
    assert jobs.unpublished() == []


def test_a_retry_is_published_when_it_is_due() -> None:
    job = _job()
    held = _claim(job, "canonicalise")
    jobs.postpone(held, code="passing_trouble", message="Later.")
    job.stages.filter(pk=held.stage_id).update(available_at=DatabaseTime() + timedelta(minutes=5))
    assert jobs.unpublished() == []
    job.stages.filter(pk=held.stage_id).update(
        published_at=DatabaseTime() - timedelta(seconds=9),
        available_at=DatabaseTime() - timedelta(seconds=1),
    )
    assert jobs.unpublished() == [held.stage_id]
    assert jobs.unpublished() == []

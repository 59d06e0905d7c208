"""Withdrawal stops the work, erases what was observed, shreds the files and moves the score."""

from pathlib import Path

import pytest

from applicants.models import AuditEvent, Officer
from media_processing.models import (
    CaptureSession,
    Observation,
    ProcessingJob,
    Recording,
    Series,
    Stage,
)
from media_processing.services import consent, evidence, intake, jobs, leases, storage
from media_processing.services.jobs import Outcome
from media_processing.services.leases import Claim, StageLostError
from media_processing.services.storage import ErasedError
from scoring.models import Evidence
from tests.factories import ObservationFactory, give_consents
from tests.media_processing.conftest import stored_files

pytestmark = pytest.mark.django_db
HAPPY = [0.01, 0.01, 0.01, 0.94, 0.01, 0.01, 0.01]
DARK = {"code": "dark", "severity": "warning", "value": 0.1, "advice": "Turn on a light."}
RESULT = {"measures": {"people": 1}, "quality": [DARK]}


@pytest.fixture
def recording(session: CaptureSession, officer: Officer, webm: bytes) -> Recording:
    """A recording with both its analyses done, all rows in place."""
    recording, _ = intake.accept([webm], session=session, kind="interview", name="a",
                                 size_bytes=len(webm), officer=officer)  # fmt: skip
    playback = storage.write(session, [b"canonical"])
    Recording.objects.filter(pk=recording.pk).update(
        playback_key=playback.key, duration_s=30.0, probe={"video": {}, "audio": {}},
        summary={"modalities": {"face": {}, "voice": {}}}, quality=[DARK],
    )  # fmt: skip
    for modality in ("face", "voice"):
        for second in range(30):
            ObservationFactory(recording=recording, modality=modality, t_start_s=second,
                               t_end_s=second + 1, valence=(-1) ** second / 2,
                               arousal=(-1) ** second / 2, probabilities=HAPPY)  # fmt: skip
        Series.objects.create(recording=recording, modality=modality, content={"x": [[0, 1]]})
    job = recording.job
    job.stages.update(state=Stage.State.DONE)
    job.stages.filter(name__in=["face", "voice"]).update(result=RESULT)
    job.stages.filter(name="gait").update(state=Stage.State.SKIPPED, error_code="not_this_kind")
    ProcessingJob.objects.filter(pk=job.pk).update(state=ProcessingJob.State.DONE)
    job.recording.refresh_from_db()
    evidence.hand_over(ProcessingJob.objects.get(pk=job.pk))
    return Recording.objects.get(pk=recording.pk)


def _score(recording: Recording) -> int:
    revisions = recording.session.application.score_revisions
    return revisions.order_by("-sequence").first().adjustment


def test_one_modality_goes_and_the_rest_stays(recording: Recording, officer: Officer) -> None:
    applicant = recording.session.application.applicant
    withdrawn, queued = consent.withdraw(applicant, ["face"], officer=officer)
    assert (withdrawn, queued) == (["face"], [])
    assert set(Observation.objects.values_list("modality", flat=True)) == {"voice"}
    assert set(Series.objects.values_list("modality", flat=True)) == {"voice"}
    recording.refresh_from_db()
    assert set(recording.summary["modalities"]) == {"voice"}
    assert len(recording.quality) == 1
    face = recording.job.stages.get(name="face")
    assert (face.state, face.error_code, face.result) == ("skipped", "no_consent", {})
    assert Evidence.objects.get(modality="face").withdrawn_at is not None
    assert Evidence.objects.get(modality="voice").withdrawn_at is None
    assert recording.playback_key
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"consent.withdrawn", "modality.erased", "score.revised"} <= actions


def test_without_the_recording_nothing_is_left(
    recording: Recording, officer: Officer, media_folder: Path
) -> None:
    assert _score(recording) != 0
    applicant = recording.session.application.applicant
    withdrawn, _ = consent.withdraw(applicant, ["recording"], officer=officer)
    assert set(withdrawn) == {"recording", "face", "voice", "gait"}
    assert not Observation.objects.exists()
    assert not Series.objects.exists()
    assert stored_files(media_folder) == []
    session = CaptureSession.objects.get(pk=recording.session_id)
    assert session.data_key is None
    with pytest.raises(ErasedError), storage.reading(session, recording.playback_key):
        pytest.fail("the session was shredded")
    recording.refresh_from_db()
    assert (recording.summary, recording.probe, recording.original_name) == ({}, {}, "")
    assert _score(recording) == 0


def test_work_under_way_is_stopped(session: CaptureSession, officer: Officer, webm: bytes) -> None:
    recording, queued = intake.accept([webm], session=session, kind="interview", name="a",
                                      size_bytes=len(webm), officer=officer)  # fmt: skip
    held = leases.claim(queued[0])
    consent.withdraw(session.application.applicant, ["recording"], officer=officer)
    with pytest.raises(StageLostError):
        jobs.finish(held, Outcome(Stage.State.DONE))
    recording.refresh_from_db()
    assert recording.state == Recording.State.CANCELLED


def _running_face(session: CaptureSession, officer: Officer, webm: bytes) -> Claim:
    recording, queued = intake.accept([webm], session=session, kind="interview", name="a",
                                      size_bytes=len(webm), officer=officer)  # fmt: skip
    silent = {"video": {"codec": "h264"}, "audio": None}
    Recording.objects.filter(pk=recording.pk).update(probe=silent)
    jobs.finish(leases.claim(queued[0]), Outcome(Stage.State.DONE))
    return leases.claim(recording.job.stages.get(name="face").pk)


def test_a_running_modality_is_lost_and_the_job_goes_on(
    session: CaptureSession, officer: Officer, webm: bytes
) -> None:
    held = _running_face(session, officer, webm)
    applicant = session.application.applicant
    _, queued = consent.withdraw(applicant, ["face"], officer=officer)
    assert list(Stage.objects.filter(pk__in=queued).values_list("name", flat=True)) == ["handover"]
    assert leases.extend(held, done=1, total=2) is False


def test_an_interrupted_erasure_is_completed(recording: Recording, officer: Officer) -> None:
    applicant = recording.session.application.applicant
    applicant.consents.filter(scope="face").delete()
    consent.erase_all_unconsented()
    assert set(Observation.objects.values_list("modality", flat=True)) == {"voice"}
    audited = AuditEvent.objects.filter(action="modality.erased").count()
    consent.erase_all_unconsented()
    assert AuditEvent.objects.filter(action="modality.erased").count() == audited
    applicant.consents.all().delete()
    consent.erase_all_unconsented()
    assert CaptureSession.objects.get(pk=recording.session_id).is_shredded


def test_a_neighbour_is_untouched(recording: Recording, officer: Officer, webm: bytes) -> None:
    neighbour = ObservationFactory()
    give_consents(neighbour.session.application.applicant)
    consent.withdraw(recording.session.application.applicant, ["recording"], officer=officer)
    assert list(Observation.objects.all()) == [neighbour]

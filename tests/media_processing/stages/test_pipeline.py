"""Real stages over real rows: the sandbox, the fences, and what is left when something breaks."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from applicants.models import Officer
from applicants.services import consents, workdirs
from media_processing import pipeline
from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
    QualityFinding,
    Severity,
)
from media_processing.models import CaptureSession, ProcessingJob, Recording, Stage
from media_processing.models import Observation as Row
from media_processing.models.job import StageName
from media_processing.services import intake, jobs, leases
from media_processing.services.jobs import Outcome
from media_processing.services.leases import Claim, DatabaseTime, StageLostError
from media_processing.stages import base, handover
from media_processing.stages.base import Run, StageContext
from media_processing.stages.modality import LiveObservations, run_modality
from scoring.models import Evidence, ScoreRevision
from scoring.services.rescore import rescore
from tests.media_processing.conftest import stored_files
from tests.media_processing.media_files import tone, write_video

pytestmark = pytest.mark.django_db(transaction=True)
AN_HOUR = timedelta(hours=1)
HAPPY = (0.02, 0.02, 0.02, 0.84, 0.06, 0.02, 0.02)


def _observations(modality: Modality, seconds: float) -> list[Observation]:
    return [
        Observation(modality, t / 5, t / 5 + 0.2, 0, HAPPY, 0.8, 0.3, 0.9, 0.9)
        for t in range(int(seconds * 5))
    ]


def _analysis(
    modality: Modality,
    seconds: float = 30.0,
    meanwhile: Callable[[], None] = lambda: None,
    status: ModalityStatus = ModalityStatus.DONE,
) -> Callable[..., ModalityResult]:
    """Return an analysis that finds what it is told to, and does something in the middle."""

    def analyse(
        media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
    ) -> ModalityResult:
        found = _observations(modality, seconds)
        emit(found[: len(found) // 2])
        meanwhile()
        progress(1, 2)
        emit(found[len(found) // 2 :])
        finding = QualityFinding("dark", Severity.WARNING, 0.1, "Turn on a light.")
        return ModalityResult(
            modality, status, coverage=1.0, measures={"people": 1}, observations=found,
            quality=[finding], series={"face_box": [(0.0, 0.1, 0.1, 0.2, 0.2)]},
        )  # fmt: skip

    return analyse


def _stage(modality: Modality, **more: object) -> Run:
    networks = {"face": ("face_emotion",), "voice": ("silero_vad",)}[modality]
    analyse = _analysis(modality, **more)
    return lambda context: run_modality(context, str(modality), networks, analyse)


def _claim(job: ProcessingJob, name: str) -> Claim:
    held = leases.claim(job.stages.get(name=name).pk)
    assert held is not None
    return held


@pytest.fixture
def recording(session: CaptureSession, officer: Officer, tmp_path: Path) -> Recording:
    path = write_video(tmp_path / "a.mp4", seconds=2.0, sound=tone(2.0))
    content = path.read_bytes()
    recording, _ = intake.accept([content], session=session, kind="interview", name="a.mp4",
                                 size_bytes=len(content), officer=officer)  # fmt: skip
    return recording


@pytest.fixture
def prepared(recording: Recording) -> ProcessingJob:
    """A job whose recording went through the real first stage."""
    pipeline.run(recording.job.stages.get(name="canonicalise").pk)
    Recording.objects.filter(pk=recording.pk).update(duration_s=30.0)
    return ProcessingJob.objects.get(recording=recording)


def _run(job: ProcessingJob, name: str, run: Run) -> list[int]:
    return base.execute(_claim(job, name), run)


def test_the_first_stage_makes_sealed_canonical_files(
    recording: Recording, media_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(workdirs, "MEMORY", memory)
    queued = pipeline.run(recording.job.stages.get(name="canonicalise").pk)
    recording.refresh_from_db()
    names = Stage.objects.filter(pk__in=queued).values_list("name", flat=True)
    assert sorted(names) == ["face", "voice"]
    assert recording.probe["video"]["codec"] == "h264"
    assert recording.probe["audio"]["codec"] == "aac"
    assert recording.duration_s == pytest.approx(2.0, abs=0.3)
    assert recording.playback_key
    assert recording.audio_key
    files = stored_files(media_folder)
    assert len(files) == 3
    assert all(b"ftyp" not in path.read_bytes()[:64] for path in files)
    assert list(memory.iterdir()) == []


def test_a_damaged_file_is_refused_in_the_officers_words(
    session: CaptureSession, officer: Officer, webm: bytes
) -> None:
    recording, queued = intake.accept([webm], session=session, kind="interview", name="a",
                                      size_bytes=len(webm), officer=officer)  # fmt: skip
    assert pipeline.run(queued[0]) == []
    recording.refresh_from_db()
    assert recording.state == Recording.State.REJECTED
    assert recording.refusal_code
    assert recording.refusal_message.endswith(".")


def test_from_the_first_stage_to_the_score(prepared: ProcessingJob) -> None:
    application = prepared.recording.session.application
    before = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    assert _run(prepared, "face", _stage(Modality.FACE)) == []
    (final,) = _run(prepared, "voice", _stage(Modality.VOICE))
    assert pipeline.run(final) == []
    prepared.refresh_from_db()
    assert prepared.state == ProcessingJob.State.DONE
    assert Row.objects.filter(session=prepared.recording.session).count() == 300
    recording = Recording.objects.get(pk=prepared.recording_id)
    assert set(recording.summary["modalities"]) == {"face", "voice"}
    assert [finding["code"] for finding in recording.quality].count("dark") == 1
    handed = Evidence.objects.order_by("modality")
    assert [row.modality for row in handed] == ["face", "voice"]
    assert handed[0].models_used[0]["name"] == "face_emotion"
    after = application.score_revisions.order_by("-sequence").first()
    assert after.sequence == before.sequence + 1
    assert after.adjustment != 0
    assert after.financial_score == before.financial_score


def test_running_a_stage_twice_keeps_its_rows_once(prepared: ProcessingJob) -> None:
    context = StageContext(
        _claim(prepared, "face"), prepared.recording, Path(), lambda done, total: None
    )
    first_attempt = LiveObservations(context, "face", "")
    first_attempt.add(_observations(Modality.FACE, 10.0))
    assert Row.objects.count() == 50
    prepared.stages.filter(name="face").update(lease_until=DatabaseTime() - AN_HOUR)
    _run(prepared, "face", _stage(Modality.FACE))
    assert Row.objects.count() == 150
    with pytest.raises(StageLostError):
        first_attempt.add(_observations(Modality.FACE, 1.0))
    assert Row.objects.count() == 150


def test_a_failed_modality_leaves_the_score_as_without_it(prepared: ProcessingJob) -> None:
    def broken(context: StageContext) -> Outcome:
        _stage(Modality.VOICE)(context)
        raise ZeroDivisionError

    _run(prepared, "face", _stage(Modality.FACE))
    (final,) = _run(prepared, "voice", broken)
    pipeline.run(final)
    prepared.refresh_from_db()
    assert prepared.state == ProcessingJob.State.PARTIAL
    voice = prepared.stages.get(name="voice")
    assert (voice.state, voice.error_code) == (Stage.State.FAILED, "internal_error")
    assert set(Row.objects.values_list("modality", flat=True)) == {"face"}
    assert [row.modality for row in Evidence.objects.all()] == ["face"]


def test_the_score_moves_while_a_recording_is_processed_and_back_if_it_fails(
    prepared: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_processing.stages.modality.PROVISIONAL_EVERY_S", 0.0)
    application = prepared.recording.session.application
    seen = []

    def look() -> None:
        seen.append(application.score_revisions.order_by("-sequence").first())

    def broken(context: StageContext) -> Outcome:
        _stage(Modality.FACE, seconds=60.0, meanwhile=look)(context)
        raise ZeroDivisionError

    without = rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    _run(prepared, "face", broken)
    assert seen[0].adjustment != 0
    (final,) = _run(prepared, "voice", lambda context: Outcome(Stage.State.SKIPPED, "no_speech"))
    pipeline.run(final)
    last = application.score_revisions.order_by("-sequence").first()
    assert (last.final_score, last.adjustment) == (without.final_score, 0)


def test_a_cancelled_stage_stops_at_its_next_report(
    prepared: ProcessingJob, officer: Officer, settings: object
) -> None:
    settings.STAGE_HEARTBEAT_S = 0.1

    def cancel() -> None:
        jobs.cancel(prepared, officer=officer)
        time.sleep(0.5)

    started = time.monotonic()
    assert _run(prepared, "face", _stage(Modality.FACE, meanwhile=cancel)) == []
    assert time.monotonic() - started < 5
    assert Row.objects.count() == 0
    assert prepared.stages.get(name="face").state == Stage.State.CANCELLED


def test_consent_is_asked_again_before_each_stage(
    prepared: ProcessingJob, officer: Officer
) -> None:
    consents.withdraw(prepared.recording.session.application.applicant, ["face"], officer=officer)
    _run(prepared, "face", _stage(Modality.FACE))
    stage = prepared.stages.get(name="face")
    assert (stage.state, stage.error_code) == (Stage.State.SKIPPED, "no_consent")
    assert Row.objects.count() == 0


def test_consent_withdrawn_before_the_handover_keeps_the_evidence_out(
    prepared: ProcessingJob, officer: Officer
) -> None:
    _run(prepared, "face", _stage(Modality.FACE))
    (final,) = _run(prepared, "voice", lambda context: Outcome(Stage.State.SKIPPED, "no_speech"))
    consents.withdraw(prepared.recording.session.application.applicant, ["face"], officer=officer)
    base.execute(leases.claim(final), handover.run)
    assert not Evidence.objects.exists()
    assert Row.objects.count() == 0


@pytest.mark.parametrize("error", [OperationalError, ConnectionError])
def test_a_passing_trouble_is_tried_again(prepared: ProcessingJob, error: type[Exception]) -> None:
    def troubled(context: StageContext) -> Outcome:
        raise error

    _run(prepared, "face", troubled)
    stage = prepared.stages.get(name="face")
    assert (stage.state, stage.attempt, stage.error_code) == ("queued", 1, "passing_trouble")


def test_a_stalled_stage_loses_its_lease(prepared: ProcessingJob, settings: object) -> None:
    settings.STAGE_HEARTBEAT_S, settings.STAGE_STALL_S, settings.STAGE_LEASE_S = 0.05, 0.2, 0.3
    taken_over = threading.Event()

    def stall() -> None:
        time.sleep(0.8)
        if jobs.reap():
            taken_over.set()

    _run(prepared, "face", _stage(Modality.FACE, meanwhile=stall))
    assert taken_over.is_set()
    assert prepared.stages.get(name="face").state == Stage.State.QUEUED


def test_every_stage_is_named_and_can_be_loaded() -> None:
    assert set(pipeline.STAGES) == set(StageName.values)
    loaded: Sequence[Run] = [pipeline.import_string(path) for path in pipeline.STAGES.values()]
    assert all(callable(run) for run in loaded)

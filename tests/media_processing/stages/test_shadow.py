"""A candidate beside the network in force: compared, kept apart from the score, and never fatal."""

import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

from celery.exceptions import SoftTimeLimitExceeded

from applicants.models import Officer
from media_processing.analysis.types import (
    CanonicalMedia,
    Emit,
    Modality,
    ModalityResult,
    ModalityStatus,
    Observation,
    Progress,
)
from media_processing.inference.manifest import read_manifest
from media_processing.models import CaptureSession, ProcessingJob, ShadowRun, Stage
from media_processing.models import Observation as Row
from media_processing.selectors import WEIGHTS_DIR
from media_processing.services import jobs, leases, observations, placing
from media_processing.services.installing import install
from media_processing.stages import base
from media_processing.stages.modality import run_modality
from media_processing.stages.shadow import halves
from scoring.models import ModelVersion
from tests.factories import RecordingFactory
from tests.media_processing.own_networks import write_own_network

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.training]
HAPPY, SAD = ((*(0.02,) * at, 0.88, *(0.02,) * (6 - at)) for at in (3, 5))
SHIPPED = read_manifest(WEIGHTS_DIR)["face_emotion"]


class Analysis:
    """Says happy, unless the folder holds another face network; then sad, or it fails."""

    def __init__(
        self, error: Exception | None = None, in_shadow: tuple[float, ...] | None = SAD
    ) -> None:
        self.error, self.in_shadow = error, in_shadow
        self.seen: list[str] = []

    def __call__(
        self, media: CanonicalMedia, *, weights_dir: Path, emit: Emit, progress: Progress
    ) -> ModalityResult:
        sha256 = read_manifest(weights_dir)["face_emotion"].sha256
        self.seen.append(sha256)
        is_shipped = sha256 == SHIPPED.sha256
        if self.error and not is_shipped:
            raise self.error
        shares = HAPPY if is_shipped else self.in_shadow
        found = [
            Observation(Modality.FACE, t / 5, t / 5 + 0.2, 0, shares, 0.0, 0.0, 0.88, 0.9)
            for t in range(20)
            if shares is not None
        ]
        emit(found)
        progress(1, 1)
        return ModalityResult(Modality.FACE, ModalityStatus.DONE, observations=found)


@pytest.fixture(autouse=True)
def own_weights(tmp_path: Path, settings: Any) -> None:
    settings.OWN_WEIGHTS_DIR = tmp_path / "own_weights"


@pytest.fixture
def candidate(tmp_path: Path, analyst: Officer) -> ModelVersion:
    write_own_network(tmp_path / "given")
    return placing.start_shadow(install(tmp_path / "given")[0], officer=analyst)


@pytest.fixture
def job(session: CaptureSession) -> ProcessingJob:
    """A recording that is prepared and waits for its face to be read."""
    recording = RecordingFactory(session=session, duration_s=4.0, probe={"video": {}})
    jobs.create_job(recording)
    recording.job.stages.filter(name="canonicalise").update(state=Stage.State.DONE)
    recording.job.stages.filter(name="face").update(state=Stage.State.QUEUED)
    return recording.job


def _run(job: ProcessingJob, analyse: Analysis) -> Stage:
    stage = job.stages.get(name="face")
    held = leases.claim(stage.pk)
    assert held is not None
    base.execute(held, lambda context: run_modality(context, "face", ("face_emotion",), analyse))
    stage.refresh_from_db()
    return stage


def test_without_a_candidate_the_recording_is_read_once(job: ProcessingJob) -> None:
    analyse = Analysis()
    assert _run(job, analyse).state == Stage.State.DONE
    assert analyse.seen == [SHIPPED.sha256]
    assert not ShadowRun.objects.exists()


def test_a_candidate_is_compared_and_only_the_network_in_force_observes(
    job: ProcessingJob, candidate: ModelVersion
) -> None:
    analyse = Analysis()
    stage = _run(job, analyse)
    assert analyse.seen == [SHIPPED.sha256, candidate.sha256]
    assert (stage.state, stage.network_sha256) == (Stage.State.DONE, SHIPPED.sha256)
    rows = Row.objects.filter(recording=job.recording)
    assert rows.count() == 20
    assert {tuple(row.probabilities) for row in rows} == {HAPPY}
    assert set(rows.values_list("network_sha256", flat=True)) == {SHIPPED.sha256}
    run = ShadowRun.objects.get(version=candidate, recording=job.recording)
    assert (run.compared, run.agreed, run.error) == (20, 0, "")
    assert run.distance_sum == pytest.approx(20 * 0.86)
    assert run.labels_in_force == [0, 0, 0, 20, 0, 0, 0]
    assert run.labels_in_shadow == [0, 0, 0, 0, 0, 20, 0]


def test_a_candidate_that_breaks_is_told_and_the_recording_is_read(
    job: ProcessingJob, candidate: ModelVersion
) -> None:
    assert _run(job, Analysis(RuntimeError("bad graph"))).state == Stage.State.DONE
    assert Row.objects.filter(recording=job.recording).count() == 20
    run = ShadowRun.objects.get(version=candidate)
    assert (run.compared, run.error) == (0, "RuntimeError")


@pytest.mark.parametrize("shares", [(math.nan,) * 7, None])
def test_answers_that_are_no_numbers_or_silence_are_a_failure(
    job: ProcessingJob, candidate: ModelVersion, shares: tuple[float, ...] | None
) -> None:
    assert _run(job, Analysis(in_shadow=shares)).state == Stage.State.DONE
    run = ShadowRun.objects.get(version=candidate)
    assert (run.compared, run.error) == (0, "NotComparableError")


def test_a_candidate_that_takes_too_long_is_told_and_the_recording_is_read(
    job: ProcessingJob, candidate: ModelVersion
) -> None:
    assert _run(job, Analysis(SoftTimeLimitExceeded())).state == Stage.State.DONE
    assert Row.objects.filter(recording=job.recording).count() == 20
    assert ShadowRun.objects.get(version=candidate).error == "SoftTimeLimitExceeded"


def test_no_candidate_runs_after_an_attempt_that_ended_early(
    job: ProcessingJob, candidate: ModelVersion
) -> None:
    job.stages.filter(name="face").update(attempt=1)
    analyse = Analysis()
    assert _run(job, analyse).state == Stage.State.DONE
    assert analyse.seen == [SHIPPED.sha256]
    assert not ShadowRun.objects.exists()


def test_a_worker_that_lost_its_stage_keeps_no_comparison(
    job: ProcessingJob, candidate: ModelVersion
) -> None:
    assert _run(job, Analysis(leases.StageLostError())).state == Stage.State.RUNNING
    assert not ShadowRun.objects.exists()


def test_what_was_compared_goes_with_what_was_observed(
    job: ProcessingJob, candidate: ModelVersion
) -> None:
    _run(job, Analysis())
    observations.forget(job.recording, "face")
    assert not ShadowRun.objects.exists()


def test_two_runs_are_one_progress() -> None:
    told: list[float] = []
    for half in halves(lambda done, total: told.append(done / total)):
        half(0, 4)
        half(4, 4)
    assert told == [0.0, 0.5, 0.5, 1.0]

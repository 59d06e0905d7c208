"""The emotion history is derived: it comes from stored observations and goes with them."""

from pathlib import Path

import pytest

from applicants.models import Officer
from media_processing.analysis.types import EMOTIONS, Modality
from media_processing.inference.manifest import read_manifest
from media_processing.models import CaptureSession, EmotionHistory, ProcessingJob, Recording, Stage
from media_processing.selectors import WEIGHTS_DIR
from media_processing.services import consent, histories, jobs, observations
from media_processing.services.leases import Claim
from media_processing.stages import handover
from media_processing.stages.base import StageContext
from tests.media_processing.analysis.fusion_readings import observation, peaked
from tests.media_processing.views.recordings import new_recording

pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(session: CaptureSession) -> Recording:
    """An interview of 10 s: a face throughout, a voice that says otherwise from 4 to 8 s."""
    made = new_recording(session, duration_s=10.0, state=Recording.State.DONE)
    face = [observation(Modality.FACE, n / 5, (n + 1) / 5, peaked("happy")) for n in range(50)]
    voice = [observation(Modality.VOICE, 4.0, 8.0, peaked("angry", 0.9), quality=1.0)]
    observations.append(made, face, "ab" * 32)
    observations.append(made, voice, "cd" * 32)
    made.job.stages.update(state=Stage.State.DONE, result={"measures": {}})
    ProcessingJob.objects.filter(pk=made.job.pk).update(state=ProcessingJob.State.DONE)
    return Recording.objects.get(pk=made.pk)


def heard(history: EmotionHistory) -> bool:
    return any(history.content["weights"]["voice"])


def test_a_history_names_what_made_it(recording: Recording) -> None:
    histories.rebuild(recording)

    history = recording.history
    entry = read_manifest(WEIGHTS_DIR)["fusion"]
    assert history.network_version == entry.version
    assert history.network_sha256 == history.content["sha256"] == entry.sha256
    assert history.method == history.content["method"]
    assert heard(history)
    assert max(history.content["t_s"]) <= 10.0
    assert {len(row) for row in history.content["probabilities"]} == {len(EMOTIONS)}


def test_made_again_it_is_the_same_and_there_is_one(recording: Recording) -> None:
    histories.rebuild(recording)
    first = recording.history.content
    histories.rebuild(recording)

    assert EmotionHistory.objects.get(recording=recording).content == first


def test_nothing_observed_is_no_history(session: CaptureSession) -> None:
    silent = new_recording(session, duration_s=10.0)

    histories.rebuild(silent)

    assert not EmotionHistory.objects.exists()


def test_without_usable_weights_there_is_no_history_and_no_error(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manifest.toml").touch()
    monkeypatch.setattr(histories, "WEIGHTS_DIR", tmp_path)

    histories.rebuild(recording)

    assert not EmotionHistory.objects.exists()


def test_a_fault_of_the_history_holds_up_no_erasure(
    recording: Recording, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    histories.rebuild(recording)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(histories, "emotion_history", broken)
    with histories.rebuilt_without_network(recording):
        observations.forget(recording, "voice")

    assert not EmotionHistory.objects.exists()
    assert not recording.observations.filter(modality="voice").exists()


def test_the_handover_makes_it(recording: Recording) -> None:
    stage = recording.job.stages.get(name="handover")
    held = Claim(stage.pk, recording.job.pk, stage.fence, attempt=1)

    outcome = handover.run(StageContext(held, recording, Path(), lambda done, total: None))
    assert not EmotionHistory.objects.exists()
    outcome.save()

    assert heard(EmotionHistory.objects.get(recording=recording))


def test_withdrawing_one_signal_leaves_the_history_of_the_others(
    recording: Recording, officer: Officer
) -> None:
    histories.rebuild(recording)
    applicant = recording.session.application.applicant

    consent.withdraw(applicant, ["voice"], officer=officer)

    history = EmotionHistory.objects.get(recording=recording)
    assert not heard(history)
    assert any(history.content["weights"]["face"])
    assert not any(history.content["conflicts"].values())
    assert history.content["strongest"]["voice"] == [None] * len(history.content["t_s"])


def test_withdrawing_every_signal_or_the_recording_leaves_none(
    recording: Recording, officer: Officer
) -> None:
    applicant = recording.session.application.applicant
    histories.rebuild(recording)
    consent.withdraw(applicant, ["face", "voice"], officer=officer)
    assert not EmotionHistory.objects.exists()


def test_an_erased_session_has_no_history(recording: Recording, officer: Officer) -> None:
    histories.rebuild(recording)

    consent.withdraw(recording.session.application.applicant, ["recording"], officer=officer)

    assert not EmotionHistory.objects.exists()


def test_a_withdrawal_makes_no_history_where_there_was_none(
    recording: Recording, officer: Officer
) -> None:
    consent.withdraw(recording.session.application.applicant, ["voice"], officer=officer)

    assert not EmotionHistory.objects.exists()


def test_a_signal_that_is_read_again_takes_the_old_history_away(recording: Recording) -> None:
    histories.rebuild(recording)

    observations.forget(recording, "voice")

    assert not EmotionHistory.objects.exists()


def test_a_stopped_job_leaves_none(recording: Recording) -> None:
    histories.rebuild(recording)
    ProcessingJob.objects.filter(pk=recording.job.pk).update(state=ProcessingJob.State.RUNNING)

    jobs.stop(recording.job)

    assert not EmotionHistory.objects.exists()


def test_recordings_of_a_session_keep_histories_of_their_own(
    recording: Recording, session: CaptureSession
) -> None:
    """Two files share no clock: what stands in one never enters the history of the other."""
    other = new_recording(session, duration_s=10.0)
    observations.append(other, [observation(Modality.VOICE, 0.0, 9.0, peaked("sad"))], "ef" * 32)

    histories.rebuild(recording)
    histories.rebuild(other)

    assert not any(other.history.content["weights"]["face"])
    assert not any(recording.history.content["weights"]["voice"][:6])

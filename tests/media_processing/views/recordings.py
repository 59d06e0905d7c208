"""A processed recording made by code: what the stages would have left, without running them."""

from datetime import timedelta

from django.utils import timezone

from media_processing.analysis.summary import summarise
from media_processing.analysis.types import Modality, ModalityResult, ModalityStatus, Observation
from media_processing.models import CaptureSession, ProcessingJob, Recording, Series, Stage
from media_processing.services import jobs, observations

DURATION_S = 40.0
PERIOD_S = 0.2
GAP_S = (10.0, 14.0)
HAPPY = (0.05, 0.05, 0.05, 0.6, 0.15, 0.05, 0.05)
CALM = (0.03, 0.03, 0.03, 0.05, 0.8, 0.03, 0.03)
NETWORK_SHA256 = "ab" * 32


def face_observations() -> list[Observation]:
    """Observations each 0.2 s with one gap; calm at first, then a label above one half."""
    starts_s = [n * PERIOD_S for n in range(round(DURATION_S / PERIOD_S))]
    return [_observation(t_s) for t_s in starts_s if not GAP_S[0] <= t_s < GAP_S[1]]


def _observation(t_s: float) -> Observation:
    is_happy = t_s > DURATION_S / 2
    return Observation(
        modality=Modality.FACE, t_start_s=t_s, t_end_s=t_s + PERIOD_S, person=0,
        probabilities=HAPPY if is_happy else CALM, valence=0.5 if is_happy else 0.0,
        arousal=0.2, confidence=0.7, quality=0.9,
    )  # fmt: skip


def new_recording(session: CaptureSession, **fields: object) -> Recording:
    """Return a received recording with its job, nothing of it done yet."""
    values = {
        "kind": "interview", "sha256": f"{Recording.objects.count():064x}", "size_bytes": 4_200_000,
        "original_name": "interview.mp4", "uploaded_by": session.created_by,
    }  # fmt: skip
    recording = Recording.objects.create(session=session, **values | fields)
    jobs.create_job(recording)
    return recording


def processed_recording(session: CaptureSession) -> Recording:
    """Return an interview whose face was read and whose voice could not be."""
    observed = face_observations()
    result = ModalityResult(Modality.FACE, ModalityStatus.DONE, observations=observed)
    recording = new_recording(
        session,
        state=Recording.State.DONE,
        duration_s=DURATION_S,
        playback_key="0" * 32,
        probe={"video": {"fps": 25.0}, "audio": None},
        summary=summarise({Modality.FACE: result}, DURATION_S),
    )
    observations.append(recording, observed, NETWORK_SHA256)
    Series.objects.create(
        recording=recording, modality="face", content={"face_box": [[0.0, 0.3, 0.2, 0.2, 0.3]]}
    )
    _end(recording.job)
    return recording


def _end(job: ProcessingJob) -> None:
    now = timezone.now()
    job.stages.update(
        state=Stage.State.DONE, started_at=now - timedelta(seconds=3), finished_at=now
    )
    job.stages.filter(name="voice").update(state=Stage.State.SKIPPED, error_code="no_audio")
    job.stages.filter(name="gait").update(state=Stage.State.SKIPPED, error_code="not_this_kind")
    job.stages.filter(name="face").update(result={"measures": {"people": 1}, "coverage": 0.9})
    ProcessingJob.objects.filter(pk=job.pk).update(state=ProcessingJob.State.DONE)

"""What was seen or heard of somebody who is not the applicant goes at once, whoever watches."""

from typing import Any

from media_processing.models import LiveCapture, ProcessingJob, Stage
from media_processing.models.job import StageName
from media_processing.services import evidence, observations
from media_processing.services.leases import DatabaseTime
from media_processing.services.live.forgetting import forget_modality


def corrected(live: LiveCapture, before: dict[str, Any]) -> None:
    """Forget what the newest word on the subject contradicts; ``before`` is the one of before.

    Another voice, or a face or body that is taken back, is forgotten here. A face or body that
    joins those of before is held against them by the worker that watches; where none does, all of
    it is read anew. A worker that is lost seems to watch until its lease ends: the next one forgets
    what that one no longer held against the newest word. The caller holds the capture.
    """
    job = ProcessingJob.objects.select_for_update().get(recording=live.recording_id)
    now, is_watched = live.subject, _is_watched(job)
    for part, modality in (("face", "face"), ("body", "gait")):
        was, said = before.get(part) or [], now.get(part) or []
        if was and (said[: len(was)] != was or (said != was and not is_watched)):
            forget(job, modality)
    if before.get("voice") and before["voice"] != now.get("voice"):
        forget(job, "voice")


def _is_watched(job: ProcessingJob) -> bool:
    return job.stages.filter(
        name=StageName.LIVE, state=Stage.State.RUNNING, lease_until__gt=DatabaseTime()
    ).exists()


def forget(job: ProcessingJob, modality: str) -> None:
    """Forget what was observed of a modality, its evidence and how far it was read."""
    observations.forget(job.recording, modality)
    evidence.take_back(job, modality)
    forget_modality(job.recording_id, modality)

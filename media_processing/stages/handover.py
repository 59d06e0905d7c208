"""The last stage: the recording is summed up and fused, its evidence brought into the score."""

from typing import Any

from media_processing.analysis.summary import summarise
from media_processing.analysis.types import Modality, ModalityResult, ModalityStatus
from media_processing.models import ProcessingJob, Recording, Stage
from media_processing.models.job import MODALITY_STAGES
from media_processing.services import evidence, histories, observations
from media_processing.services.applicability import allowed
from media_processing.services.jobs import Outcome
from media_processing.stages.base import StageContext


def run(context: StageContext) -> Outcome:
    """Summarise, fuse and hand over, in the transaction that ends the stage: once or not at all."""
    job = ProcessingJob.objects.select_related("recording__session__application").get(
        pk=context.claim.job_id
    )

    def save() -> None:
        _forget_unfinished(job)
        Recording.objects.filter(pk=job.recording_id).update(
            summary=summary_json(job), quality=observations.findings(job)
        )
        histories.rebuild(job.recording)
        evidence.hand_over(job)

    return Outcome(Stage.State.DONE, save=save)


def _forget_unfinished(job: ProcessingJob) -> None:
    """Drop what a modality found that then failed, or whose consent is gone."""
    for stage in job.stages.filter(name__in=MODALITY_STAGES):
        if stage.state != Stage.State.DONE or not allowed(job.recording, stage.name):
            observations.forget(job.recording, stage.name)


def summary_json(job: ProcessingJob) -> dict[str, Any]:
    results = {}
    for stage in job.stages.filter(name__in=MODALITY_STAGES, state=Stage.State.DONE):
        modality = Modality(stage.name)
        observed = observations.observed(job.recording, stage.name)
        results[modality] = ModalityResult(modality, ModalityStatus.DONE, observations=observed)
    return summarise(results, job.recording.duration_s or 0.0)

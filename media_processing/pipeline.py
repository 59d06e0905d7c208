"""Which function runs which stage, by dotted path: only a worker loads what analyses media."""

from django.utils.module_loading import import_string

from media_processing.models import Stage
from media_processing.models.job import StageName
from media_processing.services import leases
from media_processing.stages import base

STAGES: dict[str, str] = {
    StageName.LIVE: "media_processing.stages.live.run",
    StageName.CANONICALISE: "media_processing.stages.canonicalise.run",
    StageName.FACE: "media_processing.stages.face_emotion.run",
    StageName.VOICE: "media_processing.stages.voice_emotion.run",
    StageName.GAIT: "media_processing.stages.gait.run",
    StageName.HANDOVER: "media_processing.stages.handover.run",
}


def run(stage_id: int) -> list[int]:
    """Claim a stage and run it; return the stages that a worker is wanted for next.

    A message that comes twice, or for a stage that another worker holds, does nothing.
    """
    held = leases.claim(stage_id)
    if held is None:
        return []
    name = Stage.objects.filter(pk=stage_id).values_list("name", flat=True).first()
    # The rows of an erased recording may go at any moment.
    return base.execute(held, import_string(STAGES[name])) if name else []

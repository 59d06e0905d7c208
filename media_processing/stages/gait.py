"""The gait stage."""

from media_processing.inference.gait_i3d import NETWORK
from media_processing.modalities.gait import analyse
from media_processing.services.jobs import Outcome
from media_processing.stages.base import StageContext
from media_processing.stages.modality import run_modality


def run(context: StageContext) -> Outcome:
    return run_modality(context, "gait", (NETWORK,), analyse)

"""The face stage."""

from media_processing.inference.face_emotion import NETWORK_NAME
from media_processing.modalities.face import analyse
from media_processing.services.jobs import Outcome
from media_processing.stages.base import StageContext
from media_processing.stages.modality import run_modality


def run(context: StageContext) -> Outcome:
    return run_modality(context, "face", (NETWORK_NAME,), analyse)

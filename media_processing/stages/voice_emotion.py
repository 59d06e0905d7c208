"""The voice stage: speech is found first, then heard."""

from media_processing.inference import voice_activity, voice_emotion
from media_processing.modalities.voice import analyse
from media_processing.services.jobs import Outcome
from media_processing.stages.base import StageContext
from media_processing.stages.modality import run_modality


def run(context: StageContext) -> Outcome:
    networks = (voice_activity.NETWORK, voice_emotion.NETWORK)
    return run_modality(context, "voice", networks, analyse)

"""Sessions, recordings, uploads, jobs with their stages, what was observed, and own networks."""

from media_processing.models.job import ProcessingJob, Stage
from media_processing.models.network import NetworkProposal, ShadowRun
from media_processing.models.observation import Observation, Series
from media_processing.models.recording import Recording
from media_processing.models.session import CaptureSession
from media_processing.models.upload import Upload

__all__ = [
    "CaptureSession",
    "NetworkProposal",
    "Observation",
    "ProcessingJob",
    "Recording",
    "Series",
    "ShadowRun",
    "Stage",
    "Upload",
]

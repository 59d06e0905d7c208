"""Sessions, recordings, uploads, jobs with their stages, and what was observed."""

from media_processing.models.job import ProcessingJob, Stage
from media_processing.models.observation import Observation, Series
from media_processing.models.recording import Recording
from media_processing.models.session import CaptureSession
from media_processing.models.upload import Upload

__all__ = [
    "CaptureSession",
    "Observation",
    "ProcessingJob",
    "Recording",
    "Series",
    "Stage",
    "Upload",
]

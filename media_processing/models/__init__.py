"""Sessions, recordings, jobs, uploads, what was observed, own networks, and exports."""

from media_processing.models.history import EmotionHistory
from media_processing.models.job import ProcessingJob, Stage
from media_processing.models.network import NetworkProposal, ShadowRun
from media_processing.models.observation import Observation, Series
from media_processing.models.recording import Recording
from media_processing.models.session import CaptureSession
from media_processing.models.subject_export import SubjectExport
from media_processing.models.upload import Upload

__all__ = [
    "CaptureSession",
    "EmotionHistory",
    "NetworkProposal",
    "Observation",
    "ProcessingJob",
    "Recording",
    "Series",
    "ShadowRun",
    "Stage",
    "SubjectExport",
    "Upload",
]

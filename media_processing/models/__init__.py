"""Sessions, recordings (live ones too), questions, jobs, what was observed, networks, exports."""

from media_processing.models.history import EmotionHistory
from media_processing.models.job import ProcessingJob, Stage
from media_processing.models.live import (
    LiveCapture,
    LiveChunk,
    LiveProgress,
    LiveQuestion,
    LiveTake,
    QuestionMark,
)
from media_processing.models.network import NetworkProposal, ShadowRun
from media_processing.models.observation import Observation, Series
from media_processing.models.question_list import QuestionList
from media_processing.models.recording import Recording
from media_processing.models.session import CaptureSession
from media_processing.models.subject_export import SubjectExport
from media_processing.models.upload import Upload

__all__ = [
    "CaptureSession",
    "EmotionHistory",
    "LiveCapture",
    "LiveChunk",
    "LiveProgress",
    "LiveQuestion",
    "LiveTake",
    "NetworkProposal",
    "Observation",
    "ProcessingJob",
    "QuestionList",
    "QuestionMark",
    "Recording",
    "Series",
    "ShadowRun",
    "Stage",
    "SubjectExport",
    "Upload",
]

"""Erasing the media of a person: keys first, then rows, and the sealed files after the commit."""

from collections.abc import Iterable

from django.db.models import QuerySet

from applicants.models import Applicant
from applicants.services.erasure import delete_rows
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    ProcessingJob,
    Recording,
    SubjectExport,
    Upload,
)
from media_processing.services import jobs, storage
from scoring.services import background


def erase_media(applicant: Applicant) -> tuple[dict[str, int], list[str]]:
    """Delete every session with its keys and rows; return counts, and the files left to remove.

    From the commit on the files can be read by nobody, whether they are gone yet or not.
    """
    sessions = CaptureSession.objects.filter(application__applicant=applicant)
    lock_live(sessions)
    for job in ProcessingJob.objects.filter(recording__session__in=sessions):
        jobs.stop(job)
    recordings = Recording.objects.filter(session__in=sessions)
    uploads = Upload.objects.filter(session__in=sessions)
    exports = SubjectExport.objects.filter(request__applicant=applicant)
    files = [key for row in recordings for key in files_of(row)]
    files += [key for upload in uploads for key in upload.parts]
    files += [key for session in sessions for key in storage.chunk_keys(session.pk)]
    files += [export.file_key for export in exports]
    counts = {"keys": sessions.exclude(data_key=None).count(), "recordings": recordings.count()}
    uploads.delete()
    recordings.delete()  # with jobs, stages, observations, series and history
    counts["sessions"] = delete_rows(sessions)
    for export in exports:
        background.cancel(export)
    exports.update(data_key=None, removed_at=storage.DatabaseTime())
    return counts, files


def lock_live(sessions: QuerySet[CaptureSession]) -> None:
    """Let a piece of a live recording come before or after; before its job, as when it is kept."""
    captures = LiveCapture.objects.filter(recording__session__in=sessions)
    list(captures.select_for_update(of=["self"]))


def files_of(recording: Recording) -> list[str]:
    keys = (recording.source_key, recording.playback_key, recording.audio_key)
    return [key for key in keys if key]


def remove_files(keys: Iterable[str]) -> None:
    """Remove sealed files whose keys are destroyed; one that is gone is no fault."""
    storage.remove(keys)

"""Whose face and voice of a recording is the applicant's, as the officer confirmed it."""

from itertools import accumulate

from media_processing.analysis.subject import NOT_ASKED, Subject, subject_of
from media_processing.models import LiveCapture, Recording


def subject_for(recording: Recording) -> Subject:
    """Return the subject of a live recording in recording time; of an upload nobody was asked."""
    return subject_and_version(recording)[0]


def subject_and_version(recording: Recording) -> tuple[Subject, int]:
    """Return the subject as :func:`subject_for` does, and how often somebody said who it is."""
    live = LiveCapture.objects.filter(recording=recording).prefetch_related("takes").first()
    if live is None:
        return NOT_ASKED, 0
    takes = list(live.takes.all())
    starts_s = accumulate((take.duration_s for take in takes), initial=0.0)
    offsets_s = {take.number: start_s for take, start_s in zip(takes, starts_s, strict=False)}
    return subject_of(live.subject, offsets_s), live.subject_version

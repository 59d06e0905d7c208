"""No decision on an application while somebody of it is still being recorded.

What a recording shows moves the score until it has ended, and a branch may hide it until then.
"""

from typing import Any

from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Application
from media_processing.models import LiveCapture, ProcessingJob


def refuse_too_early(*, application: Application, **_signal: Any) -> None:
    """Raise ProblemError 409 while a live recording is made, or its closing pass goes on.

    A capture of which nothing was ever received holds nobody up: there is nothing to end.
    """
    begun = LiveCapture.objects.filter(
        recording__session__application=application, last_chunk_at__isnull=False,
        recording__job__state__in=ProcessingJob.OPEN_STATES,
    )  # fmt: skip
    if begun.filter(state=LiveCapture.State.OPEN).exists():
        raise ProblemError(
            "recording_open",
            _("A recording of this case is still being made. End the recording first."),
            status=409,
        )
    if begun.exists():
        raise ProblemError(
            "evidence_arriving",
            _("A recording of this case is still being analysed; decide when it is done."),
            status=409,
        )

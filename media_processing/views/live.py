"""The page on which an officer records an interview, a walk or a voice answer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from media_processing.selectors.live import captures_for
from media_processing.selectors.questions import marks_of
from media_processing.views import strip_parts, walk_parts


@require_safe
@requires(Capability.UPLOAD_MEDIA)
def live(request: HttpRequest, pk: str) -> HttpResponse:
    """Show the recorder, the questions and the strip; once it has ended, the session instead."""
    capture = get_object_or_404(captures_for(request.user), pk=pk)
    recording = capture.recording
    if not capture.is_open or not recording.job.is_open:
        return redirect("media:session", recording.session_id)
    context = {
        "live": capture,
        "recording": recording,
        "session": recording.session,
        "application": recording.session.application,
        "applicant": recording.session.application.applicant,
        "questions": capture.questions.all(),
        "marks": marks_of(capture),
        "keys_template": "media_processing/live/_question_keys.html",
        "urls": _urls(capture.pk),
        "session_url": reverse("media:session", args=[recording.session_id]),
        "chunk_ms": settings.LIVE_CHUNK_MS,
        "max_s": settings.LIVE_MAX_S,
        **strip_parts.context(capture),
        **walk_parts.context(capture),
    }
    return render(request, "media_processing/live/live.html", context)


def _urls(pk: object) -> dict[str, str]:
    """Return the addresses that the page's modules use, by their short names."""
    names = ("events", "takes", "marks", "subject", "close", "discard")
    return {
        "open": reverse("api_live_list"),
        "state": reverse("api_live", args=[pk]),
        **{name: reverse(f"api_live_{name}", args=[pk]) for name in names},
    }

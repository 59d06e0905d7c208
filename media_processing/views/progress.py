"""Live progress: a stream that re-reads the rows, and the same as JSON for polling."""

import uuid
from collections.abc import AsyncGenerator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from media_processing.event_stream import changes, event_stream
from media_processing.models import CaptureSession
from media_processing.selectors import (
    job_progress,
    jobs_for,
    session_progress,
    sessions_for,
    with_stages,
)
from media_processing.services import stream_slots

LOOK_EVERY_S = 1.0


@require_safe
@requires(Capability.VIEW_MEDIA)
def session_state(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    """Answer the state of all jobs of a session, for polling."""
    return JsonResponse(session_progress(get_object_or_404(sessions_for(request.user), pk=pk)))


@require_safe
@requires(Capability.VIEW_MEDIA)
def job_state(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    return JsonResponse(job_progress(get_object_or_404(with_stages(jobs_for(request.user)), pk=pk)))


@require_safe
@requires(Capability.VIEW_MEDIA)
def session_events(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stream the state of a session's jobs: an event ``progress`` whenever a row has changed.

    A client that comes back gets the state as it is then. The stream ends with an event ``ended``
    once no job is open. One that follows too many already gets 429, and its page asks by itself.
    """
    session = get_object_or_404(sessions_for(request.user), pk=pk)
    try:
        slot = stream_slots.take(request.user)
    except stream_slots.TooManyStreamsError as refusal:
        return HttpResponse(
            refusal.message, content_type="text/plain", status=refusal.status,
            headers={"Retry-After": str(refusal.retry_after_s)},
        )  # fmt: skip
    return event_stream(events(request.user, session.pk, request.session.session_key or ""), slot)


def events(officer: Any, session_id: uuid.UUID, sign_in: str = "") -> AsyncGenerator[str]:
    """Yield server-sent events until no job of the session is open or the right to see it ends."""

    def read(_last: dict[str, Any] | None) -> dict[str, Any] | None:
        session = sessions_for(officer).filter(pk=session_id).first()
        return session_progress(session) if isinstance(session, CaptureSession) else None

    return changes(
        read,
        name="progress",
        is_over=lambda state: not state["open"],
        officer=officer,
        sign_in=sign_in,
        look_every_s=LOOK_EVERY_S,
    )

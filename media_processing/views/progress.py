"""Live progress: a stream that re-reads the rows, and the same as JSON for polling."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from media_processing.models import CaptureSession
from media_processing.selectors import (
    job_progress,
    jobs_for,
    session_progress,
    sessions_for,
    with_stages,
)

LOOK_EVERY_S = 1.0
HEARTBEAT_EVERY_S = 15.0
RECONNECT_MS = 3000


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
    once no job is open.
    """
    session = get_object_or_404(sessions_for(request.user), pk=pk)
    response = StreamingHttpResponse(
        events(request.user, session.pk, request.session.session_key or ""),
        content_type="text/event-stream",
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def events(officer: Any, session_id: uuid.UUID, sign_in: str = "") -> AsyncIterator[str]:
    """Yield server-sent events until no job of the session is open or the right to see it ends.

    ``sign_in`` is the key of the browser's session: signing out ends the stream.
    """
    yield f"retry: {RECONNECT_MS}\n\n"
    number, silent_s, last = 0, 0.0, ""
    while True:
        state = await sync_to_async(_state)(officer, session_id, sign_in)
        if state is None:
            return
        text = json.dumps(state, separators=(",", ":"))
        if text != last:
            number, silent_s, last = number + 1, 0.0, text
            yield f"id: {number}\nevent: progress\ndata: {text}\n\n"
        elif silent_s >= HEARTBEAT_EVERY_S:
            silent_s = 0.0
            yield ": still here\n\n"
        if not state["open"]:
            yield f"id: {number + 1}\nevent: ended\ndata: {{}}\n\n"
            return
        await asyncio.sleep(LOOK_EVERY_S)
        silent_s += LOOK_EVERY_S


def _state(officer: Any, session_id: uuid.UUID, sign_in: str) -> dict[str, Any] | None:
    """Read the state anew, with the right to it; a stream keeps no connection while it waits."""
    try:
        if sign_in and not SessionStore().exists(sign_in):
            return None
        officer.refresh_from_db()
        session = sessions_for(officer).filter(pk=session_id).first()
        return session_progress(session) if isinstance(session, CaptureSession) else None
    finally:
        connection.close()

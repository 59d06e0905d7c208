"""Playing a recording: decrypted range by range, for those who may see it, and never cached."""

import re
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from applicants.permissions import Capability, requires
from applicants.sealing import SealedReader, SealError
from media_processing.selectors import recordings_for
from media_processing.services import storage
from media_processing.services.storage import ErasedError, MissingError

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
VIDEO, SOUND = ("video/mp4", "mp4"), ("audio/wav", "wav")


class RangeError(Exception):
    """The range lies outside the file."""


@require_safe
@requires(Capability.VIEW_MEDIA)
def playback(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer the canonical video, or the sound where there is no video (200, 206 or 416)."""
    recording = get_object_or_404(recordings_for(request.user), pk=pk)
    key = recording.playback_key or recording.audio_key
    if not key:
        raise Http404
    stack = ExitStack()
    try:
        sealed = stack.enter_context(storage.reading(recording.session, key))
    except (ErasedError, MissingError, SealError) as error:
        stack.close()
        raise Http404 from error
    media_type, suffix = VIDEO if recording.playback_key else SOUND
    response = _ranged(request, sealed, stack, media_type)
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f'inline; filename="recording-{recording.pk}.{suffix}"'
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _ranged(
    request: HttpRequest, sealed: SealedReader, stack: ExitStack, media_type: str
) -> HttpResponse:
    try:
        span = requested_range(request.headers.get("Range", ""), sealed.size)
    except RangeError:
        stack.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{sealed.size}"})
    start, stop = span or (0, sealed.size)
    headers = {"Content-Length": str(stop - start)}
    if span:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{sealed.size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        stack.close()
        return HttpResponse(status=status, headers=headers, content_type=media_type)
    return StreamingHttpResponse(
        _parts(sealed, stack, start, stop), status=status, headers=headers, content_type=media_type
    )


async def _parts(
    sealed: SealedReader, stack: ExitStack, start: int, stop: int
) -> AsyncIterator[bytes]:
    """Yield one decrypted frame at a time; a sync iterator would be read into memory whole."""
    frames = sealed.iterate(start, stop)
    with stack:
        while part := await sync_to_async(next)(frames, b""):
            yield part


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """Return (start, stop) of a single range (RFC 9110, section 14), None where there is none.

    Several ranges, or what is no byte range, are answered with the whole. Raises RangeError.
    """
    match = RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if first == "":
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    if start >= size or stop <= start:
        raise RangeError(header)
    return start, stop

"""Files on their way to a browser or a program, part by part."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from scoring.services.batch_downloads import Download


def streamed(download: Download) -> StreamingHttpResponse:
    """Answer a file that is never in memory as a whole, and that nobody keeps on the way."""
    response = StreamingHttpResponse(_parts(download.parts), content_type=download.media_type)
    response["Content-Disposition"] = f'attachment; filename="{download.name}"'
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


async def _parts(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield one part at a time; a sync iterator would be read into memory whole."""
    while (part := await sync_to_async(next)(parts, None)) is not None:
        yield part

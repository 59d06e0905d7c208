"""One take of a live recording on its way from its chunks into a decoder."""

import time
from collections.abc import Iterator

from django.conf import settings

from media_processing.models import LiveTake
from media_processing.sandbox.live_decoder import Ended, Message, TakeDecoder
from media_processing.sandbox.recognise import GROWING
from media_processing.sandbox.types import Limits
from media_processing.services.live import watching
from media_processing.stages.base import StageContext

# Chunks that are fed at once: a worker that comes late reads much, and still answers in between.
MOST_CHUNKS = 8
WRITE_EVERY_S = 0.3


class TakeFeed:
    """One take on its way from its chunks into a decoder."""

    def __init__(
        self,
        context: StageContext,
        take: LiveTake,
        rate_hz: float,
        resume_s: float,
        *,
        skip_after_s: float | None,
        limits: Limits,
    ) -> None:
        self._take = take
        self.number, self.offset_s = take.number, take.offset_s
        self._next = 0
        self.fed_s = 0.0
        self.has_ended = False
        folder = context.workdir / f"take-{take.number}"
        folder.mkdir()
        self.decoder = TakeDecoder(
            GROWING[take.container],
            folder,
            rate_hz=rate_hz,
            resume_s=max(0.0, resume_s - self.offset_s),
            skip_after_s=skip_after_s,
            limits=limits,
        )

    def feed(self) -> bool:
        """Feed what has come; return whether anything has."""
        came = watching.chunks_from(self._take, self._next, MOST_CHUNKS)
        for chunk, content in came:
            self._next, self.fed_s = chunk.sequence + 1, chunk.t_end_s
            if not self.has_ended:
                self.decoder.feed(content)
        return bool(came)

    def finish(self) -> None:
        """Say that nothing more is waited for; an ``Ended`` follows."""
        self.decoder.finish()

    def messages(self) -> Iterator[Message]:
        """Yield what is decoded within a moment, so that rows and progress are written often."""
        until_s = time.monotonic() + WRITE_EVERY_S
        if self.has_ended:
            time.sleep(settings.LIVE_POLL_S)
            return
        for message in self.decoder.ready(wait_s=settings.LIVE_POLL_S):
            self.has_ended = isinstance(message, Ended)
            yield message
            if time.monotonic() > until_s:
                return

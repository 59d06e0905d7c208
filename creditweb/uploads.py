"""Uploads that meet the disk sealed only: the body of a request, and each file in it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.handlers.asgi import ASGIHandler

from applicants.sealed_spool import SealedSpool
from creditweb.large_bodies import BodyRefusedError, Vouched, refusal


class SealedBodyHandler(ASGIHandler):
    """Django's handler writes a long body to a plain temporary file before any view is asked.

    Here it is sealed, and only of somebody who is signed in it may be long.
    """

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().handle(scope, Vouched(scope, receive), send)
        except BodyRefusedError as error:
            await self.send_response(refusal(scope, error), send)

    async def read_body(self, receive: Any) -> SealedSpool:
        """Return the body of a request. Raises RequestAborted where the client went away."""
        body = SealedSpool(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)
        try:
            await self._fill(body, receive)
        except Exception:
            body.close()
            raise
        body.seek(0)
        return body

    async def _fill(self, body: SealedSpool, receive: Any) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            body.write(message.get("body", b""))
            more = message.get("more_body", False)


class SealedUploadHandler(FileUploadHandler):
    """Takes the files that are too large for memory."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._spool = SealedSpool(max_memory_bytes=0)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self._spool.seek(0)
        return UploadedFile(
            self._spool, self.file_name, self.content_type, file_size, self.charset,
            self.content_type_extra,
        )  # fmt: skip

    def upload_interrupted(self) -> None:
        if hasattr(self, "_spool"):
            self._spool.close()

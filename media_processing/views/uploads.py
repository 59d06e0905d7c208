"""Resumable uploads: tus 1.0 with creation, termination, expiration and checksum, at ``/uploads/``.

An upload belongs to the officer who opened it; for everybody else it does not exist. The body is
read in parts, never as a whole. Signed in by session the requests need the CSRF token, as always.
"""

import base64
import binascii
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.errors import ProblemError
from applicants.permissions import Capability, HasCapability
from media_processing import dispatch
from media_processing.models import Upload
from media_processing.selectors import sessions_for, uploads_for
from media_processing.services import uploads

TUS_VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration,checksum"
OFFSET_MEDIA_TYPE = "application/offset+octet-stream"
READ_BYTES = 1024**2
MAX_DIGITS = 18


class OffsetParser(BaseParser):
    """Leaves the body where it is: the view reads it in parts."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


@extend_schema(exclude=True)
class TusView(APIView):
    permission_classes = [HasCapability]
    parser_classes = [OffsetParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != TUS_VERSION:
            raise ProblemError("tus_version", _("This server speaks tus 1.0.0."), status=412)

    def finalize_response(self, request: Request, response: Response, *a: Any, **kw: Any) -> Any:
        response = super().finalize_response(request, response, *a, **kw)
        response["Tus-Resumable"] = TUS_VERSION
        response["Cache-Control"] = "no-store"
        return response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        headers = {
            "Tus-Version": TUS_VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.UPLOAD_MAX_BYTES),
            "Tus-Checksum-Algorithm": ",".join(uploads.CHECKSUMS),
        }
        return Response(status=204, headers=headers)


class UploadList(TusView):
    capabilities = {"POST": Capability.UPLOAD_MEDIA}

    def post(self, request: Request) -> Response:
        metadata = _metadata(request.headers.get("Upload-Metadata", ""))
        session = get_object_or_404(sessions_for(request.user), pk=_session_id(metadata))
        upload = uploads.begin(
            request.user, session, kind=metadata.get("kind", ""),
            name=metadata.get("filename", ""), length=_whole_number(request, "Upload-Length"),
        )  # fmt: skip
        location = reverse("media:upload", args=[upload.pk])
        return Response(status=201, headers={"Location": location, **_headers(upload)})


class UploadDetail(TusView):
    capabilities = dict.fromkeys(("HEAD", "PATCH", "DELETE"), Capability.UPLOAD_MEDIA)

    def head(self, request: Request, pk: str) -> Response:
        upload = self._upload(request, pk)
        if upload.state == Upload.State.REFUSED:
            return Response(status=410)
        return Response(status=200, headers=_headers(upload))

    def patch(self, request: Request, pk: str) -> Response:
        upload = self._upload(request, pk)
        if request.content_type != OFFSET_MEDIA_TYPE:
            raise ProblemError(
                "wrong_media_type",
                _("Send the piece as %(type)s.") % {"type": OFFSET_MEDIA_TYPE},
                status=415,
            )
        # A longer body was kept on the disk, unsealed, before it came here.
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_CHUNK_MAX_BYTES:
            raise ProblemError("piece_too_large", _("Send the file in smaller pieces."), status=413)
        upload, queued = uploads.add(
            upload, _body(request._request), offset=_whole_number(request, "Upload-Offset"),
            checksum=request.headers.get("Upload-Checksum", ""),
        )  # fmt: skip
        dispatch.ring(queued)
        return Response(status=204, headers=_headers(upload))

    def delete(self, request: Request, pk: str) -> Response:
        uploads.terminate(self._upload(request, pk))
        return Response(status=204)

    def _upload(self, request: Request, pk: str) -> Upload:
        return get_object_or_404(uploads_for(request.user), pk=pk)


def _headers(upload: Upload) -> dict[str, str]:
    """Return where the upload stands; once it is complete, also what it became."""
    headers = {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": http_date(upload.expires_at.timestamp()),
    }
    if upload.recording is not None:
        headers["Creditweb-Recording"] = str(upload.recording_id)
        headers["Creditweb-Job"] = str(upload.recording.job.pk)
    return headers


def _body(request: HttpRequest) -> Iterator[bytes]:
    while part := request.read(READ_BYTES):
        yield part


def _metadata(header: str) -> dict[str, str]:
    """Read ``Upload-Metadata: name BASE64,name BASE64``. Raises ProblemError 400."""
    values: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _space, encoded = pair.partition(" ")
        try:
            values[name] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ProblemError(
                "invalid_metadata", _("Upload-Metadata cannot be read."), status=400
            ) from error
    return values


def _session_id(metadata: dict[str, str]) -> uuid.UUID:
    try:
        return uuid.UUID(metadata.get("session", ""))
    except ValueError as error:
        raise ProblemError(
            "invalid",
            _("Some values cannot be used: %(names)s.") % {"names": "session"},
            fields={"session": _("Name the session that the recording belongs to.")},
        ) from error


def _whole_number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not value.isdecimal() or len(value) > MAX_DIGITS:
        message = _("%(header)s must be a whole number.") % {"header": header}
        raise ProblemError("invalid_header", message, status=400)
    return int(value)

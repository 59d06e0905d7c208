"""``/api/v1/live/``: a page, a kiosk or an app records, and gets back what is seen meanwhile."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.errors import ProblemError
from applicants.permissions import Capability, HasCapability
from media_processing import dispatch
from media_processing.api.live_serializers import (
    ChunkQuerySerializer,
    ChunkSerializer,
    DiscardSerializer,
    LiveOpenedSerializer,
    LiveRequestSerializer,
    LiveStateSerializer,
    MarkSerializer,
    StateQuerySerializer,
    SubjectSerializer,
    TakeRequestSerializer,
    TakeSerializer,
)
from media_processing.api.serializers import RecordingAcceptedSerializer
from media_processing.event_stream import changes, event_stream
from media_processing.models import LiveCapture, LiveTake
from media_processing.selectors import sessions_for
from media_processing.selectors.live import captures_for, live_state
from media_processing.services import stream_slots
from media_processing.services.live import capture, chunks, marks

LOOK_EVERY_S = 0.5


class RawParser(BaseParser):
    """Leaves the body where it is."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


class LiveView(APIView):
    """One capture of a session that the officer may see; to others it does not exist."""

    permission_classes = [HasCapability]
    capabilities = dict.fromkeys(("POST", "PUT"), Capability.UPLOAD_MEDIA) | {
        "GET": Capability.VIEW_MEDIA
    }

    def live(self, request: Request, pk: str) -> LiveCapture:
        found: LiveCapture = get_object_or_404(captures_for(request.user), pk=pk)
        return found

    def take(self, request: Request, pk: str, number: int) -> LiveTake:
        return marks.take_of(self.live(request, pk), number)


class LiveList(LiveView):
    @extend_schema(request=LiveRequestSerializer, responses={201: LiveOpenedSerializer})
    def post(self, request: Request) -> Response:
        """Open a live recording in a session."""
        values = _checked(LiveRequestSerializer(data=request.data))
        session = get_object_or_404(sessions_for(request.user), pk=values["session"])
        live = capture.open_capture(
            request.user, session, kind=values["kind"], questions=values["questions"]
        )
        live.chunk_ms, live.max_s = settings.LIVE_CHUNK_MS, settings.LIVE_MAX_S
        return Response(LiveOpenedSerializer(live).data, status=status.HTTP_201_CREATED)


class LiveDetail(LiveView):
    @extend_schema(parameters=[StateQuerySerializer], responses=LiveStateSerializer)
    def get(self, request: Request, pk: str) -> Response:
        """Return the state, with the observations since the cursor of an earlier answer."""
        since = _checked(StateQuerySerializer(data=request.query_params))["since"]
        live = self.live(request, pk)
        return Response(live_state(live, officer=request.user, since=since))


class AnyType(BaseContentNegotiation):
    """A client that asks for an event stream is not refused for it."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class LiveEvents(LiveView):
    content_negotiation_class = AnyType

    @extend_schema(responses={(200, "text/event-stream"): OpenApiTypes.STR})
    def get(self, request: Request, pk: str) -> HttpResponse:
        """Stream events ``state`` whenever it changed, and ``ended`` once the recording is over.

        Each event brings the observations since the one before; the first those of a minute. An
        officer who follows too many at once gets 429.
        """
        live = self.live(request, pk)
        slot = stream_slots.take(request.user)
        return event_stream(
            changes(
                partial(_newest, request.user, live.pk, get_language()),
                name="state",
                is_over=lambda state: state["state"] != LiveCapture.State.OPEN,
                officer=request.user,
                sign_in=_sign_in(request),
                token=request.auth or "",
                look_every_s=LOOK_EVERY_S,
            ),
            slot,
        )


def _newest(
    officer: Any, pk: Any, language: str, last: dict[str, Any] | None
) -> dict[str, Any] | None:
    live = captures_for(officer).filter(pk=pk).first()
    if live is None:
        return None
    with override(language):  # the page's: a stream goes on after its request
        since = last["cursor"] if last else 0
        return live_state(live, officer=officer, since=since, last=last)


def _sign_in(request: Request) -> str:
    """Return the browser's session; a client with a token has none."""
    return "" if request.auth else request._request.session.session_key or ""


class LiveTakes(LiveView):
    @extend_schema(request=TakeRequestSerializer, responses={201: TakeSerializer})
    def post(self, request: Request, pk: str) -> Response:
        """Begin a take: one run of a recorder, with a header of its own."""
        live = self.live(request, pk)
        values = _checked(TakeRequestSerializer(data=request.data))
        take = chunks.begin_take(live, officer=request.user, **values)
        return Response(TakeSerializer(take).data, status=status.HTTP_201_CREATED)


class LiveTakeEnd(LiveView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: str, number: int) -> Response:
        """Say that a take has come to its end."""
        chunks.end_take(self.take(request, pk, number))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LiveChunkDetail(LiveView):
    parser_classes = [RawParser]

    @extend_schema(
        parameters=[ChunkQuerySerializer, OpenApiParameter("Upload-Checksum", str, "header")],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=ChunkSerializer,
    )
    def put(self, request: Request, pk: str, number: int, sequence: int) -> Response:
        """Keep the next bytes of a take. What was answered with 200 is safe."""
        take = self.take(request, pk, number)
        t_end_s = _checked(ChunkQuerySerializer(data=request.query_params))["t_end_ms"] / 1000
        wanted, queued = chunks.add_chunk(
            take, sequence, _body(request), t_end_s=t_end_s,
            checksum=request.headers.get("Upload-Checksum", ""),
        )  # fmt: skip
        dispatch.ring(queued)
        return Response(ChunkSerializer({"next": wanted}).data)


def _body(request: Request) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.LIVE_CHUNK_MAX_BYTES:
        raise ProblemError("piece_too_large", _("Send the file in smaller pieces."), status=413)
    return request._request.read(settings.LIVE_CHUNK_MAX_BYTES + 1)


class LiveMarks(LiveView):
    @extend_schema(request=MarkSerializer, responses={201: MarkSerializer, 200: MarkSerializer})
    def post(self, request: Request, pk: str) -> Response:
        """Mark where the answer to a question starts or ends."""
        live = self.live(request, pk)
        values = _checked(MarkSerializer(data=request.data))
        made = marks.mark(
            live, values["id"], question=values["question"], take=values["take"],
            t_s=values["t_ms"] / 1000, kind=values["kind"],
        )  # fmt: skip
        return Response(values, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK)


class LiveSubject(LiveView):
    @extend_schema(request=SubjectSerializer, responses=SubjectSerializer)
    def put(self, request: Request, pk: str) -> Response:
        """Say whose face and voice is the applicant's; nobody else is ever observed."""
        live = self.live(request, pk)
        said = _checked(SubjectSerializer(data=request.data))
        in_seconds = {name: _in_seconds(part) for name, part in said.items()}
        return Response(marks.set_subject(live, in_seconds, officer=request.user).subject)


def _in_seconds(part: dict[str, Any] | None) -> dict[str, Any] | None:
    if part is None:
        return None
    seconds = {f"{key[:-3]}_s": value / 1000 for key, value in part.items() if key.endswith("_ms")}
    others = {"others": [_in_seconds(one) for one in part["others"]]} if "others" in part else {}
    kept = {key: value for key, value in part.items() if not key.endswith("_ms")}
    return {**kept, **seconds, **others}


class LiveClose(LiveView):
    @extend_schema(request=None, responses={202: RecordingAcceptedSerializer})
    def post(self, request: Request, pk: str) -> Response:
        """End the recording; the ordinary analysis of the whole begins."""
        live = self.live(request, pk)
        dispatch.ring(capture.close(live, officer=request.user))
        accepted = {"id": live.recording_id, "job": live.recording.job.pk}
        return Response(RecordingAcceptedSerializer(accepted).data, status=status.HTTP_202_ACCEPTED)


class LiveDiscard(LiveView):
    @extend_schema(request=DiscardSerializer, responses={204: None})
    def post(self, request: Request, pk: str) -> Response:
        """Throw the recording away, to record it again."""
        live = self.live(request, pk)
        last_take = _checked(DiscardSerializer(data=request.data))["last_take"]
        capture.discard(live, officer=request.user, last_take=last_take)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)

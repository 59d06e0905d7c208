"""``/api/v1/sessions/``, ``recordings/`` and ``jobs/``."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.permissions import Capability, HasCapability
from applicants.selectors import applications_for
from media_processing import dispatch
from media_processing.api.serializers import (
    JobSerializer,
    ObservationSerializer,
    RecordingAcceptedSerializer,
    RecordingRequestSerializer,
    SessionRequestSerializer,
    SessionSerializer,
    TimelineQuerySerializer,
)
from media_processing.models import Observation
from media_processing.selectors import (
    job_progress,
    jobs_for,
    observations_of,
    sessions_for,
    with_stages,
)
from media_processing.services import intake, quotas
from media_processing.services.sessions import open_session

READ_BYTES = 1024**2
# What a multipart body has beside the file itself.
FORM_BYTES = 64 * 1024


class SessionList(APIView):
    permission_classes = [HasCapability]
    capabilities = {"POST": Capability.UPLOAD_MEDIA}

    @extend_schema(request=SessionRequestSerializer, responses={201: SessionSerializer})
    def post(self, request: Request) -> Response:
        serializer = SessionRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        application = get_object_or_404(
            applications_for(request.user), pk=serializer.validated_data["application"]
        )
        session = open_session(application, officer=request.user)
        return Response(SessionSerializer(session).data, status=status.HTTP_201_CREATED)


class RecordingList(APIView):
    permission_classes = [HasCapability]
    parser_classes = [MultiPartParser]
    capabilities = {"POST": Capability.UPLOAD_MEDIA}

    @extend_schema(
        request={"multipart/form-data": RecordingRequestSerializer},
        responses={202: RecordingAcceptedSerializer},
    )
    def post(self, request: Request) -> Response:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
        if announced > settings.UPLOAD_MAX_BYTES + FORM_BYTES:
            quotas.check(request.user, announced)  # refuses it before the body is read
        serializer = RecordingRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        session = get_object_or_404(sessions_for(request.user), pk=values["session"])
        recording, queued = intake.accept(
            _chunks(values["file"]), session=session, kind=values["kind"],
            name=values["file"].name, size_bytes=values["file"].size, officer=request.user,
        )  # fmt: skip
        dispatch.ring(queued)
        accepted = {"id": recording.pk, "job": recording.job.pk}
        return Response(RecordingAcceptedSerializer(accepted).data, status=status.HTTP_202_ACCEPTED)


def _chunks(file: Any) -> Iterator[bytes]:
    yield from file.chunks(READ_BYTES)


class JobDetail(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_MEDIA}

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, pk: str) -> Response:
        job = get_object_or_404(with_stages(jobs_for(request.user)), pk=pk)
        return Response(JobSerializer(job_progress(job)).data)


class SessionObservations(generics.ListAPIView[Observation]):
    serializer_class = ObservationSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_MEDIA}
    queryset = Observation.objects.none()

    @extend_schema(parameters=[TimelineQuerySerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self):  # type: ignore[no-untyped-def]
        session = get_object_or_404(sessions_for(self.request.user), pk=self.kwargs["pk"])
        query = TimelineQuerySerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return observations_of(session, **query.validated_data)

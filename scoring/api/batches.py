"""``/api/v1/batches/``: files of many applicants, scored in the background."""

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.permissions import Capability, HasCapability
from scoring import dispatch
from scoring.downloads import streamed
from scoring.models import BatchJob
from scoring.selectors import batches_for
from scoring.services import batch_downloads, batches

READ_BYTES = 1024**2


class BatchRequestSerializer(serializers.Serializer[dict[str, Any]]):
    file = serializers.FileField(allow_empty_file=True)


class BatchAcceptedSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField()


class BatchSerializer(serializers.ModelSerializer[BatchJob]):
    """A batch. ``progress`` goes from 0 to 1; ``rows`` grows while the file is being read."""

    created_by = serializers.CharField(source="created_by.username")
    policy = serializers.IntegerField(source="policy.version")
    models = serializers.JSONField(source="models_used")
    progress = serializers.FloatField()

    class Meta:
        model = BatchJob
        fields = [
            "id",
            "name",
            "format",
            "size_bytes",
            "sha256",
            "state",
            "progress",
            "rows",
            "good",
            "bad",
            "warnings",
            "error",
            "policy",
            "models",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
            "expires_at",
            "removed_at",
        ]


class BatchList(generics.ListAPIView[BatchJob]):
    serializer_class = BatchSerializer
    permission_classes = [HasCapability]
    parser_classes = [MultiPartParser]
    capabilities = {"GET": Capability.SCORE_BATCHES, "POST": Capability.SCORE_BATCHES}
    queryset = BatchJob.objects.none()

    def get_queryset(self):  # type: ignore[no-untyped-def]
        return batches_for(self.request.user)

    @extend_schema(
        request={"multipart/form-data": BatchRequestSerializer},
        responses={202: BatchAcceptedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Take a file; it is scored in the background, and opens no application."""
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
        if announced:
            batches.check_size(announced)  # refuses it before the body is read
        serializer = BatchRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        file = serializer.validated_data["file"]
        job = batches.accept(
            _parts(file), name=file.name, size_bytes=file.size, officer=request.user
        )
        dispatch.advance_batch(job)
        accepted = BatchAcceptedSerializer({"id": job.pk}).data
        return Response(accepted, status=status.HTTP_202_ACCEPTED)


def _parts(file: Any) -> Iterator[bytes]:
    yield from file.chunks(READ_BYTES)


class BatchDetail(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.SCORE_BATCHES, "DELETE": Capability.SCORE_BATCHES}

    @extend_schema(responses=BatchSerializer)
    def get(self, request: Request, pk: str) -> Response:
        job = get_object_or_404(batches_for(request.user), pk=pk)
        return Response(BatchSerializer(job).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: str) -> Response:
        """Cancel a batch that is open, and remove the files; the record of it stays."""
        job = get_object_or_404(batches_for(request.user), pk=pk)
        if job.is_open:
            batches.cancel(job, officer=request.user)
        else:
            batches.remove_files(job, officer=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class BatchResult(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.SCORE_BATCHES}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Send the scores in the format of the file that came."""
        job = get_object_or_404(batches_for(request.user), pk=pk)
        return streamed(batch_downloads.result(job, officer=request.user))


class BatchRejected(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.SCORE_BATCHES}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Send the refused rows as CSV: row number, reference, column, reason."""
        job = get_object_or_404(batches_for(request.user), pk=pk)
        return streamed(batch_downloads.refused(job, officer=request.user))

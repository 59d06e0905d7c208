"""``/api/v1/privacy/``: evaluation keys and scores on encrypted rows."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.errors import ProblemError
from applicants.permissions import Capability, HasCapability
from scoring.models import EvaluationKeys
from scoring.services import encrypted_scores, evaluation_keys, key_uploads

BINARY = "application/octet-stream"


class BinaryParser(BaseParser):
    """Leaves the body to the view, which knows how long it may be."""

    media_type = BINARY

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


class EvaluationKeysSerializer(serializers.ModelSerializer[EvaluationKeys]):
    """Keys that were taken in. ``expires_at`` is 30 days after; then upload them again."""

    class Meta:
        model = EvaluationKeys
        fields = ["id", "parameters", "size_bytes", "sha256", "created_at", "expires_at"]


class EncryptedEstimatorSerializer(serializers.Serializer[Any]):
    """What a client needs to encode a row and to read the output; weights stay here."""

    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()
    title = serializers.CharField()
    parameters = serializers.CharField()
    ring_degree = serializers.IntegerField()
    modulus_bits = serializers.ListField(child=serializers.IntegerField())
    scale_bits = serializers.IntegerField()
    threshold = serializers.FloatField()
    gives_points = serializers.BooleanField()
    points_offset = serializers.FloatField()
    points_factor = serializers.FloatField()
    encoder = serializers.ListField(child=serializers.DictField())


class EvaluationKeysList(APIView):
    permission_classes = [HasCapability]
    parser_classes = [BinaryParser]
    capabilities = {"GET": Capability.SCORE_BATCHES, "POST": Capability.SCORE_BATCHES}

    @extend_schema(responses=EvaluationKeysSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the keys of yours that are in use."""
        own = EvaluationKeys.objects.filter(created_by=request.user, removed_at__isnull=True)
        return Response(EvaluationKeysSerializer(own, many=True).data)

    @extend_schema(request={BINARY: OpenApiTypes.BINARY}, responses={201: EvaluationKeysSerializer})
    def post(self, request: Request) -> Response:
        """Upload evaluation keys, once for each set of parameters. Never send a secret key."""
        _announced(request, evaluation_keys.check_size)
        with key_uploads.slot_for(request.user):
            content = _body(request, evaluation_keys.check_size)
            keys = evaluation_keys.take_in(content, officer=request.user)
        return Response(EvaluationKeysSerializer(keys).data, status=status.HTTP_201_CREATED)


class EncryptedEstimatorList(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_PRIVACY}

    @extend_schema(responses=EncryptedEstimatorSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the estimators that take encrypted rows, with their parameters."""
        return Response(
            EncryptedEstimatorSerializer(encrypted_scores.estimator_list(), many=True).data
        )


class EncryptedScore(APIView):
    permission_classes = [HasCapability]
    parser_classes = [BinaryParser]
    capabilities = {"POST": Capability.SCORE_BATCHES}

    @extend_schema(
        parameters=[
            OpenApiParameter("estimator", str, required=True),
            OpenApiParameter("keys", OpenApiTypes.UUID, required=True),
        ],
        request={BINARY: OpenApiTypes.BINARY},
        responses={(200, BINARY): OpenApiTypes.BINARY},
    )
    def post(self, request: Request) -> HttpResponse:
        """Evaluate an estimator on an encrypted row: a ciphertext in, a ciphertext out."""
        keys = _uuid(request.query_params.get("keys", ""))
        content = _body(request, encrypted_scores.check_size)
        estimator = request.query_params.get("estimator", "")
        evaluated = encrypted_scores.evaluate(estimator, content, keys, officer=request.user)
        milliseconds = f"{1000 * evaluated.seconds:.1f}"
        headers = {"Server-Timing": f"evaluate;dur={milliseconds}", "Cache-Control": "no-store"}
        return HttpResponse(evaluated.content, content_type=BINARY, headers=headers)


def _body(request: Request, check_size: Any) -> bytes:
    """Return the body. Raises ProblemError 411 or 413 before more than allowed is in memory."""
    length, stream = _announced(request, check_size), request.stream
    return b"" if stream is None else stream.read(length)


def _announced(request: Request, check_size: Any) -> int:
    """Return how many bytes the client says that it sends. Raises ProblemError 411 or 413."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced.isdecimal():
        message = _("Say the length of the body in Content-Length.")
        raise ProblemError("length_required", message, status=411)
    check_size(int(announced))
    return int(announced)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        message = _("Name your evaluation keys in the query, as keys=….")
        raise ProblemError("invalid", message, status=422) from error

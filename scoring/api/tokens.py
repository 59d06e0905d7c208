"""``/api/v1/privacy/predict``: scoring tokens, without a key and without a value."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.api.parsers import LongJSONParser
from applicants.errors import ProblemError
from applicants.permissions import Capability, HasCapability
from scoring.api.serializers import ModelUsedSerializer
from scoring.engine.artifacts import read_json
from scoring.paths import ARTIFACTS_DIR
from scoring.services import token_estimators


class TokenRowsSerializer(serializers.Serializer[Any]):
    """Rows of pseudonyms (``t1.…``) by column; sealed fields (``s1.…``) may come along."""

    tenant = serializers.CharField()
    rows = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class TokenResultSerializer(serializers.Serializer[Any]):
    """``class`` is 1 for good, 2 for bad; ``unknown_tokens`` of the row were never seen."""

    probability_of_bad = serializers.FloatField()
    unknown_tokens = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        # "class" is a word of Python's own, so it cannot be declared above.
        return {"class": serializers.IntegerField(source="class_number"), **super().get_fields()}


class TokenAnswerSerializer(serializers.Serializer[Any]):
    results = TokenResultSerializer(many=True)
    model = ModelUsedSerializer(source="estimator")
    key_versions = serializers.ListField(child=serializers.IntegerField())


class TokenPredict(APIView):
    permission_classes = [HasCapability]
    parser_classes = [LongJSONParser]
    capabilities = {"POST": Capability.SCORE_BATCHES}

    @extend_schema(
        operation_id="predict_tokens",
        request=TokenRowsSerializer,
        responses={200: TokenAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Class and probability of rows of tokens (pseudonyms). Values are refused with 422."""
        content = request.data
        if not isinstance(content, dict) or not isinstance(content.get("tenant"), str):
            message = _("Send an object with the tenant and its rows of tokens.")
            raise ProblemError("invalid", message, status=422)
        scores = token_estimators.predict(
            content["tenant"], content.get("rows"), officer=request.user
        )
        return Response(TokenAnswerSerializer(scores).data)


class TokenRecipe(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_PRIVACY}

    @extend_schema(operation_id="token_recipe", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Which columns become tokens, and at which edges numbers are cut before."""
        return Response(read_json("german_token_recipe", ARTIFACTS_DIR))


class TokenVocabulary(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_PRIVACY}

    @extend_schema(
        operation_id="token_vocabulary",
        parameters=[OpenApiParameter("tenant", str, required=True)],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        """The tokens that are known of a tenant, for a lender that rotates its key."""
        tenant = request.query_params.get("tenant", "")
        if not tenant:
            raise ProblemError(
                "invalid", _("Name the tenant in the query, as tenant=…."), status=422
            )
        vocabulary = token_estimators.vocabulary_of(tenant, officer=request.user)
        return Response(vocabulary.content())

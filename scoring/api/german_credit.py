"""German credit: ``/predictCreditRisk`` as its first users call it, and the fuller answer."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.api.parsers import LongJSONParser
from applicants.models import Officer
from applicants.permissions import Capability, HasCapability
from scoring.api.serializers import ModelUsedSerializer
from scoring.privacy.german_credit import ATTRIBUTES
from scoring.services import german_credit


class OpenInDemo(HasCapability):
    """The demo answers strangers, as the first system did; elsewhere it takes a token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if settings.DEMO and not request.user.is_authenticated:
            return True
        return super().has_permission(request, view)


def _application_serializer() -> type[serializers.Serializer[Any]]:
    fields: dict[str, Any] = {
        each.name: serializers.ChoiceField(list(each.meanings.items()), help_text=each.label)
        if each.is_code
        else serializers.IntegerField(
            min_value=each.low, max_value=each.high, help_text=_help_text(each.label, each.meanings)
        )
        for each in ATTRIBUTES
    }
    return type("GermanApplicationSerializer", (serializers.Serializer,), fields)


def _help_text(label: str, meanings: Any) -> str:
    said = "; ".join(f"{grade}: {meaning}" for grade, meaning in meanings.items())
    return f"{label}. {said}." if said else label


GermanApplicationSerializer = _application_serializer()


class GermanReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()
    characteristic = serializers.CharField()
    value = serializers.JSONField()
    points = serializers.IntegerField()


class GermanResultSerializer(serializers.Serializer[Any]):
    """``class`` is 1 for good, 2 for bad; 20 points double the odds of good."""

    probability_of_bad = serializers.FloatField()
    base_points = serializers.IntegerField()
    contributions = serializers.DictField(child=serializers.IntegerField())
    reasons = GermanReasonSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        # "class" is a word of Python's own, so it cannot be declared above.
        return {"class": serializers.IntegerField(source="class_number"), **super().get_fields()}


class GermanAnswerSerializer(serializers.Serializer[Any]):
    results = GermanResultSerializer(many=True)
    model = ModelUsedSerializer(source="estimator")


def _officer(request: Request) -> Officer | None:
    return request.user if request.user.is_authenticated else None


class PredictCreditRisk(APIView):
    permission_classes = [OpenInDemo]
    parser_classes = [LongJSONParser]
    capabilities = {"POST": Capability.SCORE_BATCHES}

    @extend_schema(
        operation_id="predict_credit_risk",
        request=GermanApplicationSerializer(many=True),
        responses={200: serializers.ListField(child=serializers.ListField())},
    )
    def post(self, request: Request) -> Response:
        """Class each application of a list: ``[[1], [2], …]``, 1 good and 2 bad."""
        classes = german_credit.classes(request.data, officer=_officer(request))
        return Response([[each] for each in classes])


class GermanCredit(APIView):
    permission_classes = [HasCapability]
    parser_classes = [LongJSONParser]
    capabilities = {"POST": Capability.SCORE_BATCHES}

    @extend_schema(
        operation_id="score_german_credit",
        request=GermanApplicationSerializer(many=True),
        responses={200: GermanAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Class, probability and reasons of each application of a list; nothing of it is kept."""
        scored = german_credit.score(request.data, officer=request.user)
        return Response(GermanAnswerSerializer(scored).data)

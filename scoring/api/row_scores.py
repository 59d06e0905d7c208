"""``/api/v1/scores/``: the financial score of one row, at once, without an application."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.api.serializers import FinancialsSerializer
from applicants.api.shapes import answer
from applicants.errors import ProblemError
from applicants.models import Applicant
from applicants.permissions import Capability, HasCapability
from scoring.api.serializers import (
    ContributionSerializer,
    ModelUsedSerializer,
    PolicyUsedSerializer,
    ReasonSerializer,
)
from scoring.models.revision import CreditClass
from scoring.services import row_scores


class RowSerializer(FinancialsSerializer):
    """The columns of a batch, for the schema: values are read and refused as a batch does it.

    ``kind`` may be given in the place of ``is_business``.
    """

    reference = serializers.CharField(required=False, max_length=100)
    kind = serializers.ChoiceField(choices=Applicant.Kind.choices, required=False)
    is_business = serializers.BooleanField(required=False)
    amount = serializers.DecimalField(14, 2, required=False, allow_null=True, min_value=0)
    term_months = serializers.IntegerField(required=False, allow_null=True, min_value=1)

    class Meta(FinancialsSerializer.Meta):
        fields = ["reference", "kind", "is_business", "amount", "term_months",
                  *FinancialsSerializer.Meta.fields]  # fmt: skip


class RowScoreSerializer(serializers.Serializer[Any]):
    """What a batch says of a row, with every contribution: with ``base_points`` the exact score."""

    reference = serializers.CharField()
    financial_score = serializers.IntegerField(source="scored.financial.score_points")
    credit_class = serializers.ChoiceField(
        choices=CreditClass.choices, source="scored.credit_class"
    )
    band = serializers.CharField(source="scored.band")
    probability_of_default = serializers.FloatField(
        source="scored.financial.probability_of_default"
    )
    estimator = serializers.CharField(source="scored.financial.estimator")
    reasons = ReasonSerializer(many=True, source="scored.reasons")
    base_points = serializers.IntegerField(source="scored.financial.base_points")
    contributions = ContributionSerializer(many=True, source="scored.financial.contributions")
    missing = serializers.ListField(
        child=serializers.CharField(), source="scored.financial.missing"
    )
    models = ModelUsedSerializer(many=True, source="models_used")
    policy = PolicyUsedSerializer()


class RowScore(APIView):
    permission_classes = [HasCapability]
    capabilities = {"POST": Capability.SCORE_BATCHES}

    @extend_schema(
        operation_id="score_row", request=RowSerializer, responses={200: RowScoreSerializer}
    )
    def post(self, request: Request) -> Response:
        """Score one row as a batch would; it opens no application and decides nothing."""
        if not isinstance(request.data, dict):
            message = _("Send one object of names and values.")
            raise ProblemError("invalid", message, status=422)
        scored = row_scores.score(dict(request.data.items()), officer=request.user)
        return Response(answer(RowScoreSerializer, scored))

"""``/api/v1/outcomes/``: what became of a loan."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from applicants.api.listing import RecordedListAPIView
from applicants.permissions import Capability, HasCapability
from applicants.selectors import applications_for
from scoring.models import LoanOutcome
from scoring.models.outcome import OUTCOME_VALUES
from scoring.selectors import outcomes_for
from scoring.services import outcomes


class OutcomeSerializer(serializers.ModelSerializer[LoanOutcome]):
    """``outcome`` is good, bad or indeterminate; of the same day it corrects what was said."""

    application = serializers.UUIDField(source="application_id")
    outcome = serializers.ChoiceField(choices=list(OUTCOME_VALUES), source="word")
    recorded_by = serializers.CharField(source="recorded_by.username", read_only=True)

    class Meta:
        model = LoanOutcome
        fields = [
            "id",
            "application",
            "observed_on",
            "outcome",
            "days_past_due",
            "source",
            "recorded_by",
            "corrects",
            "created_at",
        ]
        read_only_fields = ["id", "source", "corrects", "created_at"]


class OutcomeList(RecordedListAPIView):
    """Every observation and correction of the officer's branches, newest first."""

    serializer_class = OutcomeSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_POLICY, "POST": Capability.RECORD_OUTCOMES}

    def get_queryset(self) -> QuerySet[LoanOutcome]:
        return outcomes_for(self.request.user)

    @extend_schema(request=OutcomeSerializer, responses={201: OutcomeSerializer})
    def post(self, request: Request) -> Response:
        serializer = OutcomeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        application = get_object_or_404(applications_for(request.user), pk=given["application_id"])
        outcome = outcomes.record(
            application,
            officer=request.user,
            observed_on=given["observed_on"],
            is_bad=OUTCOME_VALUES[given["word"]],
            days_past_due=given.get("days_past_due"),
            source=LoanOutcome.Source.API,
        )
        return Response(OutcomeSerializer(outcome).data, status=status.HTTP_201_CREATED)

"""``/api/v1/applications/{id}/counterfactuals/``: what would change the decision, scored again."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.errors import ProblemError
from applicants.permissions import Capability, HasCapability
from applicants.selectors import applications_for
from scoring import what_if
from scoring.selectors import current_revision


class ChangeSerializer(serializers.Serializer[Any]):
    """One field's move, in the unit of ``financials``, and the sentence that says it."""

    field_name = serializers.CharField()
    before = serializers.FloatField()
    after = serializers.FloatField()
    text = serializers.CharField()


class SuggestionSerializer(serializers.Serializer[Any]):
    """Changes that together reach the goal, and the financial score that proves it."""

    changes = ChangeSerializer(many=True)
    financial_score = serializers.IntegerField(source="score_points")
    change_points = serializers.IntegerField()
    credit_class = serializers.CharField()


class CounterfactualsSerializer(serializers.Serializer[Any]):
    """``suggestions`` is empty where nothing that a person can change within a year suffices.

    ``goal`` is empty where the best class is reached. ``is_outdated``: the estimators changed since
    this score, so nothing is suggested before the application is scored anew.
    """

    application = serializers.UUIDField()
    sequence = serializers.IntegerField()
    financial_score = serializers.IntegerField()
    cut_off_points = serializers.IntegerField()
    goal = serializers.CharField(allow_blank=True)
    is_outdated = serializers.BooleanField()
    suggestions = SuggestionSerializer(many=True)


class Counterfactuals(APIView):
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_SCORES}

    @extend_schema(
        responses=CounterfactualsSerializer,
        summary="What would change the decision",
        description="At most three suggestions over fields that a person can change within a year, "
        "each scored again by the estimator and the policy of the newest score.",
    )
    def get(self, request: Request, pk: str) -> Response:
        application = get_object_or_404(applications_for(request.user), pk=pk)
        revision = current_revision(request.user, application)
        if revision is None:
            raise ProblemError("score_missing", _("There is no score yet."), status=404)
        advice = what_if.advise(revision)
        told = {
            "application": application.pk,
            "sequence": revision.sequence,
            "financial_score": revision.financial_score,
            "cut_off_points": revision.policy.parsed.approval_cut_off_points,
            "goal": advice.goal,
            "is_outdated": advice.is_outdated,
            "suggestions": advice.suggestions,
        }
        return Response(CounterfactualsSerializer(told).data)

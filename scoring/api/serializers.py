"""Shapes of applications, scores and flags in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from applicants.api.serializers import FinancialsSerializer
from applicants.api.shapes import answer
from applicants.models import Application
from scoring import wording
from scoring.models import Policy, ReviewDecision, ReviewFlag, ScoreRevision


class ReasonSerializer(serializers.Serializer[dict[str, Any]]):
    """``text`` is English, or in the language that the request asks for."""

    code = serializers.CharField()
    text = serializers.SerializerMethodField()
    characteristic = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    points = serializers.IntegerField()

    def get_text(self, reason: dict[str, Any]) -> str:
        return wording.said(reason)


class ContributionSerializer(serializers.Serializer[dict[str, Any]]):
    characteristic = serializers.CharField()
    points = serializers.IntegerField()


class ModelUsedSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()


class PolicyUsedSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    profile = serializers.CharField(source="parameters.profile")


class AttributionSerializer(serializers.Serializer[dict[str, Any]]):
    characteristic = serializers.CharField()
    log_odds = serializers.FloatField()
    standard_error = serializers.FloatField()


class AttributionsSerializer(serializers.Serializer[dict[str, Any]]):
    """Shapley values in log-odds of good: with ``base_log_odds`` they sum to the challenger's."""

    base_log_odds = serializers.FloatField()
    is_exact = serializers.BooleanField()
    parts = AttributionSerializer(many=True)


class ChallengerSerializer(serializers.Serializer[Any]):
    estimator = serializers.CharField()
    probability_of_default = serializers.FloatField()
    attributions = AttributionsSerializer(allow_null=True)


class UncertaintySerializer(serializers.Serializer[dict[str, Any]]):
    """The middle nine tenths of the scores that the known values leave open."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()
    is_wide = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())
    covered_share = serializers.FloatField()

    def to_representation(self, instance: dict[str, Any]) -> Any:
        # Revisions from before there was an interval have none.
        return super().to_representation(instance) if instance else None


class ScoreSerializer(serializers.ModelSerializer[ScoreRevision]):
    """A revision. ``score_without_behaviour`` repeats ``financial_score`` under a plain name."""

    score_without_behaviour = serializers.IntegerField(source="financial_score")
    reasons = ReasonSerializer(many=True)
    strengths = ReasonSerializer(many=True)
    contributions = ContributionSerializer(many=True)
    models = ModelUsedSerializer(many=True, source="models_used")
    policy = PolicyUsedSerializer()
    challengers = ChallengerSerializer(many=True)
    uncertainty = UncertaintySerializer(allow_null=True)
    application = serializers.UUIDField(source="application_id")

    class Meta:
        model = ScoreRevision
        fields = [
            "application",
            "sequence",
            "created_at",
            "cause",
            "estimator",
            "base_points",
            "financial_score",
            "adjustment",
            "final_score",
            "score_without_behaviour",
            "financial_class",
            "credit_class",
            "is_class_protected",
            "band",
            "probability_of_default",
            "reasons",
            "strengths",
            "contributions",
            "missing",
            "uncertainty",
            "mode",
            "cap_points",
            "computed_adjustment",
            "models",
            "policy",
            "challengers",
            "simulated",
        ]


class ApplicationSerializer(serializers.ModelSerializer[Application]):
    """An application; ``score`` is its newest revision."""

    applicant = serializers.UUIDField(source="applicant_id")
    financials = serializers.SerializerMethodField()
    score = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = [
            "id",
            "number",
            "applicant",
            "amount",
            "currency",
            "term_months",
            "purpose",
            "state",
            "created_at",
            "submitted_at",
            "decided_at",
            "simulated",
            "financials",
            "score",
        ]

    @extend_schema_field(FinancialsSerializer)
    def get_financials(self, application: Application) -> dict[str, Any] | None:
        current = getattr(application, "current_score", None)
        profile = current.revision.profile if current else application.profile()
        return None if profile is None else answer(FinancialsSerializer, profile)

    @extend_schema_field(ScoreSerializer)
    def get_score(self, application: Application) -> dict[str, Any] | None:
        current = getattr(application, "current_score", None)
        return None if current is None else answer(ScoreSerializer, current.revision)


class NewApplicationSerializer(serializers.ModelSerializer[Application]):
    applicant = serializers.UUIDField()
    financials = FinancialsSerializer(required=False)

    class Meta:
        model = Application
        fields = ["applicant", "amount", "currency", "term_months", "purpose", "financials"]


class ReviewDecisionSerializer(serializers.ModelSerializer[ReviewDecision]):
    officer = serializers.CharField(source="officer.username", read_only=True)

    class Meta:
        model = ReviewDecision
        fields = ["outcome", "reason", "officer", "created_at"]
        read_only_fields = ["officer", "created_at"]


class FlagSerializer(serializers.ModelSerializer[ReviewFlag]):
    application = serializers.UUIDField(source="application_id")
    application_number = serializers.CharField(source="application.number")
    sequence = serializers.IntegerField(source="revision.sequence")
    session = serializers.UUIDField(source="session_id", allow_null=True)
    decisions = ReviewDecisionSerializer(many=True)
    is_overdue = serializers.BooleanField()

    class Meta:
        model = ReviewFlag
        fields = [
            "id",
            "application",
            "application_number",
            "sequence",
            "session",
            "modality",
            "rule_id",
            "rule_version",
            "title",
            "text",
            "observed",
            "threshold",
            "priority",
            "state",
            "created_at",
            "due_at",
            "is_overdue",
            "decisions",
            "simulated",
        ]


class PolicySerializer(serializers.ModelSerializer[Policy]):
    author = serializers.CharField(source="author.username", read_only=True, default=None)
    approved_by = serializers.CharField(source="approved_by.username", read_only=True, default=None)
    parameters = serializers.DictField()

    class Meta:
        model = Policy
        fields = [
            "version",
            "is_active",
            "parameters",
            "reason",
            "author",
            "created_at",
            "approved_by",
            "activated_at",
        ]
        read_only_fields = ["version", "is_active", "created_at", "activated_at"]


class StopSerializer(serializers.Serializer[dict[str, str]]):
    reason = serializers.CharField()

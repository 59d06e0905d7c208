"""Administration of policies, model versions and flagged cases: mostly to be read.

Policies are proposed and activated, and flags decided, through their services; the admin only
shows them, so that nobody passes by the second person.
"""

from django.contrib import admin
from django.http import HttpRequest

from scoring.models import (
    ApplicationDecision,
    Evidence,
    ModelVersion,
    Policy,
    ReviewDecision,
    ReviewFlag,
    ScoreRevision,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    list_display = ["version", "is_active", "mode", "cap_points", "author", "approved_by", "reason"]
    list_filter = ["is_active"]

    @admin.display(description="mode")
    def mode(self, policy: Policy) -> str:
        return str(policy.parameters.get("mode", ""))

    @admin.display(description="cap, points")
    def cap_points(self, policy: Policy) -> str:
        return str(policy.parameters.get("cap_points", ""))


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["name", "version", "kind", "role", "licence", "commercial", "in_use"]
    list_filter = ["kind", "in_use", "commercial"]


@admin.register(ScoreRevision)
class ScoreRevisionAdmin(ReadOnlyAdmin):
    list_display = [
        "application",
        "sequence",
        "created_at",
        "cause",
        "financial_score",
        "adjustment",
        "final_score",
        "credit_class",
        "simulated",
    ]
    list_filter = ["cause", "credit_class", "mode", "simulated"]
    search_fields = ["application__number"]
    list_select_related = ["application"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = [
        "application",
        "modality",
        "observed_at",
        "sequence",
        "is_provisional",
        "withdrawn_at",
        "simulated",
    ]
    list_filter = ["modality", "is_provisional", "simulated"]
    search_fields = ["application__number"]
    list_select_related = ["application"]


class ReviewDecisionInline(admin.TabularInline):
    model = ReviewDecision
    fields = readonly_fields = ["created_at", "officer", "outcome", "reason"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(ReviewFlag)
class ReviewFlagAdmin(ReadOnlyAdmin):
    list_display = ["title", "application", "priority", "state", "due_at", "assigned_to"]
    list_filter = ["state", "priority", "rule_id", "simulated"]
    search_fields = ["application__number", "title"]
    list_select_related = ["application", "assigned_to"]
    inlines = [ReviewDecisionInline]


@admin.register(ApplicationDecision)
class ApplicationDecisionAdmin(ReadOnlyAdmin):
    list_display = ["application", "outcome", "officer", "is_override", "created_at"]
    list_filter = ["outcome", "is_override"]
    search_fields = ["application__number"]
    list_select_related = ["application", "officer"]

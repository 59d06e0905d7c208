"""Administration of policies, model versions and flagged cases: mostly to be read.

Policies are proposed and put in force through their service, and flags are decided on the review
page only, so that nobody passes by the second person.
"""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from applicants.admin_reading import PersonRecordAdmin, ReadOnlyAdmin
from applicants.errors import ProblemError
from applicants.permissions import Capability, can
from scoring import dispatch
from scoring.models import (
    ApplicationDecision,
    Evidence,
    LoanOutcome,
    ModelVersion,
    Policy,
    ReviewDecision,
    ReviewFlag,
    ScoreRevision,
    TokenAccess,
)
from scoring.services import policy as policies
from scoring.services import token_access


class PolicyProposalForm(forms.ModelForm):
    """A new version starts from the parameters in force."""

    class Meta:
        model = Policy
        fields = ["parameters", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parameters" in self.fields:
            self.fields["parameters"].initial = policies.active().parameters

    def clean(self) -> dict[str, Any]:
        """Tell what cannot be used beside the fields, before anything is stored."""
        cleaned = super().clean() or {}
        if "parameters" in cleaned and "reason" in cleaned:
            try:
                policies.check_proposal(cleaned["parameters"], cleaned["reason"])
            except ProblemError as problem:
                told = [f"{name}: {text}" for name, text in problem.fields.items()]
                raise forms.ValidationError([problem.message, *told]) from problem
        return cleaned


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    """Versions are added here and never changed; another person puts them in force."""

    form = PolicyProposalForm
    list_display = ["version", "is_active", "mode", "cap_points", "author", "approved_by", "reason"]
    list_filter = ["is_active"]
    actions = ["put_in_force"]
    record = (
        "version", "is_active", "author", "approved_by", "created_at", "activated_at", "reason",
        "settings",
    )  # fmt: skip
    readonly_fields = ("settings",)

    def get_fields(self, request: HttpRequest, obj: Policy | None = None) -> Sequence[str]:
        return ("parameters", "reason") if obj is None else self.record

    @admin.display(description="parameters")
    def settings(self, policy: Policy) -> str:
        """Show the parameters one to a line; of the reference sessions, how many there are."""
        return format_html("<pre>{}</pre>", json.dumps(_readable(policy.parameters), indent=2))

    @admin.display(description="mode")
    def mode(self, policy: Policy) -> str:
        return str(policy.parameters.get("mode", ""))

    @admin.display(description="cap, points")
    def cap_points(self, policy: Policy) -> str:
        return str(policy.parameters.get("cap_points", ""))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can(request.user, Capability.EDIT_POLICY)

    def save_model(
        self, request: HttpRequest, obj: Policy, form: PolicyProposalForm, change: bool
    ) -> None:
        proposed = policies.propose(
            officer=request.user, parameters=obj.parameters, reason=obj.reason
        )
        obj.pk, obj.version = proposed.pk, proposed.version

    @admin.action(description="Put the chosen version in force (not one of your own)")
    def put_in_force(self, request: HttpRequest, chosen: QuerySet[Policy]) -> None:
        if chosen.count() != 1:
            self.message_user(request, "Choose one version.", messages.ERROR)
            return
        try:
            policy = policies.activate(chosen.get(), officer=request.user)
        except ProblemError as problem:
            self.message_user(request, problem.message, messages.ERROR)
            return
        dispatch.rescore_open_applications()
        self.message_user(request, f"Policy {policy.version} is in force.", messages.SUCCESS)


def _readable(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters with the number of reference sessions in the place of their values."""
    sessions = parameters.get("reference_sessions", {})
    counted = {name: f"{len(rows)} sessions" for name, rows in sessions.items()}
    return parameters | {"reference_sessions": counted}


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["name", "version", "kind", "role", "licence", "commercial", "is_own", "state"]
    list_filter = ["kind", "state", "is_own", "commercial"]


@admin.register(ScoreRevision)
class ScoreRevisionAdmin(PersonRecordAdmin):
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
class EvidenceAdmin(PersonRecordAdmin):
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
class ReviewFlagAdmin(PersonRecordAdmin):
    list_display = ["title", "application", "priority", "state", "due_at", "assigned_to"]
    list_filter = ["state", "priority", "rule_id", "simulated"]
    search_fields = ["application__number", "title"]
    list_select_related = ["application", "assigned_to"]
    inlines = [ReviewDecisionInline]


@admin.register(ApplicationDecision)
class ApplicationDecisionAdmin(PersonRecordAdmin):
    list_display = ["application", "outcome", "officer", "is_override", "created_at"]
    list_filter = ["outcome", "is_override"]
    search_fields = ["application__number"]
    list_select_related = ["application", "officer"]


@admin.register(LoanOutcome)
class LoanOutcomeAdmin(PersonRecordAdmin):
    list_display = ["application", "observed_on", "word", "days_past_due", "source", "recorded_by"]
    list_filter = ["is_bad", "source", "simulated"]
    search_fields = ["application__number"]
    list_select_related = ["application", "recorded_by"]


@admin.register(TokenAccess)
class TokenAccessAdmin(admin.ModelAdmin):
    """Rows are added and removed, never changed, so that the audit trail tells each step."""

    list_display = ["tenant", "branch", "officer", "created_by", "created_at"]
    list_filter = ["branch"]
    search_fields = ["tenant"]
    list_select_related = ["branch", "officer", "created_by"]
    fields = ["tenant", "branch", "officer"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: TokenAccess, form: forms.ModelForm, change: bool
    ) -> None:
        token_access.keep(obj, by=request.user)

    def delete_model(self, request: HttpRequest, obj: TokenAccess) -> None:
        token_access.take_back([obj], by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[TokenAccess]) -> None:
        token_access.take_back(queryset, by=request.user)

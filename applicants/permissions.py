"""Who may do what: one table, used by pages, API and admin alike."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from applicants.models import Officer


class Capability(StrEnum):
    VIEW_APPLICANTS = "view_applicants"
    EDIT_APPLICANTS = "edit_applicants"
    RECORD_CONSENT = "record_consent"
    UPLOAD_MEDIA = "upload_media"
    VIEW_MEDIA = "view_media"
    VIEW_SCORES = "view_scores"
    VIEW_FLAGS = "view_flags"
    DECIDE_FLAGS = "decide_flags"
    DECIDE_APPLICATIONS = "decide_applications"
    RECORD_OUTCOMES = "record_outcomes"
    VIEW_POLICY = "view_policy"
    EDIT_POLICY = "edit_policy"
    ANSWER_ALARMS = "answer_alarms"
    VIEW_FAIRNESS = "view_fairness"
    RECORD_GROUPS = "record_groups"
    VIEW_NETWORKS = "view_networks"
    PLACE_NETWORKS = "place_networks"
    VIEW_ESTIMATORS = "view_estimators"
    TRAIN_ESTIMATORS = "train_estimators"
    PLACE_ESTIMATORS = "place_estimators"
    SCORE_BATCHES = "score_batches"
    VIEW_PRIVACY = "view_privacy"
    DRAW_SYNTHETIC = "draw_synthetic"
    VIEW_AUDIT = "view_audit"
    HANDLE_SUBJECT_REQUESTS = "handle_subject_requests"
    MANAGE_USERS = "manage_users"


_OFFICER = frozenset(
    {
        Capability.VIEW_APPLICANTS,
        Capability.EDIT_APPLICANTS,
        Capability.RECORD_CONSENT,
        Capability.RECORD_GROUPS,
        Capability.UPLOAD_MEDIA,
        Capability.VIEW_MEDIA,
        Capability.VIEW_SCORES,
        Capability.VIEW_FLAGS,
        Capability.DECIDE_APPLICATIONS,
        Capability.VIEW_NETWORKS,
    }
)
_READER = frozenset(
    {
        Capability.VIEW_APPLICANTS,
        Capability.VIEW_SCORES,
        Capability.VIEW_FLAGS,
        Capability.VIEW_NETWORKS,
    }
)
_GOVERNING = frozenset(
    {
        Capability.VIEW_POLICY,
        Capability.VIEW_PRIVACY,
        Capability.PLACE_NETWORKS,
        Capability.VIEW_ESTIMATORS,
        Capability.PLACE_ESTIMATORS,
    }
)

CAPABILITIES: dict[str, frozenset[Capability]] = {
    Officer.Role.OFFICER: _OFFICER,
    Officer.Role.SENIOR_OFFICER: _OFFICER
    | _GOVERNING
    | {
        Capability.DECIDE_FLAGS,
        Capability.ANSWER_ALARMS,
        Capability.RECORD_OUTCOMES,
        Capability.SCORE_BATCHES,
    },
    Officer.Role.RISK_ANALYST: _READER
    | _GOVERNING
    | {
        Capability.EDIT_POLICY,
        Capability.TRAIN_ESTIMATORS,
        Capability.DRAW_SYNTHETIC,
        Capability.ANSWER_ALARMS,
        Capability.VIEW_FAIRNESS,
        Capability.RECORD_OUTCOMES,
        Capability.SCORE_BATCHES,
    },
    Officer.Role.DATA_OFFICER: frozenset(
        {
            Capability.VIEW_APPLICANTS,
            Capability.RECORD_CONSENT,
            Capability.RECORD_GROUPS,
            Capability.VIEW_FAIRNESS,
            Capability.VIEW_PRIVACY,
            Capability.DRAW_SYNTHETIC,
            Capability.VIEW_AUDIT,
            Capability.HANDLE_SUBJECT_REQUESTS,
        }
    ),
    Officer.Role.ADMIN: _GOVERNING
    | {
        Capability.MANAGE_USERS,
        Capability.VIEW_NETWORKS,
        Capability.EDIT_POLICY,
        Capability.VIEW_AUDIT,
        Capability.HANDLE_SUBJECT_REQUESTS,
    },
    Officer.Role.AUDITOR: _READER
    | {
        Capability.VIEW_POLICY,
        Capability.VIEW_ESTIMATORS,
        Capability.VIEW_FAIRNESS,
        Capability.VIEW_PRIVACY,
        Capability.VIEW_AUDIT,
    },
}


def can(officer: Any, capability: Capability) -> bool:
    """Return whether a signed-in, active officer has the capability by role."""
    if not getattr(officer, "is_authenticated", False) or not officer.is_active:
        return False
    return capability in CAPABILITIES.get(officer.role, frozenset())


View = Callable[..., HttpResponse]


def requires(capability: Capability) -> Callable[[View], View]:
    """Let only officers with the capability reach a view; others get 403, strangers the sign-in."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not can(request.user, capability):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.capability = capability  # type: ignore[attr-defined]  # read by the access matrix test
        return guarded

    return decorate


class HasCapability(BasePermission):
    """DRF: the view names its capability per method in ``capabilities = {"GET": …, "POST": …}``."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        capabilities: dict[str, Capability] = getattr(view, "capabilities", {})
        if request.method == "OPTIONS":
            return bool(request.user and request.user.is_authenticated)
        # HEAD tells what GET would, so it asks for the same right.
        method = (
            "GET" if request.method == "HEAD" and "HEAD" not in capabilities else request.method
        )
        capability = capabilities.get(method or "")
        return capability is not None and can(request.user, capability)

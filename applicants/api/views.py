"""``/api/v1/applicants/`` and ``/api/v1/consents/``."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import CreateModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.api.listing import RecordedListAPIView
from applicants.api.serializers import (
    ApplicantSerializer,
    ConsentRequestSerializer,
    ConsentSerializer,
)
from applicants.models import Applicant, Branch, Consent, Officer
from applicants.permissions import Capability, HasCapability
from applicants.selectors import applicants_for, branches_for
from applicants.services import applicants, consents


class ApplicantList(CreateModelMixin, RecordedListAPIView):
    person_path = "pk"
    serializer_class = ApplicantSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_APPLICANTS, "POST": Capability.EDIT_APPLICANTS}

    def get_queryset(self):  # type: ignore[no-untyped-def]
        return applicants_for(self.request.user)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.create(request, *args, **kwargs)

    def perform_create(self, serializer: ApplicantSerializer) -> None:  # type: ignore[override]
        officer = self.request.user
        serializer.instance = applicants.create_applicant(
            officer=officer, branch=branch_of(officer), **serializer.validated_data
        )


class ApplicantDetail(generics.RetrieveAPIView[Applicant]):
    serializer_class = ApplicantSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_APPLICANTS}

    def get_queryset(self):  # type: ignore[no-untyped-def]
        return applicants_for(self.request.user)


class ConsentList(APIView):
    permission_classes = [HasCapability]
    capabilities = {"POST": Capability.RECORD_CONSENT}

    @extend_schema(request=ConsentRequestSerializer, responses={201: ConsentSerializer(many=True)})
    def post(self, request: Request) -> Response:
        serializer = ConsentRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        applicant = get_object_or_404(applicants_for(request.user), pk=values["applicant"])
        given = consents.give(
            applicant,
            values["scopes"],
            officer=request.user,
            channel=Consent.Channel.API,
            language=values["language"],
        )
        return Response(ConsentSerializer(given, many=True).data, status=status.HTTP_201_CREATED)


def branch_of(officer: Officer) -> Branch:
    """Return the branch that an officer's new applicants belong to."""
    branch = branches_for(officer).first() if officer.branch_id else None
    if branch is None:
        raise ValidationError({"branch": _("Only an officer of a branch can add applicants.")})
    return branch

"""``/api/v1/applications/``: opening an application answers with its score."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.api.listing import RecordedListAPIView
from applicants.api.serializers import FinancialsSerializer
from applicants.api.shapes import answer, checked
from applicants.models import Application
from applicants.permissions import Capability, HasCapability
from applicants.selectors import applicants_for, applications_for
from scoring import dispatch
from scoring.api.serializers import (
    ApplicationSerializer,
    NewApplicationSerializer,
    ScoreSerializer,
)
from scoring.services import applications


class ApplicationList(RecordedListAPIView):
    person_path = "applicant_id"
    serializer_class = ApplicationSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_SCORES, "POST": Capability.EDIT_APPLICANTS}

    def get_queryset(self) -> QuerySet[Application]:
        return _with_score(applications_for(self.request.user))

    @extend_schema(request=NewApplicationSerializer, responses={201: ApplicationSerializer})
    def post(self, request: Request) -> Response:
        values = checked(NewApplicationSerializer, request.data)
        applicant = get_object_or_404(applicants_for(request.user), pk=values.pop("applicant"))
        application, revision = applications.open_application(
            officer=request.user, applicant=applicant, **values
        )
        dispatch.run_challengers(revision)
        return Response(answer(ApplicationSerializer, application), status=status.HTTP_201_CREATED)


class ApplicationDetail(generics.RetrieveAPIView[Application]):
    serializer_class = ApplicationSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_SCORES}

    def get_queryset(self) -> QuerySet[Application]:
        return _with_score(applications_for(self.request.user))


class ApplicationFinancials(APIView):
    """A new version of the financial profile, and the score that follows from it."""

    permission_classes = [HasCapability]
    capabilities = {"POST": Capability.EDIT_APPLICANTS}

    @extend_schema(request=FinancialsSerializer, responses={201: ScoreSerializer})
    def post(self, request: Request, pk: str) -> Response:
        application = get_object_or_404(applications_for(request.user), pk=pk)
        values = checked(FinancialsSerializer, request.data)
        revision = applications.revise_profile(application, officer=request.user, **values)
        dispatch.run_challengers(revision)
        return Response(answer(ScoreSerializer, revision), status=status.HTTP_201_CREATED)


def _with_score(rows: QuerySet[Application]) -> QuerySet[Application]:
    return rows.select_related(
        "current_score__revision__policy", "current_score__revision__profile"
    ).prefetch_related("current_score__revision__challengers")

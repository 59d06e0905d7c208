"""``/api/v1/flags/`` and the decision of a second person about one of them."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.api.listing import RecordedListAPIView
from applicants.permissions import Capability, HasCapability
from scoring.api.serializers import FlagSerializer, ReviewDecisionSerializer
from scoring.models import ReviewFlag
from scoring.selectors import flags_for
from scoring.services import review


class FlagList(RecordedListAPIView):
    """All flags of the officer's branch; ``?state=open`` filters by state."""

    serializer_class = FlagSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_FLAGS}

    def get_queryset(self) -> QuerySet[ReviewFlag]:
        rows = flags_for(self.request.user)
        state = self.request.query_params.get("state")
        return rows.filter(state=state) if state else rows


class FlagDecision(APIView):
    # Whoever may see a flag may ask; the service refuses, and keeps an audit row of the refusal.
    permission_classes = [HasCapability]
    capabilities = {"POST": Capability.VIEW_FLAGS}

    @extend_schema(request=ReviewDecisionSerializer, responses={201: FlagSerializer})
    def post(self, request: Request, pk: str) -> Response:
        flag = get_object_or_404(flags_for(request.user), pk=pk)
        serializer = ReviewDecisionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        review.decide_flag(flag, officer=request.user, **serializer.validated_data)
        fresh = flags_for(request.user).get(pk=flag.pk)
        return Response(FlagSerializer(fresh).data, status=status.HTTP_201_CREATED)

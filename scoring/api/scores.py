"""``/api/v1/applications/{id}/scores/``: the revisions of a score, oldest first."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import generics

from applicants.permissions import Capability, HasCapability
from applicants.selectors import applications_for
from scoring.api.serializers import ScoreSerializer
from scoring.models import ScoreRevision
from scoring.selectors import score_history


class ScoreList(generics.ListAPIView[ScoreRevision]):
    serializer_class = ScoreSerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_SCORES}

    def get_queryset(self) -> QuerySet[ScoreRevision]:
        application = get_object_or_404(applications_for(self.request.user), pk=self.kwargs["pk"])
        return score_history(self.request.user, application).prefetch_related("challengers")

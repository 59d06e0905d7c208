"""``/api/v1/policies/``: the versions of the policy, proposing one, and putting it in force."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applicants.permissions import Capability, HasCapability
from scoring import dispatch
from scoring.api.serializers import PolicySerializer, StopSerializer
from scoring.models import Policy
from scoring.selectors import policies_for
from scoring.services import policy as policies


class PolicyList(generics.ListAPIView[Policy]):
    serializer_class = PolicySerializer
    permission_classes = [HasCapability]
    capabilities = {"GET": Capability.VIEW_POLICY, "POST": Capability.EDIT_POLICY}

    def get_queryset(self) -> QuerySet[Policy]:
        policies.active()  # an installation that has scored nothing yet has a policy all the same
        return policies_for(self.request.user)

    @extend_schema(request=PolicySerializer, responses={201: PolicySerializer})
    def post(self, request: Request) -> Response:
        """Propose a version. Another person puts it in force."""
        serializer = PolicySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        proposed = policies.propose(officer=request.user, **serializer.validated_data)
        return Response(PolicySerializer(proposed).data, status=status.HTTP_201_CREATED)


class PolicyActivation(APIView):
    # A senior officer may see policies and be the second person; the service says who may not.
    permission_classes = [HasCapability]
    capabilities = {"POST": Capability.VIEW_POLICY}

    @extend_schema(request=None, responses={200: PolicySerializer})
    def post(self, request: Request, version: int) -> Response:
        policy = get_object_or_404(policies_for(request.user), version=version)
        activated = policies.activate(policy, officer=request.user)
        dispatch.rescore_open_applications()
        return Response(PolicySerializer(activated).data)


class BehaviourStop(APIView):
    """The stop: one administrator switches the behavioural part off for everybody."""

    permission_classes = [HasCapability]
    capabilities = {"POST": Capability.EDIT_POLICY}

    @extend_schema(request=StopSerializer, responses={201: PolicySerializer})
    def post(self, request: Request) -> Response:
        serializer = StopSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        policy = policies.stop_behaviour(officer=request.user, **serializer.validated_data)
        dispatch.rescore_open_applications()
        return Response(PolicySerializer(policy).data, status=status.HTTP_201_CREATED)

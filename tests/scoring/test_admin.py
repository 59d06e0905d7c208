import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Officer
from scoring.models import Policy, ReviewFlag
from scoring.services import model_versions
from scoring.services import policy as policies
from tests.factories import OfficerFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
REASON = "Quarterly review of the cut-offs."
ADD = "admin:scoring_policy_add"
RECORD_CLASSES = [
    "policy",
    "modelversion",
    "scorerevision",
    "evidence",
    "reviewflag",
    "applicationdecision",
]


@pytest.mark.parametrize("name", RECORD_CLASSES)
def test_lists_open_for_an_administrator_and_for_nobody_else(
    client_of: ClientOf, admin: Officer, officer: Officer, flag: ReviewFlag, name: str
) -> None:
    model_versions.sync_from_manifest()
    url = reverse(f"admin:scoring_{name}_changelist")
    assert client_of(admin).get(url).status_code == 200
    assert client_of(officer).get(url).status_code == 302


def test_a_flag_can_be_read_and_not_decided(
    client_of: ClientOf, admin: Officer, flag: ReviewFlag
) -> None:
    url = reverse("admin:scoring_reviewflag_change", args=[flag.pk])
    page = client_of(admin).get(url)
    assert flag.text in page.content.decode()
    assert client_of(admin).post(url, {"state": "dismissed"}).status_code == 403
    assert ReviewFlag.objects.get(pk=flag.pk).state == "open"


def propose(client: Client, **changes: Any) -> Any:
    parameters = {**policies.active().parameters, **changes}
    return client.post(reverse(ADD), {"parameters": json.dumps(parameters), "reason": REASON})


def test_a_policy_is_proposed_and_put_in_force_by_another(
    client_of: ClientOf, admin: Officer, scored: Application
) -> None:
    other = OfficerFactory(branch=None, role=Officer.Role.ADMIN, is_staff=True, is_superuser=True)
    assert propose(client_of(admin), approval_cut_off_points=600).status_code == 302
    proposed = Policy.objects.get(version=2)
    body = {"action": "put_in_force", "_selected_action": [proposed.pk]}
    url = reverse("admin:scoring_policy_changelist")
    own = client_of(admin).post(url, body, follow=True)
    assert "Another person than the author" in own.content.decode()
    assert policies.active().version == 1
    client_of(other).post(url, body, follow=True)
    assert policies.active() == proposed


def test_a_wrong_policy_is_told_on_the_form(client_of: ClientOf, admin: Officer) -> None:
    page = propose(client_of(admin), cap_points=99)
    assert page.status_code == 200
    assert "allows 0 to 30 points" in page.content.decode()
    assert Policy.objects.count() == 1


def test_a_version_is_never_changed(client_of: ClientOf, admin: Officer) -> None:
    policy = policies.active()
    url = reverse("admin:scoring_policy_change", args=[policy.pk])
    assert client_of(admin).post(url, {"reason": "other"}).status_code == 403


def test_a_policy_is_readable(client_of: ClientOf, admin: Officer) -> None:
    policy = policies.active()
    url = reverse("admin:scoring_policy_change", args=[policy.pk])
    page = client_of(admin).get(url).content.decode()
    assert "approval_cut_off_points" in page
    sessions = policy.parameters["reference_sessions"]["face"]
    assert f"{len(sessions)} sessions" in page
    assert str(sessions[0][0]) not in page

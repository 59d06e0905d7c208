from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import AuditEvent, Officer
from scoring.models import ReviewDecision, ReviewFlag

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]
BODY = {"outcome": "dismiss", "reason": "A poster behind the applicant."}


def decide(client: APIClient, flag: ReviewFlag, **changes: str) -> Any:
    url = reverse("api_flag_decision", args=[flag.pk])
    return client.post(url, {**BODY, **changes}, format="json")


def test_a_flag_says_what_was_seen(api_of: ApiOf, officer: Officer, flag: ReviewFlag) -> None:
    data = api_of(officer).get(reverse("api_flags")).data
    assert data["count"] == 1
    row = data["results"][0]
    assert row["id"] == str(flag.pk)
    assert (row["rule_id"], row["observed"], row["threshold"]) == ("several_people", 2, 1)
    assert (row["state"], row["is_overdue"], row["decisions"]) == ("open", True, [])


def test_flags_are_filtered_by_state(api_of: ApiOf, officer: Officer, flag: ReviewFlag) -> None:
    client = api_of(officer)
    assert client.get(reverse("api_flags"), {"state": "upheld"}).data["count"] == 0
    assert client.get(reverse("api_flags"), {"state": "open"}).data["count"] == 1


def test_a_senior_decides(api_of: ApiOf, senior: Officer, flag: ReviewFlag) -> None:
    response = decide(api_of(senior), flag)
    assert response.status_code == 201
    assert response.data["state"] == "dismissed"
    assert response.data["decisions"][0]["officer"] == "senior"


def test_the_first_officer_cannot_decide(api_of: ApiOf, officer: Officer, flag: ReviewFlag) -> None:
    response = decide(api_of(officer), flag)
    assert response.status_code == 403
    assert response.data["error"]["code"] == "permission_denied"
    officer.role = Officer.Role.SENIOR_OFFICER
    officer.save()
    response = decide(api_of(officer), flag)
    assert response.status_code == 403
    assert response.data["error"]["code"] == "four_eyes"
    assert ReviewDecision.objects.count() == 0
    assert AuditEvent.objects.filter(action="flag.decision_refused").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"), [({"outcome": "decline"}, "outcome"), ({"reason": ""}, "reason")]
)
def test_a_wrong_decision_is_refused_by_name(
    api_of: ApiOf, senior: Officer, flag: ReviewFlag, changes: dict[str, str], field: str
) -> None:
    response = decide(api_of(senior), flag, **changes)
    assert response.status_code == 400
    assert field in response.data["error"]["fields"]
    assert ReviewDecision.objects.count() == 0


def test_a_decided_flag_answers_with_a_conflict(
    api_of: ApiOf, senior: Officer, flag: ReviewFlag
) -> None:
    client = api_of(senior)
    decide(client, flag)
    response = decide(client, flag, outcome="uphold")
    assert response.status_code == 409
    assert response.data["error"]["code"] == "already_decided"


def test_strangers_other_branches_and_wrong_roles_decide_nothing(
    api_of: ApiOf,
    other_branch_officer: Officer,
    data_officer: Officer,
    auditor: Officer,
    flag: ReviewFlag,
) -> None:
    assert decide(APIClient(), flag).status_code == 401
    assert decide(api_of(other_branch_officer), flag).status_code == 404
    assert decide(api_of(data_officer), flag).status_code == 403
    assert decide(api_of(auditor), flag).status_code == 403
    assert ReviewDecision.objects.count() == 0


def test_the_list_shows_each_officer_the_own_branch(
    api_of: ApiOf, other_branch_officer: Officer, data_officer: Officer, flag: ReviewFlag
) -> None:
    url = reverse("api_flags")
    assert APIClient().get(url).status_code == 401
    assert api_of(data_officer).get(url).status_code == 403
    assert api_of(other_branch_officer).get(url).data["count"] == 0

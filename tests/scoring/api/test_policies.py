from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import Officer
from scoring.models import Policy
from scoring.services import policy as policies

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]
REASON = "Quarterly review of the cut-offs."
URL = "api_policies"


def proposal(**changes: Any) -> dict[str, Any]:
    return {"parameters": {**policies.active().parameters, **changes}, "reason": REASON}


def test_the_start_policy_is_listed_before_anything_was_scored(
    api_of: ApiOf, auditor: Officer
) -> None:
    data = api_of(auditor).get(reverse(URL)).data
    assert data["count"] == 1
    row = data["results"][0]
    assert (row["version"], row["is_active"], row["author"]) == (1, True, None)
    assert row["parameters"]["cap_points"] == 30


def test_two_people_change_the_policy(api_of: ApiOf, analyst: Officer, senior: Officer) -> None:
    created = api_of(analyst).post(reverse(URL), proposal(cap_points=20), format="json")
    assert (created.status_code, created.data["is_active"]) == (201, False)
    activation = reverse("api_policy_activation", args=[created.data["version"]])
    refused = api_of(analyst).post(activation)
    assert (refused.status_code, refused.data["error"]["code"]) == (403, "four_eyes")
    done = api_of(senior).post(activation)
    assert (done.status_code, done.data["approved_by"]) == (200, "senior")
    assert policies.active().parsed.cap_points == 20


def test_a_wrong_parameter_is_refused_by_name(api_of: ApiOf, analyst: Officer) -> None:
    response = api_of(analyst).post(reverse(URL), proposal(cap_points=99), format="json")
    assert response.status_code == 400
    assert "cap_points" in response.data["error"]["fields"]
    assert Policy.objects.count() == 1


def test_an_administrator_stops_behaviour(api_of: ApiOf, admin: Officer) -> None:
    url = reverse("api_behaviour_stop")
    assert api_of(admin).post(url, {}, format="json").status_code == 400
    assert api_of(admin).post(url, {"reason": REASON}, format="json").status_code == 201
    assert policies.active().parsed.mode == "off"


def test_nobody_else_reads_or_changes_policies(
    api_of: ApiOf, officer: Officer, senior: Officer, analyst: Officer
) -> None:
    body, activation = proposal(), reverse("api_policy_activation", args=[1])
    stop = reverse("api_behaviour_stop")
    assert APIClient().get(reverse(URL)).status_code == 401
    assert APIClient().post(activation).status_code == 401
    assert api_of(officer).get(reverse(URL)).status_code == 403
    assert api_of(senior).post(reverse(URL), body, format="json").status_code == 403
    assert api_of(officer).post(activation).status_code == 403
    assert api_of(senior).post(stop, {"reason": REASON}, format="json").status_code == 403
    assert api_of(analyst).post(stop, {"reason": REASON}, format="json").status_code == 403
    assert Policy.objects.count() == 1

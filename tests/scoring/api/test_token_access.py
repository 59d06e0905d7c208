"""A lender's tokens are scored for the branches and accounts that it is named for alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from applicants.models import AuditEvent, Branch, Officer
from scoring.models import TokenAccess
from tests.factories import OfficerFactory
from tests.scoring.token_lender import own_lender

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]
ClientOf = Callable[[Officer], Client]
PREDICT = "/api/v1/privacy/predict"
VOCABULARY = "/api/v1/privacy/vocabulary/?tenant=bank-a"


@pytest.fixture
def row(tmp_path: Path, settings: Any) -> dict[str, str]:
    """Install the network of bank-a; nobody may use it yet. Return a row of its tokens."""
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    return own_lender(tmp_path)[1]


@pytest.fixture
def other_senior(other_branch: Branch) -> Officer:
    return OfficerFactory(
        username="other_senior", branch=other_branch, role=Officer.Role.SENIOR_OFFICER
    )


def scored(client: APIClient, row: dict[str, str]) -> int:
    body = {"tenant": "bank-a", "rows": [row]}
    status: int = client.post(PREDICT, body, format="json").status_code
    return status


def test_anonymous_wrong_role_wrong_branch_and_right_branch(
    row: dict[str, str], api_of: ApiOf, officer: Officer, senior: Officer, other_senior: Officer,
    analyst: Officer, data_officer: Officer,
) -> None:  # fmt: skip
    call_command("privacy", "allow", "bank-a", branch=["HARBOUR"])
    assert scored(APIClient(), row) == 401
    assert scored(api_of(officer), row) == scored(api_of(data_officer), row) == 403
    assert scored(api_of(other_senior), row) == scored(api_of(analyst), row) == 404
    assert scored(api_of(senior), row) == 200


def test_a_tenant_of_others_answers_as_one_that_is_not_there(
    row: dict[str, str], api_of: ApiOf, senior: Officer
) -> None:
    client = api_of(senior)
    body = {"tenant": "bank-a", "rows": [row]}
    of_others = client.post(PREDICT, body, format="json").json()
    of_nobody = client.post(PREDICT, body | {"tenant": "bank-b"}, format="json").json()
    assert of_others["error"] | {"request_id": ""} == of_nobody["error"] | {"request_id": ""}
    assert "your branch or account may use" in of_others["error"]["message"]
    assert client.get(VOCABULARY).status_code == 404
    refused = AuditEvent.objects.filter(action="tokens.refused")
    assert [each.detail for each in refused] == [{"tenant": "bank-a"}] * 2


def test_an_account_is_named_itself_until_that_is_taken_back(
    row: dict[str, str], api_of: ApiOf, analyst: Officer
) -> None:
    call_command("privacy", "allow", "bank-a", account=["analyst"])
    call_command("privacy", "allow", "bank-a", account=["analyst"], branch=[])
    assert scored(api_of(analyst), row) == 200
    assert TokenAccess.objects.count() == 1
    colleague = OfficerFactory(branch=None, role=Officer.Role.RISK_ANALYST)
    assert scored(api_of(colleague), row) == 404
    call_command("privacy", "take-back", "bank-a", account=["analyst"])
    assert scored(api_of(analyst), row) == 404
    steps = AuditEvent.objects.filter(action__startswith="token_access.").order_by("pk")
    assert [each.action for each in steps] == ["token_access.allowed", "token_access.taken_back"]
    assert steps[0].detail == {"tenant": "bank-a", "account": analyst.pk}


def test_who_supervises_reads_every_vocabulary_and_who_uses_it(
    row: dict[str, str], api_of: ApiOf, client_of: ClientOf, auditor: Officer, admin: Officer,
    data_officer: Officer, senior: Officer, other_senior: Officer,
) -> None:  # fmt: skip
    call_command("privacy", "allow", "bank-a", branch=["HARBOUR"])
    for person in (auditor, admin, data_officer, senior):
        assert api_of(person).get(VOCABULARY).status_code == 200, person.role
        page = client_of(person).get(reverse("scoring:tokens")).content.decode()
        assert "bank-a" in page and "HARBOUR" in page
    assert api_of(other_senior).get(VOCABULARY).status_code == 404
    assert "bank-a" not in client_of(other_senior).get(reverse("scoring:tokens")).content.decode()


def test_a_lender_named_as_that_of_the_release_is_not_open_to_everybody(
    api_of: ApiOf, senior: Officer, tmp_path: Path, settings: Any
) -> None:
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    body = {"tenant": "demo", "rows": []}
    assert api_of(senior).post(PREDICT, body, format="json").status_code == 200
    own_lender(tmp_path, tenant="demo")
    assert api_of(senior).post(PREDICT, body, format="json").status_code == 404


def test_the_administrator_names_and_removes_and_nobody_else_does(
    client_of: ClientOf, admin: Officer, senior: Officer, data_officer: Officer, branch: Branch
) -> None:
    add = reverse("admin:scoring_tokenaccess_add")
    body = {"tenant": "bank-a", "branch": branch.pk, "officer": ""}
    for person in (senior, data_officer):
        assert client_of(person).post(add, body).status_code == 302
    assert not TokenAccess.objects.exists()
    client = client_of(admin)
    for wrong in ({"tenant": "Bank A"}, {"branch": ""}, {"officer": admin.pk}):
        page = client.post(add, body | wrong)
        assert page.status_code == 200 and page.context["errors"], wrong
    assert client.post(add, body).status_code == 302
    assert client.post(add, body).context["errors"]
    access = TokenAccess.objects.get()
    assert access.created_by == admin
    page = client.post(reverse("admin:scoring_tokenaccess_delete", args=[access.pk]), {"post": "y"})
    assert page.status_code == 302 and not TokenAccess.objects.exists()
    steps = AuditEvent.objects.filter(action__startswith="token_access.").order_by("pk")
    assert [(each.action, each.actor) for each in steps] == [
        ("token_access.allowed", admin), ("token_access.taken_back", admin),
    ]  # fmt: skip


def test_the_database_keeps_a_row_to_either_a_branch_or_an_account(
    branch: Branch, analyst: Officer
) -> None:
    for users in ({}, {"branch": branch, "officer": analyst}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TokenAccess.objects.create(tenant="bank-a", **users)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "Name a --branch"),
        ({"branch": ["NOWHERE"]}, "NOWHERE"),
        ({"account": ["nobody"]}, "nobody"),
        ({"branch": ["HARBOUR"], "tenant": "Bank A"}, "small letters"),
    ],
)
def test_a_mistyped_command_leaves_nothing_behind(
    options: dict[str, Any], said: str, branch: Branch
) -> None:
    named = {"tenant": "bank-a"} | options
    with pytest.raises(CommandError, match=said):
        call_command("privacy", "allow", named.pop("tenant"), **named)
    assert not TokenAccess.objects.exists()

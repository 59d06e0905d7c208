"""What an administrator may do with staff, and what stays in the audit trail."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from applicants.models import ApiToken, AuditEvent, Officer
from applicants.services import tokens
from tests import factories

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
PASSWORD = "three-quiet-harbours"


def test_a_password_set_by_an_administrator_is_in_the_audit_trail(
    client_of: ClientOf, admin: Officer, officer: Officer
) -> None:
    url = reverse("admin:auth_user_password_change", args=[officer.pk])
    body = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert client_of(admin).post(url, body).status_code == 302
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)
    event = AuditEvent.objects.get(action="officer.password_set")
    assert (event.actor, event.object_id) == (admin, str(officer.pk))
    assert PASSWORD not in str(event.detail)


def test_a_new_password_ends_the_tokens_of_its_owner(
    client_of: ClientOf, admin: Officer, officer: Officer
) -> None:
    ended, own = tokens.issue(officer), tokens.issue(admin)
    url = reverse("admin:auth_user_password_change", args=[officer.pk])
    body = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    client_of(admin).post(url, body)
    assert tokens.officer_of(ended) is None
    assert tokens.officer_of(own) == admin

    body = {
        "old_password": factories.PASSWORD,
        "new_password1": PASSWORD,
        "new_password2": PASSWORD,
    }
    assert client_of(admin).post(reverse("admin:password_change"), body).status_code == 302
    assert tokens.officer_of(own) is None


def test_an_administrator_revokes_a_token_and_can_make_none(
    client_of: ClientOf, admin: Officer, officer: Officer
) -> None:
    lost, kept = tokens.issue(officer, name="laptop"), tokens.issue(officer)
    row = ApiToken.objects.get(name="laptop")
    url = reverse("admin:applicants_apitoken_changelist")
    assert b"laptop" in client_of(admin).get(url).content
    answer = client_of(admin).post(url, {"action": "revoke", "_selected_action": [row.pk]})
    assert answer.status_code == 302
    assert tokens.officer_of(lost) is None
    assert tokens.officer_of(kept) == officer
    event = AuditEvent.objects.get(action="token.revoked")
    assert (event.actor, event.object_id) == (admin, str(row.pk))
    assert client_of(admin).get(reverse("admin:applicants_apitoken_add")).status_code == 403


def test_who_may_look_at_tokens_does_not_thereby_end_them(
    client_of: ClientOf, auditor: Officer, officer: Officer
) -> None:
    kept = tokens.issue(officer)
    Officer.objects.filter(pk=auditor.pk).update(is_staff=True)
    seen = Permission.objects.get(codename="view_apitoken")
    auditor.user_permissions.add(seen)
    url = reverse("admin:applicants_apitoken_changelist")
    key = ApiToken.objects.get().pk
    assert client_of(auditor).get(url).status_code == 200
    client_of(auditor).post(url, {"action": "revoke", "_selected_action": [key]})
    assert tokens.officer_of(kept) == officer


def test_nobody_removes_an_officer(client_of: ClientOf, admin: Officer, officer: Officer) -> None:
    url = reverse("admin:applicants_officer_delete", args=[officer.pk])
    assert client_of(admin).post(url, {"post": "yes"}).status_code == 403
    assert Officer.objects.filter(pk=officer.pk).exists()


def test_nobody_raises_their_own_role(client_of: ClientOf, admin: Officer) -> None:
    page = client_of(admin).get(reverse("admin:applicants_officer_change", args=[admin.pk]))
    assert not {"role", "is_superuser", "is_staff"} & set(page.context["adminform"].form.fields)

"""What an administrator may do with staff, and what stays in the audit trail."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import AuditEvent, Officer

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


def test_nobody_removes_an_officer(client_of: ClientOf, admin: Officer, officer: Officer) -> None:
    url = reverse("admin:applicants_officer_delete", args=[officer.pk])
    assert client_of(admin).post(url, {"post": "yes"}).status_code == 403
    assert Officer.objects.filter(pk=officer.pk).exists()


def test_nobody_raises_their_own_role(client_of: ClientOf, admin: Officer) -> None:
    page = client_of(admin).get(reverse("admin:applicants_officer_change", args=[admin.pk]))
    assert not {"role", "is_superuser", "is_staff"} & set(page.context["adminform"].form.fields)

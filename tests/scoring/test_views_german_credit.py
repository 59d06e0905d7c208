"""The page of one German-credit application."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import AuditEvent, Officer
from scoring.german_forms import START, UNASKED, GermanForm
from scoring.privacy.german_credit import ATTRIBUTES, PROTECTED, checked_rows

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def post(client: Client, **changes: Any) -> Any:
    return client.post(reverse("scoring:german_credit"), START | changes)


def test_it_shows_class_points_and_reasons(client_of: ClientOf, analyst: Officer) -> None:
    page = post(client_of(analyst), existingchecking="A12", credithistory="A30", duration=48)
    text = page.content.decode()
    assert "Class 2: bad" in text
    assert "Credit history: delay in paying off in the past." in text
    assert page.context["total"] == page.context["result"].base_points + sum(
        line.points for line in page.context["lines"]
    )
    assert AuditEvent.objects.get(action="german_credit.scored").detail["rows"] == 1


def test_it_asks_for_nothing_protected(client_of: ClientOf, analyst: Officer) -> None:
    text = client_of(analyst).get(reverse("scoring:german_credit")).content.decode()
    for attribute in PROTECTED:
        assert f'name="{attribute.name}"' not in text
    assert set(UNASKED) == {each.name for each in PROTECTED}
    assert set(GermanForm().fields) | set(UNASKED) == {each.name for each in ATTRIBUTES}
    assert checked_rows([START | UNASKED])


def test_a_wrong_value_is_said_beside_its_field(client_of: ClientOf, analyst: Officer) -> None:
    page = post(client_of(analyst), duration=0, purpose="A99")
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"duration", "purpose"}
    assert "result" not in page.context
    assert not AuditEvent.objects.filter(action="german_credit.scored").exists()


def test_the_way_there_is_on_the_page_of_the_part(client_of: ClientOf, analyst: Officer) -> None:
    text = client_of(analyst).get(reverse("scoring:privacy_home")).content.decode()
    assert reverse("scoring:german_credit") in text

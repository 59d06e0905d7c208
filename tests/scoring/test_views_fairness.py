"""The fairness page, and the form on which applicants declare themselves."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Application, Branch, Officer
from scoring.models import DeclaredGroup
from scoring.services import fairness
from tests.scoring.services.test_fairness import declare
from tests.scoring.services.test_monitoring import SUMMER, score_some

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def test_the_page_without_and_with_a_report(
    client_of: ClientOf, data_officer: Officer, branch: Branch, officer: Officer
) -> None:
    client, url = client_of(data_officer), reverse("scoring:fairness")
    assert "No report yet" in client.get(url).content.decode()
    for place, application in enumerate(score_some(branch, officer, SUMMER, 61)):
        declare(application.applicant, officer, "male" if place % 2 else "female")
    fairness.fairness_report(SUMMER)
    page = client.get(url)
    text = page.content.decode()
    figure = page.context["attributes"][0]["figure"]["data"][0]
    assert all(less >= 0 for less in figure["error_x"]["arrayminus"])
    assert all(more >= 0 for more in figure["error_x"]["array"])
    for words in ("Female", "Male", "Financial score", "Adjustment", "Final score", "Impact ratio"):
        assert words in text


def test_a_declaration_needs_the_applicant_s_agreement_and_is_never_shown(
    client_of: ClientOf, officer: Officer, application: Application
) -> None:
    client = client_of(officer)
    url = reverse("scoring:declare_groups", args=[application.applicant_id])
    answers = {"sex": "female", "age_group": "", "channel": "on_screen"}
    assert client.post(url, answers).status_code == 422
    assert not DeclaredGroup.objects.exists()
    assert client.post(url, answers | {"agreed": "on"}).status_code == 302
    assert DeclaredGroup.objects.get().attribute == "sex"
    page = client.get(url)
    assert page.context["form"]["sex"].value() is None
    assert "Answered before" in page.content.decode()
    back = reverse("scoring:declare_take_back", args=[application.applicant_id])
    assert client.post(back, {"attribute": "sex"}).status_code == 302
    assert not DeclaredGroup.objects.exists()


def test_a_wrong_answer_is_said_beside_the_question(
    client_of: ClientOf, officer: Officer, application: Application
) -> None:
    url = reverse("scoring:declare_groups", args=[application.applicant_id])
    values = {"sex": "rich", "agreed": "on", "channel": "on_screen"}
    assert client_of(officer).post(url, values).status_code == 422
    assert not DeclaredGroup.objects.exists()

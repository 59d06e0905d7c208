"""The page on tokens says what they give away, from a stored report of the command."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from scoring.privacy.german_credit import SCORED
from scoring.views import tokens

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def test_it_says_what_is_guessed_and_that_tokens_are_no_anonymous_data(
    client_of: ClientOf, data_officer: Officer
) -> None:
    page = client_of(data_officer).get(reverse("scoring:tokens"))
    text = page.content.decode()
    assert "not anonymous data" in text
    assert "94.1\xa0%" in text and "76.8\xa0%" in text
    assert len(page.context["columns"]) == len(SCORED)
    assert page.context["columns"][0]["same"] == 1


def test_the_stored_summary_is_that_of_its_columns() -> None:
    leak = json.loads(tokens.LEAK.read_text())
    numbers = {each.name for each in SCORED if each.unit}
    for known in ("same_table", "other_people"):
        rates = leak[known]["columns"]
        assert set(rates) == {each.name for each in SCORED}
        of_numbers = [rate for name, rate in rates.items() if name in numbers]
        assert leak[known]["all"] == pytest.approx(sum(rates.values()) / len(rates), abs=1e-4)
        assert leak[known]["number"] == pytest.approx(sum(of_numbers) / len(of_numbers), abs=1e-4)


def test_the_shipped_lender_is_named_and_without_any_the_page_says_so(
    client_of: ClientOf, auditor: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client_of(auditor).get(reverse("scoring:tokens"))
    (held,) = page.context["held"]
    assert held.vocabulary.tenant == "demo" and held.vocabulary.tokens > 50
    assert held.users is None and "everybody who may score" in page.content.decode()
    monkeypatch.setattr("scoring.services.token_estimators.read_manifest", lambda _: {})
    text = client_of(auditor).get(reverse("scoring:tokens")).content.decode()
    assert "No lender’s tokens are scored here" in text

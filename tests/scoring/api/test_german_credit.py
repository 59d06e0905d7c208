"""``/predictCreditRisk`` as its first users call it, and the answer with reasons."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from applicants.models import AuditEvent, Officer
from applicants.services import tokens
from scoring.engine.artifacts import read_manifest
from scoring.paths import ARTIFACTS_DIR
from tests.scoring.privacy.german_rows import RISKY, ROW

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]
FIRST = "/predictCreditRisk"
URL = "/api/v1/privacy/german-credit/"


def post(client: Client, content: Any, url: str = FIRST, **headers: str) -> Any:
    return client.post(url, json.dumps(content), content_type="application/json", headers=headers)


def test_the_demo_answers_strangers_as_the_first_system_did(settings: Any) -> None:
    settings.DEMO = True
    client = Client(enforce_csrf_checks=True)
    assert post(client, []).json() == []
    assert post(client, [ROW, RISKY, ROW]).json() == [[1], [2], [1]]
    event = AuditEvent.objects.filter(action="german_credit.scored").latest("id")
    assert event is not None and event.actor is None
    assert event.detail == {
        "rows": 3,
        "model": read_manifest(ARTIFACTS_DIR)["german_scorecard"].sha256,
    }


def test_elsewhere_it_takes_a_token(analyst: Officer, auditor: Officer) -> None:
    client = Client(enforce_csrf_checks=True)
    assert post(client, [ROW]).status_code == 401
    answer = post(client, [ROW], authorization=f"Bearer {tokens.issue(analyst)}")
    assert answer.json() == [[1]]
    assert post(client, [ROW], authorization=f"Bearer {tokens.issue(auditor)}").status_code == 403
    assert post(client, [ROW], authorization="Bearer wrong").status_code == 401


def test_row_and_field_are_named_and_nothing_is_scored(settings: Any) -> None:
    settings.DEMO = True
    wrong = post(Client(), [ROW, ROW | {"purpose": "A99", "age": "old"}])
    assert wrong.status_code == 422
    error = wrong.json()["error"]
    assert error["code"] == "invalid" and error["message"].startswith("Row 2, purpose:")
    assert set(error["fields"]) == {"2.purpose", "2.age"}
    assert post(Client(), ROW).status_code == 422
    many = post(Client(), [ROW] * 10_001)
    assert many.status_code == 413 and many.json()["error"]["code"] == "too_many_rows"
    assert Client().post(FIRST, "[{", content_type="application/json").status_code == 400
    longest = " " * (17 * 1024**2)
    assert Client().post(FIRST, longest, content_type="application/json").status_code == 413
    assert Client().post(FIRST, "x", content_type="text/plain").status_code == 415
    assert Client().get(FIRST).status_code in {403, 405}
    assert not AuditEvent.objects.filter(action="german_credit.scored").exists()


def test_ten_thousand_rows_are_answered(settings: Any) -> None:
    settings.DEMO = True
    indented = json.dumps([ROW] * 10_000, indent=4)
    assert len(indented) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    answer = Client().post(FIRST, indented, content_type="application/json")
    assert answer.status_code == 200 and answer.json() == [[1]] * 10_000


def test_the_fuller_answer_says_why_in_corrected_words(api_of: ApiOf, senior: Officer) -> None:
    answer = post(api_of(senior), [ROW, RISKY], URL).json()
    good, bad = answer["results"]
    assert (good["class"], bad["class"]) == (1, 2)
    assert good["probability_of_bad"] < 0.5 <= bad["probability_of_bad"]
    assert answer["model"] == {
        "name": "german_scorecard", "version": "1",
        "sha256": read_manifest(ARTIFACTS_DIR)["german_scorecard"].sha256,
    }  # fmt: skip
    reasons = {each["characteristic"]: each for each in bad["reasons"]}
    assert 1 <= len(reasons) <= 4
    assert all(each["points"] < 0 for each in bad["reasons"])
    assert bad["reasons"] == sorted(bad["reasons"], key=lambda each: each["points"])
    assert reasons["credithistory"]["text"].startswith(
        "Credit history: delay in paying off in the past."
    )


def test_points_are_the_log_odds_of_the_probability(api_of: ApiOf, senior: Officer) -> None:
    (result,) = post(api_of(senior), [RISKY], URL).json()["results"]
    points = result["base_points"] + sum(result["contributions"].values())
    log_odds = math.log(1 / result["probability_of_bad"] - 1)
    assert points == pytest.approx(20 / math.log(2) * log_odds, abs=len(result["contributions"]))


def test_protected_attributes_change_nothing(api_of: ApiOf, senior: Officer) -> None:
    other = ROW | {"statussex": "A92", "age": 19, "foreignworker": "A202"}
    one, two = post(api_of(senior), [ROW, other], URL).json()["results"]
    assert one == two
    assert not {"statussex", "age", "foreignworker"} & set(one["contributions"])


def test_the_schema_names_every_field_with_its_codes(api_of: ApiOf, senior: Officer) -> None:
    schema = api_of(senior).get("/api/schema/?format=json").json()
    assert "/predictCreditRisk" in schema["paths"] and URL in schema["paths"]
    fields = schema["components"]["schemas"]["GermanApplication"]["properties"]
    assert set(fields) == set(ROW)


@pytest.mark.parametrize("one", [b"[", b'{"a":'])
def test_nesting_without_end_is_said(settings: Any, client: Client, one: bytes) -> None:
    settings.DEMO = True
    answer = client.post(FIRST, one * 200_000, content_type="application/json")
    assert answer.status_code == 400
    assert "nested too deeply" in answer.json()["error"]["message"]


@pytest.mark.parametrize("encoding", ["punycode", "utf-7", "unicode_escape", "utf-16"])
def test_only_utf_8_is_read(settings: Any, client: Client, encoding: str) -> None:
    """Reading some of the encodings that Python knows takes quadratic time."""
    settings.DEMO = True
    answer = client.post(FIRST, b"[]", content_type=f"application/json; charset={encoding}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Send JSON in UTF-8.")
    assert client.post(FIRST, b"[]", content_type="application/json; charset=UTF8").json() == []


def test_a_stranger_gets_no_fresh_limit_by_naming_another_address(
    settings: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    cache.clear()
    monkeypatch.setattr(UserRateThrottle, "get_rate", lambda _: "3/min")
    found = []
    for number in range(5):
        named = {"REMOTE_ADDR": "203.0.113.77", "HTTP_X_FORWARDED_FOR": f"10.0.0.{number}"}
        found.append(client.post(FIRST, "[]", content_type="application/json", **named).status_code)
    assert found == [200, 200, 200, 429, 429]

"""``/api/v1/privacy/predict``: tokens alone, of tenants that are known, and no key anywhere."""

import gc
import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from rest_framework.test import APIClient

from applicants.models import AuditEvent, Officer
from scoring.engine.artifacts import read_manifest
from scoring.paths import ARTIFACTS_DIR
from scoring.privacy import key_files
from scoring.privacy.german_credit import MAX_PROBLEMS
from scoring.privacy.recipe import parsed
from scoring.privacy.token_rows import MAX_NAMES
from scoring.privacy.tokens import KeyRing, TokenKey
from scoring.privacy.vocabulary import FORMAT, VocabularyError, parsed_vocabulary
from tests.scoring.privacy.german_rows import ROW
from tests.scoring.token_lender import own_lender

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]
URL = "/api/v1/privacy/predict"
SAMPLE = Path(__file__).resolve().parents[3] / "docs/guides/privacy_tokens_sample.json"


@pytest.fixture
def sample() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return content


def post(client: APIClient, content: Any) -> Any:
    return client.post(URL, content, format="json")


def test_tokens_are_scored_and_a_count_is_kept(
    api_of: ApiOf, senior: Officer, sample: dict[str, Any]
) -> None:
    answer = post(api_of(senior), sample).json()
    good, bad = answer["results"]
    assert (good["class"], bad["class"]) == (1, 2)
    assert good["probability_of_bad"] < 0.1 and bad["probability_of_bad"] > 0.7
    assert good["unknown_tokens"] == bad["unknown_tokens"] == 0
    graph = read_manifest(ARTIFACTS_DIR)["german_tokens"]
    assert answer["model"] == {"name": graph.name, "version": "1", "sha256": graph.sha256}
    assert answer["key_versions"] == [1]
    event = AuditEvent.objects.get(action="tokens.scored")
    assert event.detail == {"tenant": "demo", "rows": 2, "model": graph.sha256}


def test_an_unknown_token_is_scored_as_unknown(
    api_of: ApiOf, senior: Officer, sample: dict[str, Any]
) -> None:
    ring = KeyRing("demo", 1, {1: TokenKey.new()})
    row = {name: ring.token(name, "A11") for name in sample["rows"][0]}
    (result,) = post(api_of(senior), sample | {"rows": [row]}).json()["results"]
    assert result["unknown_tokens"] == 17
    assert 0.05 < result["probability_of_bad"] < 0.8


@pytest.mark.parametrize("value", ["A11", 6, None, "t1.short", "t0." + "a" * 43, ["t1"], {}])
def test_what_is_no_token_is_refused_and_not_repeated(
    value: Any, api_of: ApiOf, senior: Officer, sample: dict[str, Any]
) -> None:
    good = sample["rows"][0]
    answer = post(api_of(senior), sample | {"rows": [good, good | {"purpose": value}]})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert set(error["fields"]) == {"2.purpose"}
    assert str(value) not in json.dumps(error) or value is None
    assert not AuditEvent.objects.filter(action="tokens.scored").exists()


def test_a_value_beside_the_tokens_is_refused_and_a_sealed_one_is_not(
    api_of: ApiOf, senior: Officer, sample: dict[str, Any]
) -> None:
    good = sample["rows"][0]
    named = post(api_of(senior), sample | {"rows": [good | {"name": "Ada"}]})
    assert named.status_code == 422 and "Ada" not in named.content.decode()
    sealed = KeyRing("demo", 1, {1: TokenKey.new()}).seal("name", "Ada")
    assert post(api_of(senior), sample | {"rows": [good | {"name": sealed}]}).status_code == 200


def test_a_value_sent_as_a_name_is_not_repeated_and_a_refusal_stays_short(
    api_of: ApiOf, senior: Officer, sample: dict[str, Any]
) -> None:
    good, client = sample["rows"][0], api_of(senior)
    named = post(client, sample | {"rows": [good | {"Ada Lovelace": 1, "born 1815": 2}] * 500})
    error = named.json()["error"]
    assert list(error["fields"]) == [f"{row}.another field" for row in range(1, MAX_PROBLEMS + 1)]
    assert "Ada" not in named.content.decode() and "1815" not in named.content.decode()
    sealed = KeyRing("demo", 1, {1: TokenKey.new()}).seal("name", "Ada")
    for count, fits in ((MAX_NAMES - len(good), True), (MAX_NAMES - len(good) + 1, False)):
        row = good | {f"field {n}": sealed for n in range(count)}
        assert post(client, sample | {"rows": [row]}).status_code == (200 if fits else 422), count
    many = post(client, sample | {"rows": [{f"Ada {n:060}": n for n in range(20_000)}] * 3})
    assert (many.status_code, len(many.json()["error"]["fields"])) == (422, 3)
    empty = post(client, sample | {"rows": [{}] * 500})
    assert len(empty.json()["error"]["fields"]) == MAX_PROBLEMS
    assert max(len(each.content) for each in (named, many, empty)) < 5_000


def test_requests_of_another_form_are_refused(
    api_of: ApiOf, senior: Officer, sample: dict[str, Any]
) -> None:
    client = api_of(senior)
    for content in ([], {}, {"tenant": 1}, sample | {"rows": {}}, sample | {"rows": [1]}, [ROW]):
        assert post(client, content).status_code == 422, content
    assert post(client, sample | {"rows": sample["rows"][:1] * 10_001}).status_code == 413
    for tenant in ("other", "../demo", ".", "", "DEMO", "a\0b", "x" * 500):
        assert post(client, sample | {"tenant": tenant}).status_code == 404, tenant
    assert post(client, sample | {"rows": []}).json()["results"] == []


def test_recipe_and_vocabulary_are_published(api_of: ApiOf, senior: Officer) -> None:
    recipe = parsed(api_of(senior).get("/api/v1/privacy/recipe/").json())
    vocabulary = api_of(senior).get("/api/v1/privacy/vocabulary/?tenant=demo").json()
    assert [each["name"] for each in vocabulary["columns"]] == list(recipe.edges)
    assert not {"age", "statussex", "foreignworker"} & set(recipe.edges)
    assert api_of(senior).get("/api/v1/privacy/vocabulary/?tenant=x").status_code == 404


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Name the tenant"), ("zh-hans", "请在查询参数中指明机构")]
)
def test_a_vocabulary_without_a_tenant_is_asked_for_one(
    language: str, said: str, api_of: ApiOf, senior: Officer
) -> None:
    for query in ("", "?tenant="):
        url = f"/api/v1/privacy/vocabulary/{query}"
        answer = api_of(senior).get(url, headers={"Accept-Language": language})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "invalid")
        assert error["message"].startswith(said)


def test_the_site_holds_no_key(api_of: ApiOf, senior: Officer, sample: dict[str, Any]) -> None:
    """Not after scoring either: in settings, environment, artifacts or memory."""
    before = _keys_in_memory()
    assert post(api_of(senior), sample).status_code == 200
    assert _keys_in_memory() <= before
    said = json.dumps(dict(os.environ)) + "".join(
        repr(getattr(site_settings, name)) for name in dir(site_settings) if name.isupper()
    )
    assert key_files.FORMAT not in said
    for path in ARTIFACTS_DIR.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert key_files.FORMAT.encode() not in content and b'"siv"' not in content, path


def _keys_in_memory() -> int:
    """Count keys, also those that other tests left; by type, because isinstance wakes proxies."""
    gc.collect()
    return sum(type(each) in {TokenKey, KeyRing} for each in gc.get_objects())


def test_a_rotated_vocabulary_is_read_beside_the_old_one(
    api_of: ApiOf, senior: Officer, tmp_path: Path, settings: Any, sample: dict[str, Any]
) -> None:
    """With the vocabulary of a lender whose key we do hold, over the shipped network."""
    settings.OWN_ESTIMATORS_DIR = tmp_path / "own"
    key, row = own_lender(tmp_path)
    call_command("privacy", "allow", "bank-a", account=[senior.username])
    before = post(api_of(senior), {"tenant": "bank-a", "rows": [row]}).json()
    call_command("privacy", "rotate", str(key))
    fresh = tmp_path / "fresh.json"
    vocabulary = api_of(senior).get("/api/v1/privacy/vocabulary/?tenant=bank-a").json()
    (tmp_path / "vocabulary.json").write_text(json.dumps(vocabulary))
    call_command(
        "privacy", "remap", str(tmp_path / "vocabulary.json"), str(fresh), "--key", str(key)
    )
    said = StringIO()
    call_command("privacy", "install-vocabulary", str(fresh), stdout=said)
    assert "Tokens of bank-a, key version 1, 2," in said.getvalue()
    ring = key_files.read_key_file(key)
    again = {name: ring.again(name, token) for name, token in row.items()}
    after = post(api_of(senior), {"tenant": "bank-a", "rows": [row, again]}).json()
    assert after["results"] == before["results"] * 2
    assert after["key_versions"] == [1, 2] and before["key_versions"] == [1]


@pytest.mark.parametrize("number", [0, -1])
def test_a_vocabulary_with_numbers_that_no_network_knows_is_refused(number: int) -> None:
    """A negative number would count from the end of the network's table."""
    columns = [{"name": "purpose", "tokens": {"t1." + "A" * 43: number, "t1." + "B" * 43: 1}}]
    content = {"format": FORMAT, "tenant": "bank-a", "columns": columns}
    with pytest.raises(VocabularyError, match="begin at 1"):
        parsed_vocabulary(content)

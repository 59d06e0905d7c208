"""Evaluation keys and encrypted rows over the API."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from applicants.models import AuditEvent, Officer
from applicants.services import slots
from scoring.models import EvaluationKeys
from scoring.privacy.homomorphic.client.keys import ClientKeys, NewKeys
from scoring.privacy.homomorphic.encoder import Encoder
from scoring.privacy.homomorphic.evaluation_keys import SECRET_MAGIC
from scoring.privacy.homomorphic.limits import MAX_KEY_BYTES, MAX_REQUEST_BYTES
from scoring.privacy.homomorphic.parameters import published
from scoring.services import encrypted_process, encrypted_scores, evaluation_keys, key_uploads
from tests.scoring.privacy.samples import ROW

pytestmark = pytest.mark.django_db
ApiOf = Callable[[Officer], APIClient]
BINARY = "application/octet-stream"
MODEL = "encrypted_logistic"


@pytest.fixture(autouse=True, scope="module")
def one_process() -> Iterator[None]:
    yield
    encrypted_process.stop()


@pytest.fixture(scope="module")
def keys() -> NewKeys:
    return ClientKeys.make(published("linear-4096"))


def upload(api: APIClient, content: bytes):  # type: ignore[no-untyped-def]
    return api.post(reverse("api_evaluation_keys"), content, content_type=BINARY)


def score(api: APIClient, content: bytes, keys: str, estimator: str = MODEL):  # type: ignore[no-untyped-def]
    url = f"{reverse('api_encrypted_scores')}?estimator={estimator}&keys={keys}"
    return api.post(url, content, content_type=BINARY)


def encrypted_row(keys: NewKeys) -> bytes:
    return keys.client.encrypt(encrypted_scores.estimators()[MODEL].encoder.encode(ROW))


def test_a_round_trip_by_the_published_list(api_of: ApiOf, senior: Officer, keys: NewKeys) -> None:
    api = api_of(senior)
    listed = {each["name"]: each for each in api.get(reverse("api_encrypted_estimators")).json()}
    public = listed[MODEL]
    assert "layers" not in public and public["scale_bits"] >= 30
    stored = upload(api, keys.evaluation)
    assert stored.status_code == 201 and stored.json()["parameters"] == public["parameters"]

    row = Encoder.of(public["encoder"]).encode(ROW)
    answer = score(api, keys.client.encrypt(row), stored.json()["id"])
    assert answer.status_code == 200 and answer["Content-Type"] == BINARY
    plain = encrypted_scores.estimators()[MODEL].plain_outputs(row[None, :])[0]
    assert keys.client.decrypt(answer.content) == pytest.approx(plain, abs=1e-5)
    actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert actions[-2:] == ["evaluation_keys.received", "encrypted_row.evaluated"]


def test_a_lost_process_is_replaced_and_gets_its_keys_from_the_store(
    api_of: ApiOf, senior: Officer, keys: NewKeys
) -> None:
    api = api_of(senior)
    stored = upload(api, keys.evaluation).json()["id"]
    encrypted_process.stop()
    assert score(api, encrypted_row(keys), stored).status_code == 200


def test_keys_are_the_officers_own(
    api_of: ApiOf, senior: Officer, analyst: Officer, keys: NewKeys
) -> None:
    stored = upload(api_of(senior), keys.evaluation).json()["id"]
    answer = score(api_of(analyst), encrypted_row(keys), stored)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "keys_not_found")
    assert api_of(analyst).get(reverse("api_evaluation_keys")).json() == []


def test_new_keys_replace_old_ones_and_old_ones_expire(
    api_of: ApiOf, senior: Officer, keys: NewKeys, django_capture_on_commit_callbacks: object
) -> None:
    api = api_of(senior)
    first, second = (upload(api, keys.evaluation).json()["id"] for _ in range(2))
    assert [each["id"] for each in api.get(reverse("api_evaluation_keys")).json()] == [second]
    assert score(api, encrypted_row(keys), first).status_code == 410

    EvaluationKeys.objects.filter(pk=second).update(expires_at=timezone.now() - timedelta(1))
    assert score(api, encrypted_row(keys), second).json()["error"]["code"] == "keys_expired"
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert evaluation_keys.remove_expired() == 1
    removed = EvaluationKeys.objects.get(pk=second)
    assert removed.data_key is None and removed.removed_at
    with pytest.raises(Exception, match="expired"):
        evaluation_keys.content_of(removed)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 411, "length_required"),
        (b"nothing of the kind", 422, "malformed"),
        (SECRET_MAGIC + b"linear-4096\n" + b"\x00" * 50, 422, "secret_key"),
    ],
)
def test_what_are_no_evaluation_keys_is_refused(
    content: bytes, status: int, code: str, api_of: ApiOf, senior: Officer
) -> None:
    answer = upload(api_of(senior), content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not EvaluationKeys.objects.exists()


def test_a_body_announced_too_long_is_not_read(api_of: ApiOf, senior: Officer) -> None:
    api = api_of(senior)
    for name, limit in (
        ("api_evaluation_keys", MAX_KEY_BYTES),
        ("api_encrypted_scores", MAX_REQUEST_BYTES),
    ):
        url = f"{reverse(name)}?estimator={MODEL}&keys=00000000-0000-0000-0000-000000000000"
        answer = api.generic("POST", url, b"x", BINARY, CONTENT_LENGTH=str(limit + 1))
        assert answer.status_code == 413


def test_a_malformed_row_or_an_unknown_estimator_is_refused(
    api_of: ApiOf, senior: Officer, keys: NewKeys
) -> None:
    api = api_of(senior)
    stored = upload(api, keys.evaluation).json()["id"]
    spoilt = encrypted_row(keys)[:-1]
    assert score(api, spoilt, stored).json()["error"]["code"] == "malformed"
    assert score(api, b"x", stored).status_code == 422
    assert score(api, encrypted_row(keys), stored, "encrypted_one_hidden").status_code == 422
    assert score(api, encrypted_row(keys), stored, "scorecard").status_code == 404
    assert score(api, encrypted_row(keys), "no-uuid").status_code == 422


def test_one_file_of_an_account_is_read_at_a_time_and_few_of_all(
    api_of: ApiOf, senior: Officer, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_keys, "take_in", None)  # it would be called with the body
    own = slots.take(f"key-upload/{senior.pk}", 1, kept_s=30)
    held = [slots.take("key-upload", 2, kept_s=30) for _ in range(2)]
    try:
        for officer in (senior, analyst):
            answer = upload(api_of(officer), b"keys")
            assert (answer.status_code, answer["Retry-After"]) == (429, "30")
            assert answer.json()["error"]["code"] == "too_many_keys_at_once"
    finally:
        for slot in (own, *held):
            assert slot is not None and slot.is_held_on()
            slot.release()
    assert slots.take(f"key-upload/{analyst.pk}", 1, kept_s=1), "the refused one left its slot"
    assert not AuditEvent.objects.filter(action="evaluation_keys.refused").exists()


def test_uploads_of_an_hour_are_counted_with_those_that_failed(
    api_of: ApiOf, senior: Officer, analyst: Officer, keys: NewKeys, settings: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.KEY_UPLOADS_PER_HOUR = 3  # type: ignore[attr-defined]
    api = api_of(senior)
    sent = (b"nothing of the kind", SECRET_MAGIC + b"linear-4096\n", keys.evaluation)
    assert [upload(api, each).status_code for each in sent] == [422, 422, 201]
    refused = AuditEvent.objects.filter(action="evaluation_keys.refused", actor=senior)
    assert {event.detail["code"] for event in refused} == {"malformed", "secret_key"}
    answer = upload(api, keys.evaluation)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_keys")
    assert upload(api_of(analyst), b"nothing of the kind").status_code == 422
    later = timezone.now() + timedelta(minutes=61)
    monkeypatch.setattr(key_uploads, "timezone", SimpleNamespace(now=lambda: later))
    assert upload(api, b"nothing of the kind").status_code == 422


def test_a_full_storage_takes_no_keys_and_counts_no_attempt(
    api_of: ApiOf, senior: Officer, settings: object
) -> None:
    settings.DISK_REFUSE_BELOW_SHARE = 1.1  # type: ignore[attr-defined]
    answer = upload(api_of(senior), b"keys")
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")
    assert not AuditEvent.objects.filter(action="evaluation_keys.refused").exists()

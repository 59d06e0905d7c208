"""The page of encrypted scoring."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import AuditEvent, Officer
from scoring.encrypted_samples import SAMPLES
from scoring.privacy.homomorphic.frames import PipeClosedError
from scoring.services import encrypted_process, encrypted_round_trip
from scoring.services.encrypted_scores import estimators

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]
CHOICE = {"estimator": "encrypted_scorecard", "applicant": "steady"}


@pytest.fixture(autouse=True, scope="module")
def one_process() -> Iterator[None]:
    yield
    encrypted_process.stop()


def test_every_sample_can_be_encoded_by_every_estimator() -> None:
    for sample in SAMPLES.values():
        assert len(sample.worded()) == 17
        for estimator in estimators().values():
            estimator.encoder.encode(sample.row)


def test_the_page_lists_every_estimator_with_its_error_test(
    client_of: ClientOf, auditor: Officer
) -> None:
    page = client_of(auditor).get(reverse("scoring:encrypted_scoring")).content.decode()
    for estimator in estimators().values():
        assert estimator.title in page
    assert "Score encrypted" in page
    assert "&lt; 0.00001<" in page and "e-0" not in page, "errors are written as decimals"


def test_a_round_trip_shows_what_the_server_saw(client_of: ClientOf, analyst: Officer) -> None:
    url = reverse("scoring:encrypted_round")
    page = client_of(analyst).post(url, CHOICE, headers={"HX-Request": "true"})
    text = page.content.decode()
    assert page.status_code == 200 and "What the server saw" in text and "points" in text
    assert "&lt; 0.0" in text
    assert AuditEvent.objects.filter(action="encrypted_round_trip.shown").count() == 1


def test_what_is_in_no_list_is_refused(client_of: ClientOf, analyst: Officer) -> None:
    url = reverse("scoring:encrypted_round")
    answer = client_of(analyst).post(url, {"estimator": "x", "applicant": "\x00"})
    assert answer.status_code == 422 and "Choose an estimator" in answer.content.decode()


def test_clients_wait_for_each_other_and_are_refused_where_that_takes_too_long(
    client_of: ClientOf, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypted_process, "WAIT_S", 0.01)
    url = reverse("scoring:encrypted_round")
    with encrypted_round_trip._turn():
        answer = client_of(analyst).post(url, CHOICE)
    assert answer.status_code == 503 and "is busy" in answer.content.decode()
    with encrypted_round_trip._turn():
        pass


def test_a_client_that_ends_is_said_in_a_sentence(
    client_of: ClientOf, analyst: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise PipeClosedError("ended")

    monkeypatch.setattr(encrypted_round_trip, "_passed_on", ended)
    answer = client_of(analyst).post(reverse("scoring:encrypted_round"), CHOICE)
    assert answer.status_code == 503 and "ended before it had an answer" in answer.content.decode()

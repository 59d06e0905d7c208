"""A broker that is down costs nobody their answer."""

from typing import NoReturn

import pytest
from kombu.exceptions import OperationalError
from rest_framework.test import APIClient

from applicants.models import Application, Officer
from scoring import tasks

URL = "/api/v1/applications/{}/financials/"


def _down(*arguments: object) -> NoReturn:
    raise OperationalError("the broker does not answer")


@pytest.mark.django_db(transaction=True)
def test_a_score_is_answered_although_the_broker_is_down(
    officer: Officer, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.run_challengers, "delay", _down)
    client = APIClient()
    client.force_authenticate(officer)
    answer = client.post(URL.format(application.pk), {"overdue_payments": 1}, format="json")
    assert answer.status_code == 201
    assert application.score_revisions.count() == 1

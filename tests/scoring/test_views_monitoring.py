"""The pages of monitoring: empty, with a report, and an alarm answered on them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Branch, Officer
from scoring.models import MonitoringAlarm, MonitoringSettings
from scoring.services import monitoring
from tests.scoring.services.test_monitoring import REASON, SPRING, SUMMER, score_some

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


@pytest.fixture
def alarm(branch: Branch, officer: Officer) -> MonitoringAlarm:
    MonitoringSettings.objects.create(version=2, min_rows=4, reason="Small months.")
    score_some(branch, officer, SPRING, 4)
    score_some(branch, officer, SUMMER, 4, overdue_payments=4, card_utilisation_percent=98)
    monitoring.stability_report(SPRING)
    return monitoring.stability_report(SUMMER).alarms.get(subject="overdue_payments")


def test_without_a_report_the_page_says_when_there_will_be_one(
    client_of: ClientOf, auditor: Officer
) -> None:
    page = client_of(auditor).get(reverse("scoring:monitoring"))
    assert "No report yet" in page.content.decode()


def test_the_page_shows_the_newest_month_and_the_asked_one(
    client_of: ClientOf, auditor: Officer, alarm: MonitoringAlarm
) -> None:
    client = client_of(auditor)
    page = client.get(reverse("scoring:monitoring"))
    assert page.context["report"].month == SUMMER
    text = page.content.decode()
    assert "Overdue payments" in text
    assert "No outcome is known yet" in text
    asked = client.get(reverse("scoring:monitoring"), {"month": "2026-04"})
    assert asked.context["report"].month == SPRING
    # Each figure has its table.
    assert text.count("data-chart=") <= text.count("<caption>")


def test_an_analyst_answers_an_alarm_and_the_reason_stands(
    client_of: ClientOf, analyst: Officer, alarm: MonitoringAlarm
) -> None:
    client, url = client_of(analyst), reverse("scoring:alarm", args=[alarm.pk])
    short = client.post(url, {"reason": "Seen."})
    assert short.status_code == 400
    assert "Seen." in short.content.decode()
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": REASON}).status_code == 302
    assert REASON in client.get(url).content.decode()


def test_an_auditor_reads_an_alarm_and_does_not_answer_it(
    client_of: ClientOf, auditor: Officer, alarm: MonitoringAlarm
) -> None:
    client, url = client_of(auditor), reverse("scoring:alarm", args=[alarm.pk])
    assert "<textarea" not in client.get(url).content.decode()
    assert client.post(url, {"reason": REASON}).status_code == 403
    alarm.refresh_from_db()
    assert alarm.is_open


def test_thresholds_are_changed_by_a_new_version(client_of: ClientOf, analyst: Officer) -> None:
    client, url = client_of(analyst), reverse("scoring:thresholds")
    assert client.get(url).status_code == 200
    values = {
        "psi_warn": 0.15, "psi_alarm": 0.3, "calibration_alarm": 0.4, "impact_warn": 0.9,
        "impact_alarm": 0.8, "min_rows": 50, "min_cell_rows": 30, "reference_month": "",
        "reason": "The seasons of this market are strong.",
    }  # fmt: skip
    crossed = client.post(url, values | {"psi_alarm": 0.1})
    assert crossed.status_code == 422
    assert "beyond the warning" in crossed.content.decode()
    assert client.post(url, values).status_code == 302
    assert MonitoringSettings.objects.first().psi_alarm == 0.3

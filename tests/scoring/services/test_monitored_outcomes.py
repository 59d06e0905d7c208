"""Expected against observed defaults, once it is known what became of loans."""

from datetime import date

import pytest

from applicants.models import Branch, Officer
from scoring import portfolio
from scoring.models import ApplicationDecision, LoanOutcome, MonitoringAlarm
from scoring.services import fairness, monitoring
from tests.scoring.services.test_fairness import declare
from tests.scoring.services.test_monitoring import SUMMER, score_some

pytestmark = pytest.mark.django_db


@pytest.fixture
def outcomes(branch: Branch, officer: Officer) -> None:
    """40 granted loans of which 20 went bad, and one that is neither good nor bad yet."""
    for place, application in enumerate(score_some(branch, officer, SUMMER, 41)):
        revision = application.score_revisions.get()
        ApplicationDecision.objects.create(
            application=application, revision=revision, officer=officer, outcome="approved",
            reason="The income carries it.",
        )  # fmt: skip
        LoanOutcome.objects.create(
            application=application, observed_on=date(2026, 7, 20), recorded_by=officer,
            is_bad=None if place == 40 else place % 2 == 0, source="page",
        )  # fmt: skip
        declare(application.applicant, officer, "female")


@pytest.mark.usefixtures("outcomes")
def test_more_defaults_than_expected_raise_an_alarm_of_calibration() -> None:
    report = monitoring.stability_report(SUMMER)
    found = report.content["calibration"]
    assert (found["rows"], found["bad"], found["level"]) == (40, 20, "alarm")
    assert found["interval"][0] > 0.4
    # 41 applications are too few for alarms of stability, not for one of calibration.
    alarm = MonitoringAlarm.objects.get()
    assert (alarm.figure, alarm.threshold) == ("calibration", 0.4)


@pytest.mark.usefixtures("outcomes")
def test_outcomes_of_a_later_month_or_of_long_ago_do_not_count() -> None:
    assert portfolio.known_outcomes(date(2026, 6, 1)) == []
    assert len(portfolio.known_outcomes(date(2027, 6, 1))) == 40
    assert portfolio.known_outcomes(date(2027, 7, 1)) == []


@pytest.mark.usefixtures("outcomes")
def test_the_fairness_report_joins_the_outcomes() -> None:
    report = fairness.fairness_report(SUMMER)
    assert report is not None
    financial, *_rest, decision = report.content["attributes"]["sex"]
    group = financial["groups"][0]
    assert (group["good_rows"], group["bad_rows"]) == (20, 20)
    assert group["calibration_shift"]["value"] > 0.4
    assert decision["groups"][0]["favourable_rate"] == 1.0

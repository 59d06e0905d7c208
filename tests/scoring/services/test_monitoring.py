"""Reports of stability and their alarms, from scored applications to a person's answer."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, AuditEvent, Branch, FinancialProfile, Officer
from scoring import portfolio, tasks
from scoring.engine.factor_columns import FACTORS, factor_columns
from scoring.models import (
    CurrentScore,
    MonitoringAlarm,
    MonitoringReport,
    MonitoringSettings,
    ScoreRevision,
)
from scoring.services import alarms, monitoring
from scoring.services.rescore import factors_of, rescore
from tests.factories import (
    ApplicantFactory,
    ApplicationFactory,
    FinancialProfileFactory,
    OfficerFactory,
)

pytestmark = pytest.mark.django_db

SPRING, SUMMER = date(2026, 4, 1), date(2026, 7, 1)
REASON = "Looked at: a campaign brought younger applicants."


def score_some(
    branch: Branch,
    officer: Officer,
    month: date,
    count: int,
    kind: str = "person",
    **finances: object,
) -> list[Application]:
    """Score applications with the same finances: one by the service, the rest as copies."""
    made, first = [], None
    for day in range(count):
        firm = {"name": "Bakery", "date_of_birth": None} if kind == "business" else {}
        applicant = ApplicantFactory(kind=kind, branch=branch, created_by=officer, **firm)
        application = ApplicationFactory(
            applicant=applicant, branch=branch, created_by=officer, profile=None
        )
        profile = FinancialProfileFactory(application=application, **finances)
        at = datetime(month.year, month.month, 1 + day % 28, 12, tzinfo=UTC)
        if first is None:
            cause = ScoreRevision.Cause.APPLICATION_CREATED
            first = rescore(application, cause, at=at, simulated=True)
        else:
            _copy(first, application, profile, at)
        made.append(application)
    return made


def _copy(
    revision: ScoreRevision, application: Application, profile: FinancialProfile, at: datetime
) -> None:
    copy = ScoreRevision.objects.get(pk=revision.pk)
    copy.pk, copy.application, copy.profile, copy.created_at = None, application, profile, at
    copy.save(force_insert=True)
    CurrentScore.objects.create(
        application=application, revision=copy, final_score=copy.final_score,
        credit_class=copy.credit_class,
    )  # fmt: skip


@pytest.fixture
def limits(db: None) -> MonitoringSettings:
    return MonitoringSettings.objects.create(version=7, min_rows=5, reason="Small months.")


@pytest.fixture
def shifted(branch: Branch, officer: Officer, limits: MonitoringSettings) -> None:
    """A calm spring, and a summer of people with full cards and late payments."""
    score_some(branch, officer, SPRING, 4, card_utilisation_percent=25)
    score_some(branch, officer, SPRING, 4, card_utilisation_percent=60)
    score_some(branch, officer, SUMMER, 6, card_utilisation_percent=98, overdue_payments=4,
               open_accounts=None)  # fmt: skip


def test_an_application_counts_once_a_month_with_its_last_score(
    branch: Branch, officer: Officer
) -> None:
    application = score_some(branch, officer, SPRING, 1)[0]
    FinancialProfileFactory(application=application, version=2, overdue_payments=3)
    late = datetime(2026, 4, 28, tzinfo=UTC)
    newest = rescore(application, ScoreRevision.Cause.PROFILE_CHANGED, at=late)
    counted = portfolio.count_month(SPRING)
    assert counted.rows == 1
    assert counted.final == ((newest.final_score, 1),)
    assert portfolio.months_scored() == [(SPRING, 1)]
    assert portfolio.count_month(SUMMER).rows == 0


@pytest.mark.usefixtures("shifted")
def test_what_was_not_given_is_counted() -> None:
    counted = portfolio.count_month(SUMMER)
    assert counted.missing == {"open_accounts": 6}
    assert counted.simulated_rows == 6


@pytest.mark.usefixtures("shifted")
def test_a_shift_is_reported_against_the_reference_month() -> None:
    content = monitoring.stability_report(SUMMER).content
    assert content["reference"] == {"month": "2026-04-01", "rows": 8}
    assert content["financial"]["level"] == "alarm"
    assert content["financial"]["psi"] > 1
    assert content["classes"].keys() <= {"good", "standard", "poor"}
    found = {row["name"]: row for row in content["characteristics"]}
    assert found["overdue_payments"]["compared_with"] == "scorecard"
    assert found["overdue_payments"]["points"] < -50
    assert found["credit_history_years"]["compared_with"] == "month"
    assert found["credit_history_years"]["index"] == pytest.approx(0, abs=1e-4)
    assert found["open_accounts"]["missing_share"] == 1.0


@pytest.mark.usefixtures("shifted")
def test_a_chosen_reference_month_is_used_for_every_characteristic() -> None:
    MonitoringSettings.objects.create(
        version=8, min_rows=5, reference_month=SUMMER, reason="Compare with the summer."
    )
    content = monitoring.stability_report(SUMMER).content
    assert {row["compared_with"] for row in content["characteristics"]} == {"month"}
    assert content["financial"]["psi"] == pytest.approx(0, abs=1e-6)


@pytest.mark.usefixtures("shifted")
def test_the_first_month_has_no_reference_and_no_alarm_of_the_score() -> None:
    report = monitoring.stability_report(SPRING)
    assert report.content["reference"] is None
    assert report.content["financial"]["psi"] is None
    assert not report.alarms.filter(figure="score_stability").exists()


@pytest.mark.usefixtures("shifted")
def test_a_report_made_twice_adds_nothing() -> None:
    first = monitoring.stability_report(SUMMER)
    raised = MonitoringAlarm.objects.count()
    assert monitoring.stability_report(SUMMER) == first
    assert MonitoringReport.objects.count() == 1
    assert MonitoringAlarm.objects.count() == raised > 0
    assert AuditEvent.objects.filter(action="monitoring.reported").count() == 1


def test_a_month_with_few_rows_raises_no_alarm(
    branch: Branch, officer: Officer, limits: MonitoringSettings
) -> None:
    score_some(branch, officer, SPRING, 5)
    score_some(branch, officer, SUMMER, 4, overdue_payments=5)
    report = monitoring.stability_report(SUMMER)
    assert report.content["financial"]["level"] == "alarm"
    assert not MonitoringAlarm.objects.exists()


@pytest.mark.usefixtures("shifted")
def test_an_alarm_is_answered_once_with_a_reason(analyst: Officer, senior: Officer) -> None:
    alarm = monitoring.stability_report(SUMMER).alarms.first()
    with pytest.raises(ProblemError, match="at least 10"):
        alarms.acknowledge(alarm, officer=analyst, reason="Seen.")
    answered = alarms.acknowledge(alarm, officer=analyst, reason=REASON)
    assert (answered.answered_by, answered.reason) == (analyst, REASON)
    with pytest.raises(ProblemError, match="answered already"):
        alarms.acknowledge(alarm, officer=senior, reason=REASON)
    event = AuditEvent.objects.get(action="monitoring.alarm_answered")
    assert (event.actor, event.object_id) == (analyst, str(alarm.pk))


@pytest.mark.usefixtures("shifted")
def test_who_may_not_answer_changes_nothing(officer: Officer, auditor: Officer) -> None:
    alarm = monitoring.stability_report(SUMMER).alarms.first()
    for person in (officer, auditor):
        with pytest.raises(RefusedError):
            alarms.acknowledge(alarm, officer=person, reason=REASON)
    alarm.refresh_from_db()
    assert alarm.is_open


def test_thresholds_are_versions(analyst: Officer, officer: Officer) -> None:
    assert alarms.thresholds().version == 1
    assert alarms.thresholds().version == 1
    proposed = MonitoringSettings(psi_warn=0.15, psi_alarm=0.3, reason="Seasons are strong here.")
    with pytest.raises(RefusedError):
        alarms.set_thresholds(proposed, officer=officer)
    alarms.set_thresholds(proposed, officer=analyst)
    assert (alarms.thresholds().version, alarms.thresholds().psi_alarm) == (2, 0.3)
    with pytest.raises(ValidationError):
        alarms.set_thresholds(MonitoringSettings(psi_warn=-1, reason=REASON), officer=analyst)


@pytest.mark.usefixtures("shifted")
def test_reports_and_thresholds_cannot_be_changed() -> None:
    report = monitoring.stability_report(SUMMER)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        MonitoringReport.objects.filter(pk=report.pk).update(content={})
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        MonitoringSettings.objects.update(psi_alarm=9)


@pytest.mark.usefixtures("shifted")
def test_the_nightly_task_reports_the_months_it_is_asked_for() -> None:
    tasks.monitor("2026-07-15")
    assert [each.month for each in MonitoringReport.objects.all()] == [SUMMER]
    tasks.monitor()
    assert MonitoringReport.objects.count() == 3


def test_a_sample_is_bounded_and_drawn_the_same_way(branch: Branch, officer: Officer) -> None:
    score_some(branch, officer, SPRING, 6)
    for place, each in enumerate(Application.objects.order_by("pk")):
        Application.objects.filter(pk=each.pk).update(amount=1000 + place)
    drawn = portfolio.sampled_factors(SPRING, 3)["amount"].tolist()
    assert len(set(drawn)) == 3
    assert drawn == portfolio.sampled_factors(SPRING, 3)["amount"].tolist()


def test_a_sample_asks_for_no_name(
    branch: Branch, officer: Officer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    score_some(branch, officer, SPRING, 3)
    with django_assert_num_queries(1) as asked:
        portfolio.sampled_factors(SPRING)
    assert not any("name" in query["sql"] for query in asked.captured_queries)


def test_a_sample_is_what_was_scored(branch: Branch, officer: Officer) -> None:
    score_some(branch, officer, SPRING, 3)
    rows = ScoreRevision.objects.order_by("pk")
    expected = factor_columns(factors_of(row.application, row.profile) for row in rows)
    found = portfolio.sampled_factors(SPRING)
    assert {name: found[name].tolist() for name in FACTORS} == {
        name: expected[name].tolist() for name in FACTORS
    }


def test_december_is_followed_by_january() -> None:
    assert portfolio.next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert portfolio.next_month(date(2026, 1, 1)) == date(2026, 2, 1)


def test_an_unknown_officer_role_answers_nothing(other_branch: Branch) -> None:
    data = OfficerFactory(role=Officer.Role.DATA_OFFICER, branch=None)
    with pytest.raises(RefusedError):
        alarms.set_thresholds(MonitoringSettings(reason=REASON), officer=data)


@pytest.mark.usefixtures("shifted")
def test_firms_have_a_report_alarms_and_a_tab_of_their_own(
    branch: Branch, officer: Officer, client_of: Callable[[Officer], Client], analyst: Officer
) -> None:
    for month, employees in ((SPRING, 30), (SUMMER, 1)):
        score_some(branch, officer, month, 6, kind="business", employees=employees)
    assert portfolio.count_month(SUMMER).rows == 6
    assert portfolio.count_month(SUMMER, of_businesses=True).estimators == {"business_scorecard": 6}
    tasks.monitor("2026-07-01")
    report = MonitoringReport.objects.get(kind="businesses")
    found = {row["name"]: row for row in report.content["characteristics"]}
    assert found["employees"]["compared_with"] == "scorecard"
    assert found["employees"]["level"] == "alarm"
    subjects = set(report.alarms.values_list("subject", flat=True))
    assert {"businesses/financial", "businesses/employees"} <= subjects
    page = client_of(analyst).get(reverse("scoring:monitoring"), {"of": "businesses"})
    assert "Employees, businesses" in page.content.decode()

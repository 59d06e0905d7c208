"""Declared groups: kept apart, never read back, counted by the report alone."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from applicants.errors import RefusedError
from applicants.models import Applicant, AuditEvent, Branch, Officer
from scoring.models import DeclaredGroup, MonitoringAlarm, MonitoringReport
from scoring.services import alarms, declared_groups, fairness
from tests.scoring.services.test_monitoring import SUMMER, score_some

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def declare(applicant: Applicant, officer: Officer, sex: str) -> None:
    declared_groups.declare(applicant, {"sex": sex}, officer=officer)


@pytest.fixture
def two_groups(branch: Branch, officer: Officer) -> None:
    """32 women of whom a quarter is below the cut-off, 32 men above it, and 2 of another sex."""
    calm = score_some(branch, officer, SUMMER, 58)
    weak = score_some(branch, officer, SUMMER, 8, overdue_payments=6, card_utilisation_percent=100)
    for place, application in enumerate(calm + weak):
        sex = "male" if place < 32 else "another" if place < 34 else "female"
        declare(application.applicant, officer, sex)


@pytest.mark.usefixtures("two_groups")
def test_the_report_compares_the_parts_apart() -> None:
    report = fairness.fairness_report(SUMMER)
    assert report is not None
    parts = {part["name"]: part for part in report.content["attributes"]["sex"]}
    assert set(parts) == {"financial", "adjustment", "final"}
    found = {each["group"]: each for each in parts["final"]["groups"]}
    assert found["female"]["adverse_impact_ratio"]["value"] == pytest.approx(0.75)
    assert found["female"]["level"] == "alarm"
    assert found["male"]["is_reference"]
    # Nobody's adjustment lowered anything, so neither group has less.
    ratios = [each["adverse_impact_ratio"] for each in parts["adjustment"]["groups"]]
    assert [each["value"] for each in ratios if each] == [1.0]
    alarm = MonitoringAlarm.objects.get(subject="final:sex:female")
    assert (alarm.level, alarm.threshold) == ("alarm", 0.8)


@pytest.mark.usefixtures("two_groups")
def test_how_small_a_small_group_is_stays_untold() -> None:
    report = fairness.fairness_report(SUMMER)
    assert report is not None
    part = report.content["attributes"]["sex"][0]
    small = next(each for each in part["groups"] if each["group"] == "another")
    assert small["is_too_few"]
    assert (small["rows"], small["mean"], part["rows"]) == (None, None, None)


def test_nobody_declared_nothing_to_report() -> None:
    assert fairness.fairness_report() is None
    assert not MonitoringReport.objects.exists()


def test_an_answer_is_encrypted_and_only_its_existence_audited(
    branch: Branch, officer: Officer
) -> None:
    applicant = score_some(branch, officer, SUMMER, 1)[0].applicant
    declare(applicant, officer, "female")
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM scoring_declaredgroup")
        assert "female" not in cursor.fetchone()[0]
    event = AuditEvent.objects.get(action="declared_group.recorded")
    assert event.detail == {"fields": ["sex"]}


def test_a_later_answer_replaces_and_taking_back_deletes(branch: Branch, officer: Officer) -> None:
    applicant = score_some(branch, officer, SUMMER, 1)[0].applicant
    declare(applicant, officer, "female")
    declare(applicant, officer, "male")
    assert DeclaredGroup.objects.get().value == "male"
    assert declared_groups.take_back(applicant, ["sex"], officer=officer) == ["sex"]
    assert not DeclaredGroup.objects.exists()
    assert declared_groups.take_back(applicant, ["sex"], officer=officer) == []


def test_what_is_no_answer_is_refused_by_name(
    branch: Branch, officer: Officer, auditor: Officer
) -> None:
    applicant = score_some(branch, officer, SUMMER, 1)[0].applicant
    with pytest.raises(ValidationError) as refused:
        declared_groups.declare(applicant, {"sex": "rich", "religion": "none"}, officer=officer)
    assert set(refused.value.message_dict) == {"sex", "religion"}
    with pytest.raises(RefusedError):
        declared_groups.declare(applicant, {"sex": "male"}, officer=auditor)
    assert not DeclaredGroup.objects.exists()


@pytest.mark.usefixtures("two_groups")
def test_the_command_prints_what_the_report_holds() -> None:
    out = StringIO()
    call_command("fairness_report", "--json", "--store", stdout=out)
    printed = json.loads(out.getvalue())
    assert printed == MonitoringReport.objects.get(kind="fairness").content
    text = StringIO()
    call_command("fairness_report", stdout=text)
    assert "sex female, final: 75.0 % of 32, impact ratio 0.75" in text.getvalue()
    assert "sex another, final: too few" in text.getvalue()


def test_only_the_fairness_report_reads_the_answers() -> None:
    allowed = {
        "scoring/models/declared_group.py", "scoring/models/__init__.py",
        "scoring/services/fairness.py", "scoring/services/declared_groups.py",
        # Names of attributes and answers for forms and pages, no rows:
        "scoring/forms.py", "scoring/monitoring_words.py", "scoring/views/fairness.py",
        "scoring/views/back_test.py",
        # A person's own copy, and the erasure:
        "creditweb/subjects/data_map.py", "scoring/services/erasure.py",
    }  # fmt: skip
    reading = {
        str(path.relative_to(ROOT))
        for app in ("applicants", "scoring", "media_processing", "creditweb")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        and re.search(r"DeclaredGroup\b|declared_groups__", path.read_text(encoding="utf-8"))
    }
    assert reading == allowed
    for name in ("forms.py", "monitoring_words.py", "views/fairness.py", "views/back_test.py"):
        assert "DeclaredGroup.objects" not in (ROOT / "scoring" / name).read_text(encoding="utf-8")


def test_thresholds_keep_thirty_as_the_smallest_cell(analyst: Officer) -> None:
    proposed = alarms.thresholds()
    proposed.min_cell_rows, proposed.reason = 5, "Our branch is small, so smaller groups."
    with pytest.raises(ValidationError, match="30"):
        alarms.set_thresholds(proposed, officer=analyst)

"""The shares in which networks see expressions: compared by network version, with an alarm."""

import uuid
from datetime import UTC, date, datetime

import pytest

from applicants.models import Application
from scoring.engine.types import EMOTIONS
from scoring.models import Evidence, MonitoringAlarm, MonitoringSettings
from scoring.monitoring_words import subject_of
from scoring.services import monitoring
from scoring.services.expression_shift import shifts
from tests.scoring.engine import builders

pytestmark = pytest.mark.django_db
SPRING, SUMMER = date(2026, 4, 1), date(2026, 7, 1)


def see(application: Application, month: date, label: str, count: int = 30, sha: str = "a") -> None:
    summary = builders.summary(builders.only(label)).as_dict()
    network = {"name": "face_emotion", "version": f"1{sha}", "sha256": sha * 64}
    Evidence.objects.bulk_create(
        Evidence(
            application=application, session_id=uuid.uuid4(), recording_id=uuid.uuid4(),
            modality="face", sequence=1, summary=summary, models_used=[network],
            observed_at=datetime(month.year, month.month, 3, tzinfo=UTC),
        )
        for _ in range(count)
    )  # fmt: skip


@pytest.fixture
def limits(db: None) -> MonitoringSettings:
    return MonitoringSettings.objects.create(version=7, min_rows=1, reason="Small months.")


def test_a_shift_of_one_network_raises_an_alarm(
    scored: Application, limits: MonitoringSettings
) -> None:
    see(scored, SPRING, "neutral")
    see(scored, SUMMER, "sad")
    report = monitoring.stability_report(SUMMER)
    (row,) = report.content["expressions"]
    assert (row["recordings"], row["reference"], row["level"]) == (30, "2026-04-01", "alarm")
    by_label = {each["label"]: each for each in row["shares"]}
    assert list(by_label) == list(EMOTIONS)
    assert by_label["sad"]["actual"] > by_label["sad"]["expected"]
    alarm = MonitoringAlarm.objects.get(figure="expression_shares")
    assert subject_of(alarm) == "Face, network version 1a"


def test_another_network_is_not_compared_and_few_recordings_say_nothing(
    scored: Application, limits: MonitoringSettings
) -> None:
    see(scored, SPRING, "neutral")
    see(scored, SUMMER, "sad", sha="b")
    (other,) = shifts(SUMMER, limits)
    assert (other["reference"], other["level"]) == (None, "calm")
    see(scored, SUMMER, "sad", count=9)
    few = next(row for row in shifts(SUMMER, limits) if row["version"] == "1a")
    assert (few["recordings"], few["reference"]) == (9, None)

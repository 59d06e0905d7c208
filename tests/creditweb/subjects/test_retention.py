"""What is past its time is deleted by night, and the dry run says what would be."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from applicants.models import Applicant, Application, Officer
from applicants.services.subject_requests import receive
from creditweb.subjects import exports, retention, rights
from media_processing.models import CaptureSession, Observation, ProcessingJob, Recording
from scoring.models import ScoreRevision

pytestmark = pytest.mark.django_db


def _age(days: float) -> None:
    """Make every recording so old, and its processing done."""
    Recording.objects.update(created_at=timezone.now() - timedelta(days=days))
    ProcessingJob.objects.update(state=ProcessingJob.State.DONE)


def _due() -> dict[str, int]:
    return {each.name: each.due for each in retention.report() if each.due}


def test_recordings_go_after_thirty_days_and_what_was_observed_stays(person: Applicant) -> None:
    _age(29)
    assert _due() == {}
    _age(31)
    assert _due() == {"recordings": 1}
    assert retention.apply()["recordings"] == 1
    assert CaptureSession.objects.get().data_key is None
    assert Recording.objects.get().source_key == ""
    assert Observation.objects.count() == 3
    assert _due() == {}
    assert retention.apply()["recordings"] == 0


def test_observations_go_after_half_a_year_and_the_score_stays(person: Applicant) -> None:
    scores = list(ScoreRevision.objects.values_list("final_score", flat=True))
    _age(181)
    retention.apply()
    assert Observation.objects.count() == 0
    assert list(ScoreRevision.objects.values_list("final_score", flat=True)) == scores


def test_a_recording_that_is_still_processed_or_restricted_stays(
    person: Applicant, data_officer: Officer
) -> None:
    _age(400)
    ProcessingJob.objects.update(state=ProcessingJob.State.RUNNING)
    assert "recordings" not in _due()
    _age(400)
    rights.restrict(receive(person, "restrict", officer=data_officer), officer=data_officer)
    assert _due() == {}


def test_people_whose_last_application_ended_long_ago_are_erased(few: list[Applicant]) -> None:
    long_ago = timezone.now() - timedelta(days=800)
    Application.objects.update(created_at=long_ago)
    Application.objects.filter(state="declined").update(decided_at=long_ago)
    assert _due()["decisions"] == 1, "open applications stay"
    assert retention.apply()["decisions"] == 1
    assert Applicant.objects.filter(erased_at__isnull=False).count() == 1
    assert Application.objects.count() == 2


def test_simulated_people_have_no_time(few: list[Applicant]) -> None:
    Applicant.objects.update(simulated=True)
    _age(4000)
    Application.objects.update(created_at=timezone.now() - timedelta(days=4000))
    assert _due() == {}


def test_the_dry_run_tells_and_deletes_nothing(person: Applicant, data_officer: Officer) -> None:
    _age(31)
    request = receive(person, "export", officer=data_officer)
    export = exports.make(exports.start(request, officer=data_officer).pk)
    type(export).objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    out = io.StringIO()
    call_command("retention", dry_run=True, stdout=out)
    table = {line.split()[0]: line.split() for line in out.getvalue().splitlines()}
    assert table["recordings"][1:4] == ["30", "1", "1"]
    assert table["exports"][1:4] == ["7", "1", "1"]
    assert CaptureSession.objects.get().data_key is not None
    out = io.StringIO()
    call_command("retention", stdout=out)
    assert "recordings: 1 deleted" in out.getvalue()
    assert "exports: 1 deleted" in out.getvalue()

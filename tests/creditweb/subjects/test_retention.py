"""What is past its time is deleted by night, and the dry run says what would be."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.models import Applicant, Application, AuditEvent, Officer
from applicants.services.subject_requests import receive
from creditweb.subjects import exports, retention, rights
from media_processing.models import (
    CaptureSession,
    LiveCapture,
    LiveProgress,
    Observation,
    ProcessingJob,
    Recording,
)
from media_processing.services.live import capture
from media_processing.services.sessions import open_session
from scoring.models import CreditTable, EvaluationKeys, LoanOutcome, ScoreRevision, TrainingRun
from scoring.services import credit_tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_of: Callable[[Officer], Client], data_officer: Officer) -> Client:
    return client_of(data_officer)


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


@pytest.mark.parametrize("traces", [{"subject": {"face": [{"take": 1}]}}, {"faces": [{}]}, {}])
def test_what_was_confirmed_of_a_live_recording_goes_with_what_was_observed(
    person: Applicant, officer: Officer, traces: dict[str, object]
) -> None:
    session = open_session(person.applications.get(), officer=officer)
    live = capture.open_capture(officer, session, kind="interview")
    capture.discard(live, officer=officer)
    _age(181)
    retention.apply()  # what is kept of the other recording
    assert "observations" not in _due()
    if "subject" in traces:
        LiveCapture.objects.update(**traces)
    else:
        LiveProgress.objects.update(**traces)
    assert _due().get("observations", 0) == bool(traces)
    assert retention.apply()["observations"] == bool(traces)
    live.refresh_from_db()
    assert (live.subject, LiveProgress.objects.get(live=live).faces) == ({}, [])
    assert "observations" not in _due()


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


def _approve(person: Applicant, *, months_ago: int, term_months: int) -> None:
    """Let the one application of a person be a loan from the start of a month so long ago."""
    today = timezone.now()
    month = today.year * 12 + today.month - 1 - months_ago
    begun = datetime(month // 12, month % 12 + 1, 1, 12, tzinfo=UTC)
    Application.objects.filter(applicant=person).update(
        state="approved", created_at=begun, decided_at=begun, term_months=term_months
    )


def _outcome(person: Applicant, officer: Officer, days_ago: int) -> None:
    LoanOutcome.objects.create(
        application=person.applications.get(), is_bad=True, source="page", recorded_by=officer,
        observed_on=timezone.localdate() - timedelta(days=days_ago),
    )  # fmt: skip


def test_the_time_of_a_loan_counts_from_the_end_of_its_term(person: Applicant) -> None:
    _approve(person, months_ago=60, term_months=36)
    assert _due() == {}, "its term ended 24 months ago, which is less than 760 days"
    _approve(person, months_ago=60, term_months=32)
    assert _due() == {"decisions": 1}
    assert retention.apply()["decisions"] == 1
    person.refresh_from_db()
    assert person.erased_at is not None and not person.applications.exists()


def test_an_outcome_after_the_term_keeps_a_loan_longer(person: Applicant, officer: Officer) -> None:
    _approve(person, months_ago=120, term_months=12)
    _outcome(person, officer, days_ago=800)
    assert _due() == {"decisions": 1}
    _outcome(person, officer, days_ago=700)
    assert _due() == {}, "it was still seen less than 760 days ago"


def test_approved_loans_can_be_kept_always(person: Applicant, settings: object) -> None:
    _approve(person, months_ago=400, term_months=12)
    settings.KEEP_APPROVED = "always"
    assert _due() == {}


def test_a_loan_that_runs_has_time_left_even_where_no_day_is_added(
    person: Applicant, settings: object
) -> None:
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"decisions": 0}
    _approve(person, months_ago=12, term_months=12)
    assert person.applications.get().is_running and _due() == {}
    _approve(person, months_ago=13, term_months=12)
    assert not person.applications.get().is_running and _due() == {"decisions": 1}


def test_the_next_day_is_of_what_may_go(few: list[Applicant]) -> None:
    decided = Application.objects.get(state="declined")
    Application.objects.exclude(pk=decided.pk).update(
        created_at=timezone.now() - timedelta(days=3000)
    )
    (row,) = [each for each in retention.report() if each.name == "decisions"]
    assert row.kept == 3 and row.next_at is not None
    assert row.next_at > timezone.now(), "an open application has no day"


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


def _table(analyst: Officer, name: str, days_old: float) -> CreditTable:
    file = SimpleUploadedFile(name, b"income,default\n1,0\n")
    table = credit_tables.take_in(file, licence="Own", officer=analyst)
    CreditTable.objects.filter(pk=table.pk).update(
        created_at=timezone.now() - timedelta(days=days_old)
    )
    return table


def test_tables_of_past_loans_go_a_year_after_their_newest_training(
    analyst: Officer, media_folder: Path
) -> None:
    old, trained, in_training = (_table(analyst, f"{n}.csv", 800) for n in range(3))
    _table(analyst, "young.csv", 364)
    for table, days, state in ((trained, 200, "done"), (in_training, 500, "running")):
        run = TrainingRun.objects.create(table=table, created_by=analyst, choice={}, state=state)
        TrainingRun.objects.filter(pk=run.pk).update(
            created_at=timezone.now() - timedelta(days=days)
        )
    (row,) = [each for each in retention.report() if each.name == "tables"]
    assert (row.days, row.kept, row.due) == (365, 4, 1)
    assert retention.apply()["tables"] == 1
    old.refresh_from_db()
    assert (old.data_key, old.file_key, old.name) == (None, "", "0.csv")
    assert len([each for each in media_folder.rglob("*") if each.is_file()]) == 3
    deleted = AuditEvent.objects.get(action="credit_table.deleted")
    assert (deleted.object_id, deleted.detail["cause"]) == (str(old.pk), "expired")
    assert _due() == {}


def test_a_table_that_a_training_takes_in_the_meantime_stays(
    analyst: Officer, media_folder: Path
) -> None:
    table = _table(analyst, "loans.csv", 800)
    TrainingRun.objects.create(table=table, created_by=analyst, choice={})
    assert credit_tables.expire(table) is False
    table.refresh_from_db()
    assert table.data_key is not None


def test_evaluation_keys_have_their_time_and_place(
    analyst: Officer, desk: Client, media_folder: Path
) -> None:
    keys = EvaluationKeys.objects.create(
        created_by=analyst, expires_at=timezone.now() + timedelta(days=3), parameters="linear-4096",
        size_bytes=1, sha256="0" * 64, data_key=b"wrapped",
    )  # fmt: skip
    (row,) = [each for each in retention.report() if each.name == "evaluation_keys"]
    assert (row.days, row.kept, row.due) == (30, 1, 0)
    shown = desk.get(reverse("subjects:data")).content.decode()
    assert "Not linked to an applicant" in shown and "Evaluation keys" in shown
    EvaluationKeys.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert _due() == {"evaluation_keys": 1}
    assert retention.apply()["evaluation_keys"] == 1
    keys.refresh_from_db()
    assert keys.data_key is None

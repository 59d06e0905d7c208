from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, AuditEvent, Officer
from scoring.models import LoanOutcome
from scoring.services import outcomes
from tests.factories import ApplicationFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 10)


def decided(application: Application, state: str = "approved") -> Application:
    Application.objects.filter(pk=application.pk).update(
        state=state, decided_at=timezone.make_aware(timezone.datetime(2026, 11, 5, 9))
    )
    application.refresh_from_db()
    return application


@pytest.fixture
def loan(application: Application) -> Application:
    return decided(application)


def table(*lines: str, header: str = "application,observed_on,outcome,days_past_due") -> bytes:
    return "\n".join([header, *lines]).encode()


def test_an_outcome_is_recorded_once_and_corrected_by_a_new_row(
    loan: Application, analyst: Officer
) -> None:
    first = outcomes.record(loan, officer=analyst, observed_on=DAY, is_bad=False)
    assert outcomes.record(loan, officer=analyst, observed_on=DAY, is_bad=False) == first
    second = outcomes.record(loan, officer=analyst, observed_on=DAY, is_bad=True, days_past_due=95)
    assert (second.corrects, LoanOutcome.objects.count()) == (first, 2)
    assert LoanOutcome.objects.standing().get() == second
    assert AuditEvent.objects.filter(action="outcome.recorded").count() == 2


def test_the_latest_observation_stands_and_a_wrong_day_can_be_corrected(
    loan: Application, analyst: Officer
) -> None:
    late = outcomes.record(loan, officer=analyst, observed_on=DAY + timedelta(9), is_bad=True)
    early = outcomes.record(loan, officer=analyst, observed_on=DAY, is_bad=False)
    assert LoanOutcome.objects.standing().get() == late
    right = outcomes.record(
        loan, officer=analyst, observed_on=DAY + timedelta(1), is_bad=None, replaces=late
    )
    assert LoanOutcome.objects.standing().get() == right
    assert early.days_past_due is None


@pytest.mark.parametrize(
    ("state", "day", "words"),
    [
        ("submitted", DAY, "not decided"),
        ("withdrawn", DAY, "not decided"),
        ("approved", date(2026, 11, 4), "before the decision"),
        ("approved", timezone.localdate() + timedelta(1), "future"),
    ],
)
def test_what_cannot_be_an_outcome_is_refused(
    state: str, day: date, words: str, application: Application, analyst: Officer
) -> None:
    with pytest.raises(ProblemError, match=words):
        outcomes.record(decided(application, state), officer=analyst, observed_on=day, is_bad=True)
    assert not LoanOutcome.objects.exists()


def test_a_loan_officer_records_no_outcome(loan: Application, officer: Officer) -> None:
    with pytest.raises(RefusedError):
        outcomes.record(loan, officer=officer, observed_on=DAY, is_bad=True)
    with pytest.raises(RefusedError):
        outcomes.import_table(table(f"{loan.number},2026-11-10,bad,"), officer=officer)


def test_a_row_can_be_neither_changed_nor_deleted(loan: Application, analyst: Officer) -> None:
    outcomes.record(loan, officer=analyst, observed_on=DAY, is_bad=False)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        LoanOutcome.objects.update(is_bad=True)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        LoanOutcome.objects.all()._raw_delete("default")


def test_bad_rows_of_a_table_are_reported_and_good_ones_kept(
    loan: Application, analyst: Officer
) -> None:
    waiting = ApplicationFactory()
    report = outcomes.import_table(
        table(
            f"{loan.number},2026-11-10,bad,120",
            "no-such,2026-11-10,good,",
            f"{waiting.number},2026-11-10,good,",
            f"{loan.number},10.11.2026,good,",
            f"{loan.number},2026-11-11,fine,",
            f"{loan.number},2026-11-11,good,-3",
            f"{loan.number},2026-11-11,good,²",
            "",
            ",2026-11-11,good,",
        ),
        officer=analyst,
    )
    assert (report.kept, report.known, report.rows) == (1, 0, 8)
    assert [row.line for row in report.refused] == [3, 4, 5, 6, 7, 8, 10]
    assert "no such application" in report.refused[0].reason
    assert "not decided yet: Submitted" in report.refused[1].reason
    assert (LoanOutcome.objects.get().is_bad, LoanOutcome.objects.get().days_past_due) == (
        True,
        120,
    )


def test_a_table_may_be_imported_twice_and_the_last_line_of_a_day_counts(
    loan: Application, analyst: Officer
) -> None:
    content = table(
        f"{loan.number};2026-11-10;good;0",
        f"{loan.number};2026-11-10;bad;91",
        f"{loan.number};2026-11-12;indeterminate;",
        header="﻿Application;observed_on; Outcome ;days_past_due",
    )
    report = outcomes.import_table(content, officer=analyst)
    assert (report.kept, [row.line for row in report.refused]) == (2, [2])
    assert "Line 3 tells of the same day" in report.refused[0].reason
    again = outcomes.import_table(content, officer=analyst)
    assert (again.kept, again.known, LoanOutcome.objects.count()) == (0, 2, 2)
    assert LoanOutcome.objects.standing().get().is_bad is None


def test_another_branch_does_not_exist(loan: Application, other_branch_officer: Officer) -> None:
    Officer.objects.filter(pk=other_branch_officer.pk).update(role="senior_officer")
    other_branch_officer.refresh_from_db()
    report = outcomes.import_table(
        table(f"{loan.number},2026-11-10,bad,"), officer=other_branch_officer
    )
    assert (report.kept, report.refused[0].reason) == (0, "There is no such application.")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "columns_missing"),
        (b"number,when\n1,2", "columns_missing"),
        (b"\xff\xfe\x00a", "not_text"),
        (table("a,2026-11-10,good,", "b,2026-11-10,good,"), "too_many_rows"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_as_a_whole(
    content: bytes, code: str, analyst: Officer
) -> None:
    with pytest.raises(ProblemError) as refused:
        outcomes.import_table(content, officer=analyst, limit=1)
    assert refused.value.code == code


def test_an_unclosed_quote_spoils_its_line_and_is_told(loan: Application, analyst: Officer) -> None:
    report = outcomes.import_table(
        table(f"{loan.number},2026-11-10,good,1", '"x,2026-11-10,good,'), officer=analyst
    )
    assert report.kept == 1
    assert "Not readable" in report.refused[0].reason


def test_the_command_imports_and_lists_what_it_refused(
    loan: Application, analyst: Officer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_bytes(table(f"{loan.number},2026-11-10,bad,", "x,2026-11-10,bad,"))
    call_command("import_outcomes", str(path), "--by", analyst.username)
    told = capsys.readouterr()
    assert told.out.strip() == "1 kept, 0 known already, 1 refused"
    assert "line 3: x:" in told.err
    with pytest.raises(CommandError, match="nobody called"):
        call_command("import_outcomes", str(path), "--by", "nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_outcomes", str(tmp_path / "none"), "--by", analyst.username)

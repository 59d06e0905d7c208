"""Bureau reports: stored as they came, once, each with a version of the finances and a score."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, AuditEvent, Officer
from applicants.selectors import standing_consents
from applicants.services import consents
from scoring import tasks
from scoring.bureau_adapter import BureauConsent, BureauError, BureauIdentity, BureauReport
from scoring.models import BureauEnquiry, BureauRecord, ScoreRevision
from scoring.services import bureau, bureau_enquiries
from tests.factories import ApplicantFactory, ApplicationFactory

pytestmark = pytest.mark.django_db
REPORTED_ON = date(2026, 11, 20)


class HarbourBureau:
    """A bureau that knows everybody, and keeps what it was asked."""

    source = "Harbour Bureau"
    asked: list[tuple[BureauConsent, BureauIdentity]] = []

    def fetch(self, consent: BureauConsent, identity: BureauIdentity) -> BureauReport:
        self.asked.append((consent, identity))
        return BureauReport(self.source, REPORTED_ON, {"overdue_payments": 2, "open_accounts": 6})


class ClosedBureau(HarbourBureau):
    def fetch(self, consent: BureauConsent, identity: BureauIdentity) -> BureauReport:
        raise BureauError("The bureau is closed on Sundays.")


class BrokenBureau(HarbourBureau):
    def fetch(self, consent: BureauConsent, identity: BureauIdentity) -> BureauReport:
        raise KeyError(identity.name)


def report(**factors: object) -> BureauReport:
    return BureauReport("Harbour Bureau", REPORTED_ON, factors)


def plugged_in(settings: Any, adapter: type) -> None:
    settings.BUREAU_ADAPTER = f"{__name__}.{adapter.__name__}"


def test_a_report_appends_a_profile_and_a_revision_with_its_cause(
    scored: Application, officer: Officer
) -> None:
    record, is_new = bureau.store(scored, report(overdue_payments=3), officer=officer)
    assert is_new
    profile = scored.profile()
    assert (profile.version, profile.overdue_payments) == (2, 3)
    assert profile.annual_income == 48_000  # what the bureau does not know stays
    revision = scored.score_revisions.last()
    assert revision.cause == ScoreRevision.Cause.BUREAU_REFRESHED
    assert revision.final_score < scored.score_revisions.first().final_score
    assert (record.profile, record.sha256) == (
        profile,
        bureau.sha256_of(report(overdue_payments=3)),
    )


def test_the_same_report_again_adds_nothing(scored: Application, officer: Officer) -> None:
    first, __ = bureau.store(scored, report(overdue_payments=1, open_accounts=2), officer=officer)
    again, is_new = bureau.store(
        scored, report(open_accounts=2, overdue_payments=1), officer=officer
    )
    assert (again, is_new) == (first, False)
    assert scored.profiles.count() == 2


def test_an_older_report_does_not_replace_a_newer_one(
    scored: Application, officer: Officer
) -> None:
    bureau.store(scored, report(overdue_payments=1), officer=officer)
    older = BureauReport("Harbour Bureau", REPORTED_ON - timedelta(days=9), {"open_accounts": 1})
    with pytest.raises(ProblemError, match="2026-11-20"):
        bureau.store(scored, older, officer=officer)
    assert scored.profile().overdue_payments == 1


def test_a_running_loan_is_refreshed_and_a_declined_one_is_not(
    scored: Application, officer: Officer
) -> None:
    Application.objects.filter(pk=scored.pk).update(state="approved", decided_at=timezone.now())
    bureau.store(scored, report(overdue_payments=2), officer=officer)
    assert scored.profiles.count() == 2
    Application.objects.filter(pk=scored.pk).update(state="declined")
    with pytest.raises(ProblemError, match="Neither an open application"):
        bureau.store(scored, report(overdue_payments=3), officer=officer)
    Application.objects.filter(pk=scored.pk).update(
        state="approved", decided_at=timezone.now() - timedelta(days=1500)
    )
    with pytest.raises(ProblemError, match="Neither an open application"):
        bureau.store(scored, report(overdue_payments=3), officer=officer)


def test_reports_are_only_ever_added(scored: Application, officer: Officer) -> None:
    record, __ = bureau.store(scored, report(overdue_payments=3), officer=officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        BureauRecord.objects.filter(pk=record.pk).update(source="another")
    with pytest.raises(IntegrityError), transaction.atomic():
        record.delete()


def asked(application: Application, officer: Officer) -> BureauEnquiry:
    """Ask with the applicant's word, as a worker does."""
    bureau_enquiries.record_consent(application, officer=officer, given_on=REPORTED_ON)
    enquiry = bureau_enquiries.enquire(application, officer=officer)
    tasks.ask_bureau(enquiry.pk)
    enquiry.refresh_from_db()
    return enquiry


def test_the_adapter_gets_consent_and_identity(
    scored: Application, officer: Officer, settings: Any
) -> None:
    plugged_in(settings, HarbourBureau)
    HarbourBureau.asked.clear()
    enquiry = asked(scored, officer)
    ((consent, identity),) = HarbourBureau.asked
    assert (consent.given_on, consent.taken_by) == (REPORTED_ON, "officer")
    assert identity.name == scored.applicant.display_name
    assert (enquiry.state, enquiry.record.consent_given_on) == ("done", REPORTED_ON)
    tasks.ask_bureau(enquiry.pk)  # a message that comes twice asks once
    assert len(HarbourBureau.asked) == 1


def test_without_consent_the_bureau_is_not_asked(
    scored: Application, officer: Officer, settings: Any
) -> None:
    """Not before it is queued, and not where it was taken back in the meantime."""
    plugged_in(settings, HarbourBureau)
    HarbourBureau.asked.clear()
    with pytest.raises(ProblemError) as refused:
        bureau_enquiries.enquire(scored, officer=officer)
    assert refused.value.code == "consent_missing"
    bureau_enquiries.record_consent(scored, officer=officer, given_on=REPORTED_ON)
    enquiry = bureau_enquiries.enquire(scored, officer=officer)
    with pytest.raises(ProblemError, match="asked already"):
        bureau_enquiries.enquire(scored, officer=officer)
    consents.withdraw(scored.applicant, ["bureau"], officer=officer)
    tasks.ask_bureau(enquiry.pk)
    enquiry.refresh_from_db()
    assert enquiry.state == "failed" and "not agreed" in enquiry.error
    assert HarbourBureau.asked == []


def test_consent_to_the_bureau_stands_apart_from_the_recording(
    scored: Application, officer: Officer
) -> None:
    bureau_enquiries.record_consent(scored, officer=officer, given_on=REPORTED_ON)
    consents.withdraw(scored.applicant, ["recording"], officer=officer)
    assert list(standing_consents(scored.applicant)) == ["bureau"]
    with pytest.raises(ProblemError, match="future"):
        bureau_enquiries.record_consent(
            scored, officer=officer, given_on=timezone.localdate() + timedelta(days=1)
        )


@pytest.mark.parametrize(
    ("adapter", "why"), [(ClosedBureau, "closed on Sundays"), (BrokenBureau, "KeyError")]
)
def test_a_bureau_that_does_not_answer_is_told_and_leaves_everything(
    adapter: type, why: str, scored: Application, officer: Officer, settings: Any
) -> None:
    plugged_in(settings, adapter)
    enquiry = asked(scored, officer)
    assert enquiry.state == "failed" and why in enquiry.error
    assert (scored.profiles.count(), BureauRecord.objects.count()) == (1, 0)
    assert AuditEvent.objects.filter(action="bureau.unanswered").exists()


def test_a_file_can_be_the_bureau(
    scored: Application, officer: Officer, settings: Any, tmp_path: Path
) -> None:
    path = tmp_path / "bureau.csv"
    path.write_text(
        "identity,reported_on,overdue_payments\nAB 12-34,2026-11-01,3\nab1234,2026-11-20,2\n"
    )
    settings.BUREAU_ADAPTER = "scoring.bureau_file.FileBureau"
    settings.BUREAU_FILE = str(path)
    assert "needs the applicant's id" in asked(scored, officer).error
    scored.applicant.national_id = "AB 12-34"
    scored.applicant.save()
    enquiry = asked(scored, officer)
    assert (enquiry.state, enquiry.record.reported_on) == ("done", REPORTED_ON)
    assert scored.profile().overdue_payments == 2
    path.unlink()
    assert "cannot be read" in asked(scored, officer).error


def test_a_file_keeps_good_rows_and_tells_why_others_are_refused(
    scored: Application, officer: Officer
) -> None:
    known = ApplicantFactory(branch=officer.branch, created_by=officer, national_id="AB 12-34")
    other = ApplicationFactory(applicant=known, branch=officer.branch, created_by=officer)
    elsewhere = ApplicationFactory()
    lines = [
        "application,identity,reported_on,overdue_payments,card_utilisation_percent",
        f"{scored.number},,2026-11-20,1,40.5",
        ",ab 12-34,2026-11-20,0,",
        f"{elsewhere.number},,2026-11-20,1,1",
        f"{scored.number},,2026-11-31,1,1",
        f"{scored.number},,2026-11-21,one,1",
        f"{scored.number},,2026-11-22,1,140",
        ",,2026-11-20,1,1",
        f"{scored.number},,2099-01-01,1,1",
        ",XY 999,2026-11-20,1,1",
    ]
    told = bureau.import_file("\n".join(lines).encode(), officer=officer, source="Harbour")
    assert (told.kept, told.known) == (2, 0)
    assert [row.line for row in told.refused] == [4, 5, 6, 7, 8, 9, 10]
    reasons = {row.line: row.reason for row in told.refused}
    assert "matches" in reasons[4]
    assert "2026-11-30" in reasons[5]
    assert "overdue_payments" in reasons[6]
    assert "card_utilisation_percent" in reasons[7]
    assert "future" in reasons[9]
    assert told.refused[-1].key == "…999"  # an id is personal data
    assert scored.profile().card_utilisation_percent == Decimal("40.50")
    assert other.profile().overdue_payments == 0
    again = bureau.import_file("\n".join(lines).encode(), officer=officer, source="Harbour")
    assert (again.kept, again.known) == (0, 2)


def test_json_is_read_as_csv_is(scored: Application, officer: Officer) -> None:
    rows = [
        {"application": scored.number, "reported_on": "2026-11-20", "open_accounts": 9},
        {"application": scored.number, "reported_on": "2026-11-20", "favourite": "blue"},
        "no object",
    ]
    told = bureau.import_file(json.dumps(rows).encode(), officer=officer, source="Harbour")
    assert told.kept == 1
    assert [row.line for row in told.refused] == [2, 3]
    assert "favourite" in told.refused[0].reason
    assert scored.profile().open_accounts == 9


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00", "not_text"),
        (b"name,value\nx,1\n", "columns_missing"),
        (b'{"a": 1}', "not_a_list"),
        (b"[1,", "not_json"),
        (b"a,\x00", "not_text"),
    ],
)
def test_what_is_no_table_is_refused(officer: Officer, content: bytes, code: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        bureau.import_file(content, officer=officer, source="Harbour")
    assert refusal.value.code == code


def test_who_may_not_edit_applicants_imports_nothing(auditor: Officer) -> None:
    with pytest.raises(RefusedError):
        bureau.import_file(b"application,reported_on\n", officer=auditor, source="Harbour")


def test_the_command_tells_what_it_did(
    scored: Application, officer: Officer, tmp_path: Path
) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(f"application;reported_on;open_accounts\n{scored.number};2026-11-20;5\nx;y;1\n")
    out, errors = StringIO(), StringIO()
    call_command(
        "import_bureau", str(path), source="Harbour", by=officer.username, stdout=out, stderr=errors
    )
    assert out.getvalue().strip() == "1 kept, 0 known already, 1 refused"
    assert "line 3: x" in errors.getvalue()


def test_the_pages_import_ask_and_show(
    client_of: Callable[[Officer], Client], scored: Application, officer: Officer, settings: Any
) -> None:
    client = client_of(officer)
    content = f"application,reported_on,overdue_payments\n{scored.number},2026-11-20,1\nx,y,z\n"
    page = client.post(
        reverse("scoring:bureau_import"),
        {"source": "Harbour", "reports": SimpleUploadedFile("r.csv", content.encode())},
    )
    assert page.status_code == 200
    assert page.context["report"].kept == 1
    url = reverse("scoring:bureau_reports", args=[scored.pk])
    assert b"No credit bureau is plugged in" in client.get(url).content
    plugged_in(settings, HarbourBureau)
    unasked = client.post(url, {"consent_given_on": "2026-11-20"})
    assert unasked.status_code == 422
    assert BureauRecord.objects.count() == 1
    asked = client.post(url, {"consent_given_on": "2026-11-20", "agreed": "on"})
    assert asked.status_code == 302
    assert b"every 2s" in client.get(url).content
    tasks.ask_bureau(BureauEnquiry.objects.get().pk)
    shown = client.get(url)
    assert b"every 2s" not in shown.content
    assert shown.content.count(b"Harbour Bureau") >= 2
    assert client.post(url).status_code == 302  # the consent stands
    history = client.get(reverse("scoring:application_score", args=[scored.pk]))
    assert b"Bureau refresh" in history.content

"""Bureau reports, asked for or imported: stored as they came, and scored at once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, Officer
from applicants.models.fields import blind_index
from applicants.permissions import Capability, can
from applicants.selectors import applications_for
from applicants.services import applications, audit
from scoring.bureau_adapter import (
    BUREAU_FACTORS,
    BureauReport,
)
from scoring.bureau_table import BureauRow, read_reports
from scoring.imported_lines import ImportReport, RefusedRow
from scoring.models import BureauRecord, ScoreRevision
from scoring.services.rescore import rescore


@transaction.atomic
def store(
    application: Application,
    report: BureauReport,
    *,
    officer: Officer,
    consent_given_on: date | None = None,
) -> tuple[BureauRecord, bool]:
    """Append the report, a version of the profile and a revision; say whether it is new.

    What the bureau does not know stays as it was. The same report again adds nothing. Raises
    ProblemError for a closed application, ValidationError by factor.
    """
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if not (locked.is_open or locked.is_running):
        raise ProblemError(
            "application_closed", _("Neither an open application nor a running loan."), status=409
        )
    unknown = set(report.factors) - set(BUREAU_FACTORS)
    if unknown:
        raise ValidationError({name: _("No bureau factor.") for name in sorted(unknown)})
    digest = sha256_of(report)
    known = BureauRecord.objects.filter(application=locked, sha256=digest).first()
    if known is not None:
        return known, False
    newest = locked.bureau_records.order_by("-reported_on").first()
    if newest is not None and newest.reported_on > report.reported_on:
        raise ProblemError(
            "report_outdated",
            _("A report of %(day)s is already there.") % {"day": newest.reported_on.isoformat()},
            status=409,
        )
    return _append(locked, report, digest, officer, consent_given_on), True


def _append(
    application: Application,
    report: BureauReport,
    digest: str,
    officer: Officer,
    consent_given_on: date | None,
) -> BureauRecord:
    before = application.profile()
    factors = {**(before.factors() if before else {}), **report.factors}
    profile = applications.revise_profile(
        application, officer=officer, during_loan=True, simulated=application.simulated, **factors
    )
    record = BureauRecord.objects.create(
        application=application,
        source=report.source,
        reported_on=report.reported_on,
        factors=_written(report.factors),
        sha256=digest,
        consent_given_on=consent_given_on,
        profile=profile,
        received_by=officer,
    )
    audit.record(
        "bureau.received", actor=officer, obj=application, source=report.source, sha256=digest,
        reported_on=report.reported_on, version=profile.version,
    )  # fmt: skip
    rescore(application, ScoreRevision.Cause.BUREAU_REFRESHED, actor=officer)
    return record


def sha256_of(report: BureauReport) -> str:
    """Return the digest of a report's content; the order of its factors does not matter."""
    content = [report.source, report.reported_on.isoformat(), _written(report.factors)]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _written(factors: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in sorted(factors.items())}


def import_file(
    content: bytes, *, officer: Officer, source: str, limit: int | None = None
) -> ImportReport:
    """Import a CSV or JSON file: good rows are kept, bad ones reported with their reason.

    Each row is a transaction of its own: after an interruption, import the file again. Raises
    RefusedError by role, ProblemError for a file that is no such table or too long.
    """
    check_right(officer)
    rows = list(read_reports(content))
    if limit is not None and len(rows) > limit:
        raise ProblemError(
            "too_many_rows",
            _(
                "The page takes %(limit)d rows at a time; this file has %(rows)d. "
                "Split it, or use manage.py import_bureau."
            )
            % {"limit": limit, "rows": len(rows)},
        )
    kept = known = 0
    refused = []
    for row in rows:
        told = row if isinstance(row, RefusedRow) else _take(row, officer, source)
        if isinstance(told, RefusedRow):
            refused.append(told)
        elif told:
            kept += 1
        else:
            known += 1
    audit.record(
        "bureau.imported", actor=officer, sha256=hashlib.sha256(content).hexdigest(),
        source=source, kept=kept, known=known, refused=len(refused),
    )  # fmt: skip
    return ImportReport(kept, known, tuple(refused))


def _take(row: BureauRow, officer: Officer, source: str) -> bool | RefusedRow:
    shown = row.application or f"…{row.identity[-3:]}"
    try:
        application = _match(row, applications_for(officer))
        report = BureauReport(source, row.reported_on, row.factors)
        __, is_new = store(application, report, officer=officer)
    except ProblemError as problem:
        return RefusedRow(row.line, shown, problem.message)
    except ValidationError as error:
        why = "; ".join(f"{name}: {' '.join(told)}" for name, told in error.message_dict.items())
        return RefusedRow(row.line, shown, why)
    return is_new


def _match(row: BureauRow, visible: QuerySet[Application]) -> Application:
    """Return the application that a row is about: by number, or the newest live one of a person."""
    if row.application:
        found = visible.filter(number=row.application).first()
    else:
        index = blind_index("identity", row.identity)
        same = visible.filter(applicant__identity_index=index).order_by("-created_at")
        found = next((each for each in same if each.is_open or each.is_running), None)
    if found is None:
        raise ProblemError("no_match", _("No open application or running loan matches."))
    return found


def check_right(officer: Officer) -> None:
    if not can(officer, Capability.EDIT_APPLICANTS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))

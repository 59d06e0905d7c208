"""Recording what became of loans: one by one, or a table whose bad rows are reported."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, Officer
from applicants.permissions import Capability, can
from applicants.selectors import applications_for
from applicants.services import audit
from scoring.imported_lines import ImportReport, RefusedRow
from scoring.models import LoanOutcome
from scoring.outcome_table import OutcomeRow, read_rows

ROWS_AT_A_TIME = 1000
DECIDED = (Application.State.APPROVED, Application.State.DECLINED)


@transaction.atomic
def record(
    application: Application,
    *,
    officer: Officer,
    observed_on: date,
    is_bad: bool | None,
    days_past_due: int | None = None,
    replaces: LoanOutcome | None = None,
    source: str = LoanOutcome.Source.PAGE,
) -> LoanOutcome:
    """Store an observation of a loan; of the same day, or of ``replaces``, it is a correction.

    Saying the same again adds nothing. Raises RefusedError by role, ProblemError by field.
    """
    _check(officer)
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if problem := _problem(locked, observed_on):
        raise ProblemError("invalid", problem, fields={"observed_on": problem})
    standing = {row.observed_on: row for row in _uncorrected([locked])}
    corrects = replaces or standing.get(observed_on)
    if corrects and (corrects.observed_on, *_said(corrects)) == (
        observed_on,
        is_bad,
        days_past_due,
    ):
        return corrects
    outcome = LoanOutcome(
        application=locked,
        observed_on=observed_on,
        is_bad=is_bad,
        days_past_due=days_past_due,
        source=source,
        recorded_by=officer,
        corrects=corrects,
        simulated=locked.simulated,
    )
    _validate(outcome)
    outcome.save()
    audit.record(
        "outcome.recorded", actor=officer, obj=locked, outcome=outcome.pk, word=outcome.word,
        observed_on=observed_on, corrects=corrects.pk if corrects else None,
    )  # fmt: skip
    return outcome


def _validate(outcome: LoanOutcome) -> None:
    try:
        outcome.full_clean()
    except ValidationError as error:
        fields = {name: str(texts[0]) for name, texts in error.message_dict.items()}
        raise ProblemError("invalid", _("Some values cannot be used."), fields=fields) from error


def import_table(
    content: bytes, *, officer: Officer, limit: int | None = None, source: str = ""
) -> ImportReport:
    """Import a CSV table: good rows are kept, bad ones reported; a second import adds nothing.

    Rows are stored in transactions of ROWS_AT_A_TIME: after an interruption, import the file again.
    Raises RefusedError by role, ProblemError for a file that is no such table or too long.
    """
    _check(officer)
    rows = list(read_rows(content))
    if limit is not None and len(rows) > limit:
        raise ProblemError(
            "too_many_rows",
            _(
                "The page takes %(limit)d rows at a time; this file has %(rows)d. "
                "Split it, or use manage.py import_outcomes."
            )
            % {"limit": limit, "rows": len(rows)},
        )
    understood, refused = _one_of_each_day(rows)
    kept = known = 0
    for chunk in _chunks(understood):
        new, stood, bad = _store(chunk, officer, source or LoanOutcome.Source.FILE)
        kept, known = kept + new, known + stood
        refused += bad
    audit.record(
        "outcomes.imported", actor=officer, sha256=hashlib.sha256(content).hexdigest(),
        kept=kept, known=known, refused=len(refused),
    )  # fmt: skip
    return ImportReport(kept, known, tuple(sorted(refused, key=lambda row: row.line)))


def _one_of_each_day(
    rows: Iterable[OutcomeRow | RefusedRow],
) -> tuple[list[OutcomeRow], list[RefusedRow]]:
    """Return the understood rows, the last of each loan and day, and the refused ones.

    A file that says two things of one day would otherwise correct itself at every import.
    """
    last: dict[tuple[str, date], OutcomeRow] = {}
    refused = []
    for row in rows:
        if isinstance(row, RefusedRow):
            refused.append(row)
            continue
        before = last.get((row.number, row.observed_on))
        if before is not None:
            reason = _("Line %(line)d tells of the same day.") % {"line": row.line}
            refused.append(RefusedRow(before.line, before.number, reason))
        last[row.number, row.observed_on] = row
    return list(last.values()), refused


def _chunks(rows: Iterable[OutcomeRow]) -> Iterator[list[OutcomeRow]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, ROWS_AT_A_TIME)):
        yield chunk


@transaction.atomic
def _store(
    chunk: Sequence[OutcomeRow], officer: Officer, source: str
) -> tuple[int, int, list[RefusedRow]]:
    """Store one chunk; return how many are new, how many stood, and the refused ones."""
    numbers = {row.number for row in chunk}
    visible = applications_for(officer).select_related(None).filter(number__in=numbers)
    applications = {each.number: each for each in visible.select_for_update().order_by("pk")}
    standing = {
        (row.application_id, row.observed_on): row for row in _uncorrected(applications.values())
    }
    known, refused, fresh = 0, [], []
    for row in chunk:
        application = applications.get(row.number)
        problem = _problem(application, row.observed_on)
        if application is None or problem:
            refused.append(RefusedRow(row.line, row.number, problem))
            continue
        before = standing.get((application.pk, row.observed_on))
        if before and _said(before) == (row.is_bad, row.days_past_due):
            known += 1
        else:
            fresh.append(_outcome_of(row, application, officer, source, before))
    LoanOutcome.objects.bulk_create(fresh)
    return len(fresh), known, refused


def _outcome_of(
    row: OutcomeRow,
    application: Application,
    officer: Officer,
    source: str,
    before: LoanOutcome | None,
) -> LoanOutcome:
    return LoanOutcome(
        application=application,
        observed_on=row.observed_on,
        is_bad=row.is_bad,
        days_past_due=row.days_past_due,
        source=source,
        recorded_by=officer,
        corrects=before,
        simulated=application.simulated,
    )


def _uncorrected(applications: Iterable[Application]) -> Iterable[LoanOutcome]:
    return LoanOutcome.objects.filter(
        application__in=[each.pk for each in applications], corrected_by__isnull=True
    ).order_by("pk")


def _said(outcome: LoanOutcome) -> tuple[bool | None, int | None]:
    return outcome.is_bad, outcome.days_past_due


def _problem(application: Application | None, observed_on: date) -> str:
    """Return why no outcome of that day can be kept, or an empty string."""
    if application is None:
        return _("There is no such application.")
    if application.state not in DECIDED:
        return _("The application is not decided yet: %(state)s.") % {
            "state": application.get_state_display()
        }
    if observed_on > timezone.localdate():
        return _("The day lies in the future.")
    decided = application.decided_at or application.created_at
    if observed_on < timezone.localtime(decided).date():
        return _("The day lies before the decision.")
    return ""


def _check(officer: Officer) -> None:
    if not can(officer, Capability.RECORD_OUTCOMES):
        raise RefusedError("permission_denied", _("Your role does not allow this."))

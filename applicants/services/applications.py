"""Loan applications: from draft to decided, and the versions of their financial profile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Applicant, Application, FinancialProfile, Officer
from applicants.models.application import CURRENCIES
from applicants.services import audit, restrictions

STABLE_EMPLOYMENT_YEARS = 2


def create_application(**fields: Any) -> Application:
    """Create a draft, as :func:`create_with_profile` does, and return it alone."""
    return create_with_profile(**fields)[0]


@transaction.atomic
def create_with_profile(
    *,
    officer: Officer,
    applicant: Applicant,
    financials: dict[str, object] | None = None,
    at: datetime | None = None,
    **fields: object,
) -> tuple[Application, FinancialProfile]:
    """Create a draft and the first version of its profile; ``at`` dates a simulated history.

    Raises ValidationError by field.
    """
    restrictions.check(applicant)
    application = Application(
        applicant=applicant,
        branch=applicant.branch,
        created_by=officer,
        assigned_to=officer,
        **fields,
    )
    application.currency = str(application.currency).upper()
    if application.currency not in CURRENCIES:
        raise ValidationError({"currency": _("Choose one of: %s.") % ", ".join(CURRENCIES)})
    application.number = _next_number()
    _check_fields(application)
    application.save(force_insert=True)
    audit.record("application.created", actor=officer, obj=application)
    _check_names(financials or {}, applicant.kind)
    profile = _append_profile(
        application, version=1, created_by=officer, created_at=at or timezone.now(),
        simulated=application.simulated, **(financials or {}),
    )  # fmt: skip
    return application, profile


def _check_fields(row: Application | FinancialProfile) -> None:
    """Raise ValidationError, by field, for values that it may not hold.

    What it points at was just read, and no two have one number or version: the sequence and the row
    lock see to that, and Postgres holds all of it. So nothing is looked up once more.
    """
    relations = {field.name for field in row._meta.concrete_fields if field.is_relation}
    row.full_clean(exclude=relations, validate_unique=False, validate_constraints=False)


def _next_number() -> str:
    """Return the next number of the year; the caller's transaction keeps two from being equal."""
    year = timezone.localdate().year
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT nextval('application_number')")
        (number,) = cursor.fetchone()
    return f"A-{year}-{number:06d}"


@transaction.atomic
def revise_profile(
    application: Application,
    *,
    officer: Officer,
    at: datetime | None = None,
    simulated: bool = False,
    during_loan: bool = False,
    during_restriction: bool = False,
    **factors: object,
) -> FinancialProfile:
    """Append a version of the financial profile. Raises ValidationError, by factor.

    A decided application keeps the finances that it was decided on, unless ``during_loan`` says
    that this is news of a running loan: the decision itself names the version it rests on.
    ``during_restriction`` corrects what is stored about somebody who restricted its use.
    """
    if not during_restriction:
        restrictions.check(application.applicant)
    if not application.is_open and not (during_loan and application.is_running):
        raise ProblemError(
            "application_closed", _("A decided application cannot be changed."), status=409
        )
    _check_names(factors, application.applicant.kind)
    # The row lock makes the version numbers of concurrent writers follow each other.
    Application.objects.select_for_update().get(pk=application.pk)
    last = application.profiles.aggregate(last=Max("version"))["last"] or 0
    return _append_profile(
        application, version=last + 1, created_by=officer, created_at=at or timezone.now(),
        simulated=simulated, **factors,
    )  # fmt: skip


def _append_profile(application: Application, **fields: object) -> FinancialProfile:
    profile = FinancialProfile(application=application, **fields)
    _check_fields(profile)
    if profile.income_stable is None and profile.employment_years is not None:
        profile.income_stable = profile.employment_years >= STABLE_EMPLOYMENT_YEARS
    profile.save(force_insert=True)
    audit.record(
        "application.profile_revised", actor=profile.created_by, obj=application,
        version=profile.version,
    )  # fmt: skip
    return profile


def _check_names(factors: Mapping[str, object], kind: str) -> None:
    """Refuse what is no factor, and what is asked of businesses only; None was not asked for."""
    known = set(FinancialProfile.FACTORS + FinancialProfile.BUSINESS_FACTORS)
    problems = {name: _("This factor is not known.") for name in set(factors) - known}
    unasked = known - set(FinancialProfile.factors_asked(kind))
    problems |= {
        name: _("This is asked of businesses only.")
        for name in unasked
        if factors.get(name) is not None
    }
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def move(
    application: Application, state: str, *, officer: Officer | None, at: datetime | None = None
) -> Application:
    """Move an application to another state; ``at`` dates a simulated history.

    Raises ProblemError where the move does not exist.
    """
    current = Application.objects.select_for_update().get(pk=application.pk)
    restrictions.check(current.applicant)
    if state not in Application.ALLOWED_MOVES.get(Application.State(current.state), ()):
        raise ProblemError(
            "state_conflict",
            _("This application is now “%(state)s”; reload the page to see what happened.")
            % {"state": current.get_state_display()},
            status=409,
        )
    when = at or timezone.now()
    stamps = {
        "submitted": {"submitted_at": when},
        "approved": {"decided_at": when},
        "declined": {"decided_at": when},
    }
    Application.objects.filter(pk=application.pk).update(
        state=state, lock_version=F("lock_version") + 1, **stamps.get(state, {})
    )
    audit.record(
        "application.moved", actor=officer, obj=application, before=current.state, after=state
    )
    application.refresh_from_db()
    return application


@transaction.atomic
def assign(application: Application, *, officer: Officer, to: Officer | None) -> Application:
    """Give the application to a colleague of its branch, or to nobody."""
    if to is not None and to.branch_id != application.branch_id:
        raise ProblemError(
            "wrong_branch", _("Only officers of the same branch can take this application.")
        )
    application.assigned_to = to
    application.save(update_fields=["assigned_to"])
    audit.record("application.assigned", actor=officer, obj=application, to=to.pk if to else None)
    return application

"""Recording people and small businesses."""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.models import Applicant, Branch, Officer
from applicants.services import audit, restrictions

COUNTRY = re.compile("[A-Za-z]{2}")
MAX_AGE_YEARS = 120
ADULT_AGE_YEARS = 18


@transaction.atomic
def create_applicant(*, officer: Officer, branch: Branch, **fields: object) -> Applicant:
    """Create an applicant. Raises ValidationError, by field, for what cannot be right."""
    applicant = Applicant(branch=branch, created_by=officer, **fields)
    check_applicant(applicant)
    applicant.full_clean()
    applicant.save()
    audit.record("applicant.created", actor=officer, obj=applicant, kind=applicant.kind)
    return applicant


@transaction.atomic
def correct_applicant(
    applicant: Applicant, *, officer: Officer, during_restriction: bool = False, **fields: object
) -> Applicant:
    """Correct the personal data; the audit names the fields, not their contents.

    ``during_restriction`` corrects what is stored about somebody who restricted its use.
    """
    if not during_restriction:
        restrictions.check(applicant)
    changed = [
        name for name, value in fields.items() if (getattr(applicant, name) or "") != (value or "")
    ]
    for name, value in fields.items():
        setattr(applicant, name, value)
    check_applicant(applicant)
    applicant.full_clean()
    applicant.save()
    audit.record("applicant.corrected", actor=officer, obj=applicant, fields=changed)
    return applicant


def check_applicant(applicant: Applicant) -> None:
    problems = {}
    needed = (
        ("name",) if applicant.kind == Applicant.Kind.BUSINESS else ("given_name", "family_name")
    )
    for name in needed:
        if not (getattr(applicant, name) or "").strip():
            problems[name] = _("This is needed.")
    if applicant.kind == Applicant.Kind.PERSON and (
        problem := _birth_problem(applicant.date_of_birth)
    ):
        problems["date_of_birth"] = problem
    if applicant.country and not COUNTRY.fullmatch(applicant.country):
        problems["country"] = _("Give the country as two letters, for example DE.")
    if applicant.founded and applicant.founded > timezone.localdate():
        problems["founded"] = _("The date lies in the future.")
    if problems:
        raise ValidationError(problems)


def _birth_problem(value: object) -> str:
    if not value:
        return _("This is needed.")
    try:
        born = date.fromisoformat(str(value))
    except ValueError:
        return _("Give the date as year-month-day, for example 1990-05-31.")
    today = timezone.localdate()
    if born > today:
        return _("The date lies in the future.")
    if born.year < today.year - MAX_AGE_YEARS:
        return _("The date lies more than 120 years back.")
    if (
        today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    ) < ADULT_AGE_YEARS:
        return _("An applicant must be at least 18 years old.")
    return ""

"""Where a person restricted processing, or was erased, nothing is worked out any more."""

from django.utils.translation import gettext as _

from applicants.errors import RefusedError
from applicants.models import Applicant, Application


class RestrictedError(RefusedError):
    """The applicant restricted processing, or was erased."""

    status = 409


def check(applicant: Applicant) -> None:
    """Raise RestrictedError where nothing may be worked out about this applicant."""
    if applicant.erased_at is not None:
        raise RestrictedError("subject_erased", _("The data of this applicant was erased."))
    if applicant.restricted_at is not None:
        raise RestrictedError(
            "subject_restricted",
            _("The applicant restricted processing; only the data officer may end that."),
        )


def check_fresh(applicant_id: object) -> None:
    """Do the same for what the database says now. Raises RestrictedError."""
    check(Applicant.objects.only("restricted_at", "erased_at").get(pk=applicant_id))


def restricted_numbers() -> frozenset[str]:
    """Return the application numbers by which a batch may name somebody who restricted."""
    rows = Application.objects.filter(applicant__restricted_at__isnull=False)
    return frozenset(rows.values_list("number", flat=True))


def is_restricted_number(number: str) -> bool:
    """Say whether a reference names an application of somebody who restricted processing."""
    return Application.objects.filter(
        number=number, applicant__restricted_at__isnull=False
    ).exists()

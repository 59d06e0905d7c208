"""Recording what applicants declare about themselves for the fairness report; never read back."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import RefusedError
from applicants.models import Applicant, Consent, Officer
from applicants.permissions import Capability, can
from applicants.services import audit
from scoring.models import DeclaredGroup

# The text that the page shows; a new wording gets a new version.
TEXT_VERSION = "2026-11"


@transaction.atomic
def declare(
    applicant: Applicant,
    answers: Mapping[str, str],
    *,
    officer: Officer,
    channel: str = Consent.Channel.ON_SCREEN,
) -> list[str]:
    """Record answers by attribute and return which were recorded; a later answer replaces.

    Only the declaration's existence is audited, never the answer. Raises ValidationError, by
    attribute, for answers that do not exist.
    """
    _check(officer)
    given = {name: value for name, value in answers.items() if value}
    problems = {
        name: _("There is no such answer.")
        for name, value in given.items()
        if value not in DeclaredGroup.VALUES.get(name, ())
    }
    if problems:
        raise ValidationError(problems)
    for attribute, value in given.items():
        DeclaredGroup.objects.update_or_create(
            applicant=applicant,
            attribute=attribute,
            defaults={
                "value": value,
                "text_version": TEXT_VERSION,
                "channel": channel,
                "recorded_by": officer,
                "declared_at": timezone.now(),
            },
        )
    if given:
        audit.record("declared_group.recorded", actor=officer, obj=applicant, fields=sorted(given))
    return sorted(given)


@transaction.atomic
def take_back(applicant: Applicant, attributes: list[str], *, officer: Officer) -> list[str]:
    """Delete declarations and return which stood; later reports no longer count them."""
    _check(officer)
    rows = DeclaredGroup.objects.filter(applicant=applicant, attribute__in=attributes)
    stood = sorted(rows.values_list("attribute", flat=True))
    rows.delete()
    if stood:
        audit.record("declared_group.deleted", actor=officer, obj=applicant, fields=stood)
    return stood


def declared_on(applicant: Applicant) -> dict[str, object]:
    """Return when each attribute was declared; the answers themselves are not read."""
    rows = DeclaredGroup.objects.filter(applicant=applicant)
    return dict(rows.values_list("attribute", "declared_at"))


def _check(officer: Officer) -> None:
    if not can(officer, Capability.RECORD_GROUPS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))

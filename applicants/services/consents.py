"""Giving and withdrawing consent, scope by scope; what withdrawal stops is the upper apps' work."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.models import Applicant, Consent, Officer
from applicants.services import audit, restrictions

# The text that the consent page shows; a new wording gets a new version.
TEXT_VERSION = "2026-11"


@transaction.atomic
def give(
    applicant: Applicant,
    scopes: Iterable[str],
    *,
    officer: Officer,
    channel: str = Consent.Channel.ON_SCREEN,
    language: str = "en",
) -> list[Consent]:
    """Record consent for each scope that does not stand already.

    Raises ValidationError for an unknown scope, and for an analysis without the recording it needs.
    """
    wanted = list(dict.fromkeys(scopes))
    current = Applicant.objects.select_for_update().get(pk=applicant.pk)
    restrictions.check(current)
    if current.objected_at and set(wanted) & set(Consent.ANALYSES):
        raise ValidationError({"scopes": _("The applicant objected to analysis; end that first.")})
    standing = set(
        applicant.consents.filter(withdrawn_at__isnull=True).values_list("scope", flat=True)
    )
    _check_scopes(wanted, standing)
    given = [
        Consent.objects.create(
            applicant=applicant,
            scope=scope,
            text_version=TEXT_VERSION,
            language=language,
            channel=channel,
            given_to=officer,
        )
        for scope in wanted
        if scope not in standing
    ]
    if given:
        audit.record(
            "consent.given",
            actor=officer,
            obj=applicant,
            scopes=[c.scope for c in given],
            text_version=TEXT_VERSION,
        )
    return list(applicant.consents.filter(withdrawn_at__isnull=True))


def _check_scopes(wanted: list[str], standing: set[str]) -> None:
    unknown = [scope for scope in wanted if scope not in Consent.Scope.values]
    if unknown:
        raise ValidationError(
            {"scopes": _("Unknown: %(names)s.") % {"names": ", ".join(map(str, unknown))}}
        )
    if not wanted:
        raise ValidationError({"scopes": _("Name at least one scope.")})
    if set(wanted) & set(Consent.ANALYSES) and Consent.Scope.RECORDING not in {*standing, *wanted}:
        raise ValidationError(
            {"scopes": _("Analysis needs consent for the recording itself as well.")}
        )


@transaction.atomic
def withdraw(applicant: Applicant, scopes: Iterable[str], *, officer: Officer) -> list[str]:
    """Withdraw consents and return the scopes that stood. Without recording no analysis stands."""
    wanted = set(scopes) & set(Consent.Scope.values)
    if Consent.Scope.RECORDING in wanted:
        wanted |= set(Consent.RECORDED)
    rows = applicant.consents.select_for_update().filter(
        scope__in=wanted, withdrawn_at__isnull=True
    )
    withdrawn = [consent.scope for consent in rows]
    rows.update(withdrawn_at=timezone.now(), withdrawn_by=officer)
    if withdrawn:
        audit.record("consent.withdrawn", actor=officer, obj=applicant, scopes=sorted(withdrawn))
    return withdrawn

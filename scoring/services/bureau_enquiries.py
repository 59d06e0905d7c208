"""Asking a credit bureau: with the applicant's consent, by a worker, with an end that is told.

The row says how far it is. A worker may die and another take over; the same report twice is one.
"""

from datetime import date, datetime, time

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Application, Consent, Officer
from applicants.selectors import standing_consents
from applicants.services import audit, consents
from scoring.bureau_adapter import BureauAdapter, BureauConsent, BureauError, BureauIdentity
from scoring.models import BureauEnquiry, BureauRecord
from scoring.services import background, bureau
from scoring.services.background import Claim, Heartbeat, State

logger = structlog.get_logger(__name__)


def adapter() -> BureauAdapter | None:
    """Return the installation's bureau, or None where none is plugged in."""
    return import_string(settings.BUREAU_ADAPTER)() if settings.BUREAU_ADAPTER else None


def consent_of(application: Application) -> Consent | None:
    """Return the applicant's standing consent to an enquiry."""
    return standing_consents(application.applicant).get(Consent.Scope.BUREAU)


@transaction.atomic
def record_consent(application: Application, *, officer: Officer, given_on: date) -> Consent:
    """Record that the applicant agreed on a day. Raises ProblemError for a day to come."""
    bureau.check_right(officer)
    if given_on > timezone.localdate():
        message = _("The day lies in the future.")
        raise ProblemError("invalid", message, fields={"consent_given_on": message})
    consents.give(application.applicant, [Consent.Scope.BUREAU], officer=officer)
    standing = application.applicant.consents.filter(withdrawn_at__isnull=True)
    row = standing.get(scope=Consent.Scope.BUREAU)
    if given_on < timezone.localdate():
        row.given_at = timezone.make_aware(datetime.combine(given_on, time(12)))
        row.save(update_fields=["given_at"])
    return row


@transaction.atomic
def enquire(application: Application, *, officer: Officer) -> BureauEnquiry:
    """Queue an enquiry; the caller rings. Raises ProblemError without bureau or consent."""
    bureau.check_right(officer)
    locked = Application.objects.select_for_update().get(pk=application.pk)
    if adapter() is None:
        raise ProblemError(
            "no_bureau", _("No credit bureau is plugged in; reports can be imported."), status=409
        )
    consent = consent_of(locked)
    if consent is None:
        raise ProblemError("consent_missing", _no_consent(), status=403)
    if locked.bureau_enquiries.filter(state__in=BureauEnquiry.OPEN_STATES).exists():
        raise ProblemError("asked_already", _("The bureau is being asked already."), status=409)
    enquiry = BureauEnquiry(application=locked, consent=consent, asked_by=officer)
    background.queue(enquiry)
    audit.record("bureau.enquiry_queued", actor=officer, obj=locked, consent=str(consent.pk))
    return enquiry


def work(pk: object) -> BureauRecord | None:
    """Ask for one row that is due, and keep the answer or why there is none."""
    held = background.claim(BureauEnquiry, pk)
    if held is None:
        return None
    enquiry = BureauEnquiry.objects.select_related("application__applicant", "asked_by").get(pk=pk)
    try:
        with Heartbeat(held):
            return _asked(held, enquiry)
    except (ProblemError, BureauError) as error:
        _fail(held, enquiry, str(error))
    except ValidationError as error:
        told = "; ".join(f"{n}: {' '.join(why)}" for n, why in error.message_dict.items())
        _fail(held, enquiry, told)
    except Exception as error:
        # Whatever a bank's own adapter raises must end here, and never show an identity.
        logger.exception("bureau_failed", enquiry=str(pk))
        kind = type(error).__name__
        _fail(held, enquiry, _("The bureau's adapter failed (%(kind)s).") % {"kind": kind})
    return None


def _asked(held: Claim, enquiry: BureauEnquiry) -> BureauRecord:
    application, bureau_of = enquiry.application, adapter()
    consent = consent_of(application)
    if consent is None:
        raise BureauError(_no_consent())
    if bureau_of is None:
        raise BureauError(_("No credit bureau is plugged in; reports can be imported."))
    given_on = timezone.localdate(consent.given_at)
    word = BureauConsent(given_on=given_on, taken_by=enquiry.asked_by.get_username())
    report = bureau_of.fetch(word, _identity(application))
    with transaction.atomic():
        record, __ = bureau.store(
            application, report, officer=enquiry.asked_by, consent_given_on=given_on
        )
        background.finish(held, State.DONE, record=record)
    return record


def _fail(held: Claim, enquiry: BureauEnquiry, why: str) -> None:
    background.finish(held, State.FAILED, error=why)
    audit.record("bureau.unanswered", actor=enquiry.asked_by, obj=enquiry.application)


def _no_consent() -> str:
    return _("The applicant has not agreed that a credit bureau is asked.")


def _identity(application: Application) -> BureauIdentity:
    who = application.applicant
    return BureauIdentity(
        kind=who.kind,
        name=who.display_name,
        date_of_birth=str(who.date_of_birth or ""),
        identity_number=who.national_id or who.registration_number or "",
        country=who.country,
    )

"""Who may send evaluation keys now: a file takes much memory, and a bad one ends a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError, TooManyError
from applicants.models import AuditEvent, Officer
from applicants.permissions import Capability, can
from applicants.services import audit, slots
from applicants.services.stores import store_at
from scoring.models import EvaluationKeys

REFUSED = "evaluation_keys.refused"
# Longer than checking, sealing and storing a file takes; then a slot of a killed process is free.
KEPT_S = 180
# Nothing was wrong with the keys, so that it counts as no attempt.
NOT_TRIED = frozenset({"busy", "storage_full"})


@contextmanager
def slot_for(officer: Officer) -> Iterator[None]:
    """Hold a slot while keys are read and taken in; refused keys go into the audit trail.

    One file at a time of an account and few of all, so that the memory stays bounded. Raises
    RefusedError by role, TooManyError, and ProblemError 507 where the storage is nearly full.
    """
    if not can(officer, Capability.SCORE_BATCHES):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    own = _taken(f"key-upload/{officer.pk}", 1)
    try:
        _check_hour(officer)
        _check_room()
        among_all = _taken("key-upload", settings.KEY_UPLOADS_AT_ONCE)
        try:
            yield
        except Exception as error:
            code = error.code if isinstance(error, ProblemError) else "error"
            if code not in NOT_TRIED:
                audit.record(REFUSED, actor=officer, code=code)
            raise
        finally:
            among_all.release()
    finally:
        own.release()


def _taken(name: str, limit: int) -> slots.Slot:
    slot = slots.take(name, limit, kept_s=KEPT_S)
    if slot is None:
        error = TooManyError(
            "too_many_keys_at_once",
            _("Evaluation keys are being taken in already. Try again in half a minute."),
        )
        error.retry_after_s = 30
        raise error
    return slot


def _check_hour(officer: Officer) -> None:
    since = timezone.now() - timedelta(hours=1)
    count = EvaluationKeys.objects.filter(created_by=officer, created_at__gt=since).count()
    count += AuditEvent.objects.filter(actor=officer, action=REFUSED, at__gt=since).count()
    if count >= settings.KEY_UPLOADS_PER_HOUR:
        raise TooManyError(
            "too_many_keys",
            _("You have sent evaluation keys %(count)d times within an hour. Try again later.")
            % {"count": count},
        )


def _check_room() -> None:
    if store_at(settings.MEDIA_STORAGE_URL).free_share() < settings.DISK_REFUSE_BELOW_SHARE:
        message = _("There is no room for evaluation keys now. Tell your administrator.")
        raise ProblemError("storage_full", message, status=507)

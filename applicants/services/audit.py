"""The audit trail: each row is sealed over the one before, so that a change anywhere shows."""

import hashlib
import hmac
import json

import structlog
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from applicants.models import AuditEvent, Officer

GENESIS = "0" * 64
# Any constant works; it names the lock that keeps two writers from sealing over the same row.
CHAIN_LOCK = 0x61756469
LOCK_AND_READ_LAST = (
    "SELECT pg_advisory_xact_lock(%s); "
    "SELECT digest FROM applicants_auditevent ORDER BY id DESC LIMIT 1"
)


def record(
    action: str, *, actor: Officer | None = None, obj: models.Model | None = None, **detail: object
) -> AuditEvent:
    """Append one event. ``detail`` takes codes, counts and figures, never personal data."""
    # Without a savepoint: what cannot be recorded must not be kept either.
    with transaction.atomic(savepoint=False):
        last = _lock_and_read_last()
        context = structlog.contextvars.get_contextvars()
        event = AuditEvent(
            at=timezone.now(),
            actor=actor,
            action=action,
            object_type=obj._meta.label if obj else "",
            object_id=str(obj.pk) if obj else "",
            detail=json.loads(json.dumps(detail, default=str)),
            ip=context.get("ip") or None,
            request_id=str(context.get("request_id", "")),
            previous_digest=last or GENESIS,
        )
        event.digest = _digest(event)
        event.save(force_insert=True)
    return event


def _lock_and_read_last() -> str | None:
    """Return the seal of the last event. Nobody else can add one until this transaction ends."""
    with connection.cursor() as cursor:
        # Two statements in one message: the second sees what was committed while the first waited.
        cursor.execute(LOCK_AND_READ_LAST, [CHAIN_LOCK])
        row = cursor.fetchone()
    return row[0] if row else None


def first_broken_event() -> AuditEvent | None:
    """Return the first event whose seal does not hold, or None where the chain is whole."""
    previous = GENESIS
    for event in AuditEvent.objects.order_by("id").iterator():
        if event.previous_digest != previous or event.digest != _digest(event):
            return event
        previous = event.digest
    return None


def _digest(event: AuditEvent) -> str:
    content = [
        event.previous_digest,
        event.at.isoformat(),
        event.actor_id,
        event.action,
        event.object_type,
        event.object_id,
        event.detail,
        event.ip,
        event.request_id,
    ]
    message = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hmac.new(settings.AUDIT_KEY, message.encode(), hashlib.sha256).hexdigest()

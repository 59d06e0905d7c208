"""API tokens: 256 random bits, shown once, kept as SHA-256."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from applicants.models import ApiToken, Officer
from applicants.prepared import Prepared
from applicants.services import audit

LIFETIME = timedelta(days=90)
# A token in constant use costs one write a minute, not one a request.
USE_NOTED_EVERY = timedelta(minutes=1)
PREFIX = "cw_"
PREFIX_CHARACTERS = 10

_TOKEN = Prepared(lambda value: ApiToken.objects.filter(digest=value), example="digest")
_OFFICER = Prepared(lambda pk: Officer.objects.filter(pk=pk), example=-1)


def issue(officer: Officer, *, name: str = "", actor: Officer | None = None) -> str:
    """Create a token and return it; it cannot be read again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        officer=officer, name=name, prefix=secret[:PREFIX_CHARACTERS], digest=digest(secret),
        expires_at=timezone.now() + LIFETIME,
    )  # fmt: skip
    audit.record("token.issued", actor=actor or officer, obj=token, officer=officer.pk)
    return secret


def valid() -> QuerySet[ApiToken]:
    """Return the tokens that open something now, the newest first."""
    rows = ApiToken.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())
    return rows.filter(officer__is_active=True).select_related("officer")


def revoke(token: ApiToken, *, actor: Officer | None = None) -> None:
    """End a token for good; one that has ended already stays as it is."""
    with transaction.atomic():
        ended = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
        token.revoked_at = timezone.now()
        if ended.update(revoked_at=token.revoked_at):
            audit.record("token.revoked", actor=actor, obj=token, officer=token.officer_id)


def revoke_all(officer: Officer, *, actor: Officer | None = None) -> None:
    """End every token of an officer."""
    for token in valid().filter(officer=officer):
        revoke(token, actor=actor)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def officer_of(secret: str) -> Officer | None:
    """Return the active officer whose valid token this is, and note the use to the minute."""
    token = _TOKEN.first(digest(secret))
    if token is None or not token.is_valid:
        return None
    officer = _OFFICER.first(token.officer_id)
    if officer is None or not officer.is_active:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return officer

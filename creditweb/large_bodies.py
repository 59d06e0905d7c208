"""A body is taken as far as its route can use it, a long one of somebody who is signed in alone.

Django's handler keeps a whole body before any middleware or view is asked who sent it, so that a
stranger could fill the disk. Here the sign-in is looked at once a body grows beyond a form, and
the body is refused once it grows beyond what the longest file of its route needs.
"""

import io
from importlib import import_module
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from applicants.services import tokens
from scoring.privacy.homomorphic.limits import MAX_KEY_BYTES

logger = structlog.get_logger(__name__)


# What a form sends beside its file.
FORM_BYTES = 1024**2


class BodyRefusedError(Exception):
    """A body is not taken to its end."""


class StrangersBodyError(BodyRefusedError):
    """A long body came from somebody who is not signed in."""


class TooLongBodyError(BodyRefusedError):
    """A body is longer than its route can use; ``limit_bytes`` are taken."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self.limit_bytes = limit_bytes


class Vouched:
    """The ``receive`` of a request, which asks who sends it before it gives out a long body."""

    def __init__(self, scope: Any, receive: Any) -> None:
        self._scope, self._receive = scope, receive
        self._received_bytes = 0
        self._is_vouched = False
        self._limit_bytes = longest_body(scope["path"])

    async def __call__(self) -> dict[str, Any]:
        """Return the next message. Raises StrangersBodyError or TooLongBodyError."""
        message: dict[str, Any] = await self._receive()
        self._received_bytes += len(message.get("body", b""))
        if self._received_bytes > self._limit_bytes:
            raise TooLongBodyError(self._limit_bytes)
        is_long = self._received_bytes > settings.STRANGERS_BODY_MAX_BYTES
        if is_long and not self._is_vouched:
            self._is_vouched = await sync_to_async(_is_signed_in)(self._scope)
            if not self._is_vouched:
                raise StrangersBodyError
        return message


def longest_body(path: str) -> int:
    """Return how many bytes the route at ``path`` can use; one that does not exist, as a form."""
    files = {
        "api_recordings": settings.UPLOAD_MAX_BYTES,
        "api_batches": settings.BATCH_MAX_BYTES,
        "scoring:batches": settings.BATCH_MAX_BYTES,
        "scoring:credit_table_new": settings.TABLE_MAX_BYTES,
        "api_evaluation_keys": MAX_KEY_BYTES,
    }
    try:
        name = resolve(path).view_name
    except Resolver404:
        name = ""
    return files.get(name, settings.UPLOAD_CHUNK_MAX_BYTES) + FORM_BYTES


def refusal(scope: Any, error: BodyRefusedError) -> HttpResponse:
    """Return what a sender is answered: a page to a browser's form, JSON to everything else."""
    request = _without_body(scope)
    logger.warning("body_refused", path=request.path, reason=type(error).__name__)
    is_page = request.accepts("text/html") and request.headers.get("Accept", "*/*") != "*/*"
    if isinstance(error, TooLongBodyError):
        return _too_long(error.limit_bytes, is_page=is_page)
    if is_page:
        return redirect_to_login(request.path)
    told = {"code": "not_authenticated", "message": _("Sign in first."), "fields": {}}
    return JsonResponse({"error": told}, status=401, headers={"WWW-Authenticate": "Bearer"})


def _too_long(limit_bytes: int, *, is_page: bool) -> HttpResponse:
    limit = {"mib": limit_bytes // 1024**2}
    message = _("At most %(mib)s MiB are taken here; nothing of what you sent was kept.") % limit
    if is_page:
        page = render_to_string("413.html", {"message": message})
        return HttpResponse(page, status=413)
    told = {"code": "too_large", "message": message, "fields": {}}
    return JsonResponse({"error": told}, status=413)


def _is_signed_in(scope: Any) -> bool:
    """Return whether the token or the session of a request stands."""
    request = _without_body(scope)
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() == "bearer":
            return tokens.officer_of(secret.strip()) is not None
        sessions = import_module(settings.SESSION_ENGINE)
        request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        return bool(get_user(request).is_authenticated)
    finally:
        connection.close()


def _without_body(scope: Any) -> Any:
    """Return a request of the headers alone; a query that is no text is refused later."""
    return ASGIRequest({**scope, "query_string": b""}, io.BytesIO())

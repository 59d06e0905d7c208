"""A body that is longer than any form is taken from somebody who is signed in alone.

Django's handler keeps a whole body before any middleware or view is asked who sent it, so that a
stranger could fill the disk. Here the sign-in is looked at once a body grows beyond a form.
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
from django.utils.translation import gettext as _

from applicants.services import tokens

logger = structlog.get_logger(__name__)


class StrangersBodyError(Exception):
    """A long body came from somebody who is not signed in."""


class Vouched:
    """The ``receive`` of a request, which asks who sends it before it gives out a long body."""

    def __init__(self, scope: Any, receive: Any) -> None:
        self._scope, self._receive = scope, receive
        self._received_bytes = 0
        self._is_vouched = False

    async def __call__(self) -> dict[str, Any]:
        """Return the next message. Raises StrangersBodyError."""
        message: dict[str, Any] = await self._receive()
        self._received_bytes += len(message.get("body", b""))
        is_long = self._received_bytes > settings.STRANGERS_BODY_MAX_BYTES
        if is_long and not self._is_vouched:
            self._is_vouched = await sync_to_async(_is_signed_in)(self._scope)
            if not self._is_vouched:
                raise StrangersBodyError
        return message


def refusal(scope: Any) -> HttpResponse:
    """Return what a stranger is answered: the sign-in to a page, 401 to everything else."""
    request = _without_body(scope)
    logger.warning("strangers_body_refused", path=request.path)
    if request.accepts("text/html") and request.headers.get("Accept", "*/*") != "*/*":
        return redirect_to_login(request.path)
    told = {"code": "not_authenticated", "message": _("Sign in first."), "fields": {}}
    return JsonResponse({"error": told}, status=401, headers={"WWW-Authenticate": "Bearer"})


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

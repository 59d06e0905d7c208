"""What every request and response gets: a log line, a check, headers, an officer's time zone."""

import ipaddress
import zoneinfo
from collections.abc import Callable
from functools import cache

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django_structlog.middlewares import RequestMiddleware

PERMISSIONS_POLICY = "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"


class RequestLog(RequestMiddleware):
    """Logs the path alone, since a search holds a name, and the address that the server saw.

    Behind a proxy the server itself decides whose word on the client's address it takes.
    """

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=_address(request.META.get("REMOTE_ADDR", "")))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:  # a socket has none
        return None


def storable_query(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 to a NUL in the address: no text holds one, and the database takes none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest
        return get_response(request)

    return middleware


def asked_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer in the language of ``?language=``, before the cookie's and the browser's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("language", "").lower()
        if asked not in dict(settings.LANGUAGES):
            return get_response(request)
        with translation.override(asked):
            request.LANGUAGE_CODE = asked
            response = get_response(request)
            response.headers.setdefault("Content-Language", asked)
            return response

    return middleware


def response_headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add Permissions-Policy, and keep what a signed-in person sees out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def officer_time_zone(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Show times in the zone of the officer who is signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "time_zone", "")
        if name not in _known_zones():
            return get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return get_response(request)

    return middleware


@cache
def _known_zones() -> frozenset[str]:
    """Return the names of all zones; finding them reads hundreds of files, so it is done once."""
    return frozenset(zoneinfo.available_timezones())

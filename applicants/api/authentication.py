"""``Authorization: Bearer TOKEN``."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from applicants.models import Officer
from applicants.services import tokens

SCHEME = b"bearer"
PARTS = 2


class BearerTokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Officer, str] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != SCHEME:
            return None
        if len(parts) != PARTS:
            raise AuthenticationFailed(_("Send the token as “Authorization: Bearer TOKEN”."))
        secret = parts[1].decode("latin-1")
        officer = tokens.officer_of(secret)
        if officer is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        return officer, secret

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = BearerTokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}

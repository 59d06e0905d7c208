"""Every error of the API in one shape: ``{"error": {"code", "message", "fields"?}}``."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from applicants.errors import ProblemError, TooManyError


def body(code: str, message: str, fields: dict[str, str] | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return {"error": error}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into the error shape; None lets an unexpected one reach the log."""
    if isinstance(error, ProblemError):
        content = body(error.code, error.message, error.fields)
        return Response(content, status=error.status, headers=_headers(error))
    if isinstance(error, DjangoValidationError):
        return Response(_invalid(_django_fields(error)), status=400)
    if isinstance(error, exceptions.ValidationError):
        return Response(_invalid(_drf_fields(error.detail)), status=400)
    response = exception_handler(error, context)
    if response is None:
        return None
    code, message = _code_and_message(error, response)
    response.data = body(code, message)
    return response


def _headers(error: ProblemError) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooManyError) else {}


def _code_and_message(error: Exception, response: Response) -> tuple[str, str]:
    if isinstance(error, Http404 | exceptions.NotFound):
        return "not_found", _("There is no such thing here, or it is not yours to see.")
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return "permission_denied", _("Your role does not allow this.")
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        return codes if isinstance(codes, str) else "error", str(error.detail)
    return "error", str(response.status_code)


def _invalid(fields: dict[str, str]) -> dict[str, Any]:
    message = _("Some values cannot be used: %(names)s.") % {"names": ", ".join(fields)}
    return body("invalid", message, fields)


def _django_fields(error: DjangoValidationError) -> dict[str, str]:
    if hasattr(error, "error_dict"):
        return {name: " ".join(messages) for name, messages in error.message_dict.items()}
    return {"non_field_errors": " ".join(error.messages)}


def _drf_fields(detail: Any, prefix: str = "") -> dict[str, str]:
    """Flatten nested errors: ``financials.annual_income`` names a field inside another."""
    if isinstance(detail, dict):
        fields: dict[str, str] = {}
        for name, inner in detail.items():
            fields |= _drf_fields(inner, f"{prefix}.{name}" if prefix else str(name))
        return fields
    if isinstance(detail, list):
        return {prefix or "non_field_errors": " ".join(str(item) for item in detail)}
    return {prefix or "non_field_errors": str(detail)}

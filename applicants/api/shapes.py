"""Serializers used again: making the fields of one costs more than what they then do.

A serializer holds nothing of a request but what ``data`` and ``is_valid`` leave in it; the two
functions here use neither, so one of each class serves all threads.
"""

from functools import cache
from typing import Any

from rest_framework.serializers import BaseSerializer


def answer(shape: type[BaseSerializer[Any]], content: object) -> dict[str, Any]:
    """Return what an object looks like in the API."""
    return dict(_kept(shape).to_representation(content))


def checked(shape: type[BaseSerializer[Any]], sent: object) -> dict[str, Any]:
    """Return the validated values of a request. Raises DRF's ValidationError, by field."""
    return dict(_kept(shape).run_validation(sent))


@cache
def _kept(shape: type[BaseSerializer[Any]]) -> BaseSerializer[Any]:
    return shape()

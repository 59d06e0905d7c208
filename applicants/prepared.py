"""Querysets of hot paths whose SQL is made once per process and run again with other values.

Django writes the SQL of a queryset anew each time, which costs more than Postgres needs for the
answer. What is kept here is the text alone: each call asks the database, so nothing goes stale.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.query import RawQuerySet

Row = TypeVar("Row", bound=Model)


class Prepared(Generic[Row]):
    """A queryset of one table, without ``select_related``, that depends on at most one value.

    ``build`` gets the value; ``example`` is one of its kind that no other part of it equals.
    """

    def __init__(self, build: Callable[[Any], QuerySet[Row]], example: object = None) -> None:
        self._build, self._example = build, example
        self._made: tuple[type[Row], str, tuple[object, ...]] | None = None

    def __call__(self, value: object = None) -> RawQuerySet:
        """Return the rows for a value."""
        model, sql, values = self._made or self._make()
        here = tuple(value if each == self._example else each for each in values)
        return model._default_manager.raw(sql, here)

    def first(self, value: object = None) -> Row | None:
        """Return the first row for a value."""
        return next(iter(self(value)), None)

    def _make(self) -> tuple[type[Row], str, tuple[object, ...]]:
        rows = self._build(self._example)
        self._made = (rows.model, *rows.query.sql_with_params())
        return self._made

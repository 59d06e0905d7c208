"""Who may work on a part of a batch: a claim with a lease and a fence, by the database's clock.

A task may come twice, late or never. A claim is taken under a row lock; each write that follows
carries its fence, so that a worker that lost its part changes nothing more (Kleppmann 2016, *How to
do distributed locking*).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from scoring.models import BatchChunk, BatchJob

Part = TypeVar("Part", BatchJob, BatchChunk)


class LostError(Exception):
    """The part is no longer this worker's: it was cancelled, removed or taken over."""


def is_free() -> Q:
    """Match parts that no living worker holds."""
    return Q(lease_until=None) | Q(lease_until__lt=Now())


def take(rows: QuerySet[Part], state: str) -> Part | None:
    """Claim the one row of ``rows`` and put it in ``state``; None where it is not to be had."""
    with transaction.atomic():
        free = rows.filter(is_free(), attempt__lt=settings.BATCH_MAX_ATTEMPTS)
        part = free.select_for_update(of=["self"], skip_locked=True).first()
        if part is None:
            return None
        rows.model.objects.filter(pk=part.pk).update(
            state=state, attempt=F("attempt") + 1, fence=F("fence") + 1, lease_until=_lease_end()
        )
        part.refresh_from_db()
        return part


@contextmanager
def holding(part: Part) -> Iterator[Part]:
    """Lock a claimed part for a write, with its lease extended. Raises LostError."""
    with transaction.atomic():
        rows = type(part).objects.select_for_update(of=["self"])
        current = rows.filter(pk=part.pk, fence=part.fence, state=part.state).first()
        if current is None:
            raise LostError(str(part.pk))
        type(part).objects.filter(pk=part.pk).update(lease_until=_lease_end())
        yield current


def _lease_end() -> object:
    return Now() + timedelta(seconds=settings.BATCH_LEASE_S)

"""Who may work on a row of background work: a claim with a lease and a fence.

A message may arrive twice, late or never. Only one worker gets a row, and each write that follows
carries the claim's fence, so that a worker that lost its row changes nothing more.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.beating import Beating
from scoring.models.background import BackgroundWork

State = BackgroundWork.State
LEASE_S, HEARTBEAT_S = 30, 3
MAX_ATTEMPTS = 3
# A message is sent again where it seems lost; a worker that is away finds the first one later.
REPUBLISH_AFTER_S = 300
NO_WORKER_AFTER_S = 30


class WorkLostError(Exception):
    """The row is no longer this worker's: it was cancelled or taken over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a row, and to write as long as its fence is the newest."""

    model: type[BackgroundWork]
    pk: object
    fence: int

    def rows(self) -> QuerySet[BackgroundWork]:
        return self.model._default_manager.filter(pk=self.pk, fence=self.fence, state=State.RUNNING)


def queue(work: BackgroundWork) -> None:
    """Make a row wait for a worker, from the beginning of its attempts. The caller rings."""
    now = timezone.now()
    work.state, work.attempt, work.fence = State.QUEUED, 0, work.fence + 1
    work.queued_at = work.published_at = now
    work.error = work.step = ""
    work.done = work.total = 0
    work.finished_at = work.lease_until = None
    work.save()


@transaction.atomic
def claim(model: type[BackgroundWork], pk: object) -> Claim | None:
    """Take a row that is due. None where another worker holds it or nothing is to do."""
    due = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())
    rows = model._default_manager.select_for_update(skip_locked=True)
    work = rows.filter(due, pk=pk).first()
    if work is None:
        return None
    now = timezone.now()
    if work.attempt >= MAX_ATTEMPTS:
        work.state, work.finished_at = State.FAILED, now
        work.error = _("The work was interrupted %(count)d times and given up. Try again.") % {
            "count": work.attempt
        }
        work.save()
        return None
    work.state, work.attempt, work.fence = State.RUNNING, work.attempt + 1, work.fence + 1
    work.started_at, work.finished_at, work.error = work.started_at or now, None, ""
    work.lease_until = now + timedelta(seconds=LEASE_S)
    work.save()
    return Claim(model, pk, work.fence)


def extend(held: Claim, step: str, done: int, total: int) -> bool:
    """Keep the row and note its progress. False where it is no longer held."""
    lease_until = timezone.now() + timedelta(seconds=LEASE_S)
    return bool(held.rows().update(step=step[:80], done=done, total=total, lease_until=lease_until))


def finish(held: Claim, state: str, **found: object) -> None:
    """End the work and keep what it found. Raises WorkLostError for a stale worker."""
    ended = held.rows().update(state=state, lease_until=None, finished_at=timezone.now(), **found)
    if not ended:
        raise WorkLostError(held.pk)


def cancel(work: BackgroundWork) -> bool:
    """End open work from outside; its worker notices at its next report. False where it ended."""
    open_rows = type(work)._default_manager.filter(pk=work.pk, state__in=work.OPEN_STATES)
    return bool(
        open_rows.update(state=State.CANCELLED, lease_until=None, finished_at=timezone.now())
    )


def unrung(model: type[BackgroundWork]) -> list[object]:
    """Return the rows whose worker is gone or whose message seems lost, marked as rung again."""
    rung_before = timezone.now() - timedelta(seconds=REPUBLISH_AFTER_S)
    abandoned = Q(state=State.RUNNING, lease_until__lt=Now())
    lost = Q(state=State.QUEUED, published_at__lt=rung_before)
    pks = list(model._default_manager.filter(abandoned | lost).values_list("pk", flat=True))
    rows = model._default_manager.filter(pk__in=pks)
    rows.filter(abandoned).update(state=State.QUEUED, lease_until=None)
    rows.update(published_at=timezone.now())
    return pks


def is_worker_missing(models: Iterable[type[BackgroundWork]]) -> bool:
    """Say whether work has waited for half a minute while no worker holds any."""
    now = timezone.now()
    waiting_since = now - timedelta(seconds=NO_WORKER_AFTER_S)
    kinds = list(models)
    if any(
        each._default_manager.filter(state=State.RUNNING, lease_until__gt=now).exists()
        for each in kinds
    ):
        return False
    return any(
        each._default_manager.filter(state=State.QUEUED, queued_at__lt=waiting_since).exists()
        for each in kinds
    )


class Heartbeat(Beating):
    """Keeps a lease alive from a thread: ``with Heartbeat(claim) as beat: beat.report(…)``.

    ``report`` raises WorkLostError once the row was cancelled or taken over.
    """

    def __init__(self, held: Claim) -> None:
        super().__init__(f"work-{held.pk}-heartbeat", HEARTBEAT_S)
        self._claim = held
        self._progress = ("", 0, 0)
        self._lost = threading.Event()

    def report(self, step: str, done: int, total: int) -> None:
        self._progress = (step, done, total)
        if self._lost.is_set() or not extend(self._claim, step, done, total):
            raise WorkLostError(self._claim.pk)

    def beat(self) -> bool:
        if not extend(self._claim, *self._progress):
            self._lost.set()
        return True

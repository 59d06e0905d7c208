"""Scoring the whole portfolio again, in bounded chunks that a stopped run takes up again.

Open applications and running loans are done in the order of their keys. The row of the run is
written after each chunk: a worker that dies repeats at most one chunk, and what it repeats appends
nothing, because nothing moved since.
"""

from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from applicants.errors import ProblemError
from applicants.models import Application
from applicants.selectors import processable
from scoring.engine.artifacts import read_manifest
from scoring.models import PortfolioRun, ScoreRevision
from scoring.services import estimators
from scoring.services import policy as policies
from scoring.services.rescore import rescore

CHUNK_ROWS = 200
# A run that no worker has touched for so long was left by one that died.
ABANDONED_AFTER = timedelta(minutes=5)
Cause = ScoreRevision.Cause
logger = structlog.get_logger(__name__)


def start() -> PortfolioRun:
    """Return the run that is under way, or begin one."""
    under_way = PortfolioRun.objects.filter(is_finished=False).first()
    if under_way is not None:
        return under_way
    try:
        with transaction.atomic():
            return PortfolioRun.objects.create(total=portfolio().count())
    except IntegrityError:  # another worker began it in the meantime
        return PortfolioRun.objects.get(is_finished=False)


def claim_abandoned() -> PortfolioRun | None:
    """Return a run that its worker left, for one caller alone."""
    left = PortfolioRun.objects.filter(
        is_finished=False, touched_at__lt=timezone.now() - ABANDONED_AFTER
    )
    is_mine = left.update(touched_at=timezone.now())
    return PortfolioRun.objects.filter(is_finished=False).first() if is_mine else None


def work(run: PortfolioRun, *, chunks: int | None = None) -> PortfolioRun:
    """Do the run, or as many ``chunks`` of it, and return it as far as it came."""
    done = 0
    while not run.is_finished and (chunks is None or done < chunks):
        _do_chunk(run)
        done += 1
    return run


def portfolio() -> QuerySet[Application]:
    """Return the scored applications that are open or were approved, in the order of their keys.

    Those of people who restricted processing are none of them.
    """
    states = Q(state__in=Application.OPEN_STATES) | Q(state=Application.State.APPROVED)
    rows = Application.objects.filter(states, processable("applicant"))
    return rows.filter(current_score__isnull=False).order_by("pk")


def _do_chunk(run: PortfolioRun) -> None:
    behind = portfolio().filter(pk__gt=run.cursor) if run.cursor else portfolio()
    rows = list(behind.select_related("current_score__revision")[:CHUNK_ROWS])
    for application in rows:
        run.done += 1
        if application.is_open or application.is_running:
            _do_one(run, application)
    if rows:
        run.cursor = rows[-1].pk
    run.touched_at = timezone.now()
    if len(rows) < CHUNK_ROWS:
        run.is_finished, run.finished_at = True, run.touched_at
    run.save()


def _do_one(run: PortfolioRun, application: Application) -> None:
    before = application.current_score.revision
    try:
        after = rescore(application, cause_of_change(before), only_if_moved=True)
    except ProblemError as problem:
        run.failed += 1
        logger.warning("portfolio.not_scored", application=application.pk, code=problem.code)
        return
    run.appended += after.pk != before.pk


def cause_of_change(last: ScoreRevision) -> str:
    """Return what changed since a revision: the policy, the estimator, or only the time."""
    if last.policy_id != policies.active().pk:
        return Cause.POLICY_CHANGED
    deciding = last.models_used[0] if last.models_used else {}
    in_force = read_manifest(estimators.in_force())
    if deciding and in_force[deciding["name"]].sha256 != deciding["sha256"]:
        return Cause.MODEL_CHANGED
    return Cause.EVIDENCE_AGED

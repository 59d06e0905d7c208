"""Work of the scoring queue. Rows in Postgres say what there is to do; a task may run twice."""

from contextlib import suppress
from datetime import date, timedelta

from celery import shared_task
from django.utils import timezone

from applicants.models import Applicant, Application
from applicants.selectors import processable
from applicants.services.restrictions import RestrictedError
from scoring import portfolio
from scoring.models import BureauEnquiry, ScoreRevision
from scoring.services import (
    background,
    batch_work,
    batches,
    bureau_enquiries,
    erasure,
    estimators,
    evaluation_keys,
    fairness,
    monitoring,
    portfolio_rescoring,
)
from scoring.services import evidence as evidence_service
from scoring.services import policy as policies
from scoring.services.rescore import rescore

CATCH_UP_ROWS = 200
# Explaining takes longer than scoring: this many a turn, until no score lacks it.
EXPLAINED_ROWS = 120
# Of 200 applications each: within the time limit of a task on a slow machine.
CHUNKS_A_TASK = 50


@shared_task(name="scoring.tasks.run_challengers")
def run_challengers(revision_id: int) -> None:
    # Loads ONNX Runtime, which the web process must not, and the web imports this module.
    from scoring.services import challengers

    challengers.run_challengers(ScoreRevision.objects.get(pk=revision_id))


@shared_task(name="scoring.tasks.catch_up")
def catch_up() -> None:
    """Do what a lost message left undone: old policies and models, challengers, lost consent."""
    from scoring.services import challengers  # loads ONNX Runtime, as above

    outdated = Application.objects.filter(
        processable("applicant"), state__in=Application.OPEN_STATES, current_score__isnull=False
    ).exclude(current_score__revision__policy__is_active=True)
    for application in outdated[:CATCH_UP_ROWS]:
        rescore(application, ScoreRevision.Cause.POLICY_CHANGED)
    for application in estimators.scored_by_another()[:CATCH_UP_ROWS]:
        rescore(application, ScoreRevision.Cause.MODEL_CHANGED)
    waiting = ScoreRevision.objects.filter(
        processable("application__applicant"),
        challengers__isnull=True,
        current_of__isnull=False,
        erased_at__isnull=True,
    ).exclude(application__applicant__kind=Applicant.Kind.BUSINESS)
    for revision in waiting.order_by("-created_at")[:CATCH_UP_ROWS]:
        challengers.run_challengers(revision)
    evidence_service.release_all_unconsented()


@shared_task(name="scoring.tasks.explain_older")
def explain_older() -> None:
    """Work out why challengers said what they said, for scores that lack it."""
    from scoring.services import challengers  # loads ONNX Runtime, as above

    challengers.explain_older(EXPLAINED_ROWS)


@shared_task(name="scoring.tasks.rescore_open_applications")
def rescore_open_applications(cause: str) -> None:
    """Score every open application anew; one that cannot be scored yet is left alone."""
    scored = Application.objects.filter(
        processable("applicant"), state__in=Application.OPEN_STATES, score_revisions__isnull=False
    ).distinct()
    for application in scored.iterator():
        # Who restricts processing in the meantime is left alone, and nobody after them.
        with suppress(RestrictedError):
            rescore(application, cause)


@shared_task(name="scoring.tasks.rescore_portfolio")
def rescore_portfolio() -> None:
    """Score open applications and running loans again; a score that does not move stays."""
    portfolio_rescoring.work(portfolio_rescoring.start(), chunks=CHUNKS_A_TASK)


@shared_task(name="scoring.tasks.continue_portfolio")
def continue_portfolio() -> None:
    """Go on with a run that a worker left, or that was longer than one task."""
    run = portfolio_rescoring.claim_abandoned()
    if run is not None:
        portfolio_rescoring.work(run, chunks=CHUNKS_A_TASK)


@shared_task(name="scoring.tasks.erase_withdrawn")
def erase_withdrawn() -> None:
    erasure.erase_withdrawn()


@shared_task(name="scoring.tasks.monitor")
def monitor(month: str = "") -> None:
    """Report on stability and fairness: of a month (``2026-11-01``), else of this and the last.

    A nightly report whose figures did not change adds nothing, and an alarm is raised once.
    """
    today = timezone.localdate()
    last = today.replace(day=1) - timedelta(days=1)
    months = [date.fromisoformat(month)] if month else [last, today]
    for each in months:
        monitoring.stability_report(each.replace(day=1))
        if portfolio.scored_in(each.replace(day=1), of_businesses=True).exists():
            monitoring.stability_report(each.replace(day=1), of_businesses=True)
    # Groups are compared over all current scores, so the report is this month's.
    fairness.fairness_report()


@shared_task(name="scoring.tasks.check_proof")
def check_proof() -> None:
    """Put the behavioural part back in shadow where the newest outcomes no longer prove it."""
    if policies.return_to_shadow() is not None:
        rescore_open_applications(ScoreRevision.Cause.POLICY_CHANGED)


@shared_task(name="scoring.tasks.ask_bureau")
def ask_bureau(enquiry_id: int) -> None:
    """Ask the credit bureau, and have the new score's challengers run."""
    from scoring import dispatch  # it imports this module

    record = bureau_enquiries.work(enquiry_id)
    if record is not None:
        revision = record.application.score_revisions.order_by("-sequence").first()
        if revision is not None:
            dispatch.run_challengers(revision)


@shared_task(name="scoring.tasks.sweep_bureau")
def sweep_bureau() -> None:
    """Ask again where a worker is gone or a message was lost."""
    from scoring import dispatch  # it imports this module

    dispatch.ask_bureau_again(background.unrung(BureauEnquiry))


# --- batches --------------------------------------------------------------------------------------


@shared_task(name="scoring.tasks.advance_batch")
def advance_batch(job_id: str) -> None:
    """Read a batch into pieces, or write its result; then ring for what follows."""
    from scoring import dispatch  # it imports this module

    batch_work.advance(job_id)
    dispatch.score_batch_chunks(batch_work.due_chunks(job_id))


@shared_task(name="scoring.tasks.score_batch_chunk")
def score_batch_chunk(chunk_id: int) -> None:
    from scoring import dispatch  # as above

    job_id = batch_work.score_chunk(chunk_id)
    if job_id is not None:
        dispatch.score_batch_chunks(batch_work.due_chunks(job_id))
        dispatch.advance_batches(batch_work.due_jobs())


@shared_task(name="scoring.tasks.catch_up_on_batches")
def catch_up_on_batches() -> None:
    """Take up what a killed worker or a lost message left behind."""
    from scoring import dispatch  # as above

    batch_work.give_up()
    dispatch.advance_batches(batch_work.due_jobs())
    for job_id in batch_work.scoring_jobs():
        dispatch.score_batch_chunks(batch_work.due_chunks(job_id))


@shared_task(name="scoring.tasks.remove_expired_batches")
def remove_expired_batches() -> None:
    batches.remove_expired()


@shared_task(name="scoring.tasks.remove_expired_evaluation_keys")
def remove_expired_evaluation_keys() -> None:
    """Remove the evaluation keys of clients 30 days after they came."""
    evaluation_keys.remove_expired()

"""Doing what a person asked: correct, restrict, object, erase; each closes its request.

The rights are those of Art. 15 to 18 and 21 GDPR. A request that cannot be granted raises, and
stays open for somebody to answer.
"""

from collections.abc import Mapping
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Applicant, Application, Officer, SubjectRequest
from applicants.services import applicants, applications, audit, erasure, subject_requests
from media_processing import dispatch
from media_processing.services import consent, jobs
from media_processing.services import erasure as media_erasure
from scoring.models import ScoreRevision
from scoring.services import erasure as score_erasure
from scoring.services import evidence
from scoring.services.rescore import rescore

Cause, Kind = ScoreRevision.Cause, SubjectRequest.Kind


@transaction.atomic
def rectify(
    request: SubjectRequest,
    *,
    officer: Officer,
    personal: Mapping[str, object] | None = None,
    application: Application | None = None,
    finances: Mapping[str, object] | None = None,
) -> ScoreRevision | None:
    """Correct personal data, and the finances of one application, which are scored anew.

    What is not named keeps its value. Raises ValidationError by field, ProblemError for a closed
    application. While processing is restricted the correction is kept and not scored.
    """
    applicant = _locked(request, officer, Kind.RECTIFY)
    revision = None
    if personal:
        applicants.correct_applicant(
            applicant, officer=officer, during_restriction=True, **personal
        )
    if finances and application is not None:
        known = application.profile()
        factors = {**(known.factors() if known else {}), **finances}
        applications.revise_profile(
            application, officer=officer, during_loan=True, during_restriction=True, **factors
        )
        if applicant.restricted_at is None:
            revision = rescore(application, Cause.RECTIFIED, actor=officer)
    changed = sorted([*(personal or {}), *(finances or {})])
    subject_requests.finish(request, officer=officer, fields=changed)
    return revision


@transaction.atomic
def restrict(request: SubjectRequest, *, officer: Officer) -> None:
    """Stop scoring and processing at once; what is stored stays, for the data officer alone."""
    applicant = _locked(request, officer, Kind.RESTRICT)
    if applicant.restricted_at is not None:
        raise ProblemError("restricted", _("Processing is restricted already."), status=409)
    _set(applicant, restricted_at=timezone.now())
    subject_requests.finish(request, officer=officer)
    # After the commit, so that no worker can claim a stage that this would miss.
    transaction.on_commit(partial(jobs.pause_restricted, applicant))


@transaction.atomic
def lift(request: SubjectRequest, *, officer: Officer) -> int:
    """End a restriction; what changed meanwhile is scored. Returns how many scores were added."""
    applicant = _locked(request, officer, Kind.LIFT)
    if applicant.restricted_at is None:
        raise ProblemError("not_restricted", _("Processing is not restricted."), status=409)
    _set(applicant, restricted_at=None)
    added = _rescore_all(applicant, Cause.RESTRICTION_LIFTED, officer)
    subject_requests.finish(request, officer=officer, scores=added)
    # Stages that waited are rung for by the next sweep.
    return added


@transaction.atomic
def object_to_behaviour(request: SubjectRequest, *, officer: Officer) -> int:
    """Take behavioural evidence out of every score at once, and erase what was observed.

    Recordings stay where their consent stands. Returns how many rows of evidence that was.
    """
    applicant = _locked(request, officer, Kind.OBJECT)
    if applicant.objected_at is not None:
        raise ProblemError("objected", _("The applicant objected already."), status=409)
    _set(applicant, objected_at=timezone.now())
    rows = evidence.release_unconsented(applicant, officer=officer, cause=Cause.OBJECTED)
    subject_requests.finish(request, officer=officer, evidence=rows)
    dispatch.ring(consent.erase_unconsented(applicant, officer=officer))
    return rows


@transaction.atomic
def concede(request: SubjectRequest, *, officer: Officer) -> None:
    """End an objection: consents that stand hold again, for recordings to come."""
    applicant = _locked(request, officer, Kind.CONCEDE)
    if applicant.objected_at is None:
        raise ProblemError("not_objected", _("There is no objection."), status=409)
    _set(applicant, objected_at=None)
    subject_requests.finish(request, officer=officer)


@transaction.atomic
def erase(request: SubjectRequest, *, officer: Officer) -> dict[str, int]:
    """Erase a person: media keys first, then rows; return the counts.

    Decided applications that the law still needs stay, without name, number or free text. Raises
    ProblemError while a loan runs: its contract needs the data (Art. 17(3) GDPR).
    """
    applicant = _locked(request, officer, Kind.ERASE)
    if any(each.is_running for each in applicant.applications.all()):
        text = _("A loan is running; its contract needs the data. Restriction is possible.")
        raise ProblemError("loan_running", text, status=409)
    counts = erase_now(applicant, officer=officer)
    subject_requests.finish(request, officer=officer, **counts)
    return counts


def erase_now(applicant: Applicant, *, officer: Officer | None = None) -> dict[str, int]:
    """Erase the rows of every app, and remove the sealed files after the commit.

    From the commit on nobody can read those files, whether they are gone yet or not. The caller
    holds the applicant's row.
    """
    with erasure.road():
        kept = erasure.kept_applications(applicant)
        counts, files = media_erasure.erase_media(applicant)
        erasure.mark(applicant)
        counts |= score_erasure.erase_scores(applicant, kept)
        counts |= erasure.erase(applicant, kept)
    counts["kept"] = len(kept)
    audit.record("subject.erased", actor=officer, obj=applicant, **counts)
    transaction.on_commit(partial(media_erasure.remove_files, files))
    return counts


def _locked(request: SubjectRequest, officer: Officer, kind: str) -> Applicant:
    subject_requests.check_right(officer)
    if request.kind != kind or not request.is_open:
        raise ProblemError("request_closed", _("This request is closed already."), status=409)
    return subject_requests.locked_applicant(request)


def _set(applicant: Applicant, **marks: object) -> None:
    for name, value in marks.items():
        setattr(applicant, name, value)
    applicant.save(update_fields=list(marks))


def _rescore_all(applicant: Applicant, cause: str, officer: Officer) -> int:
    """Score what is open or running anew, where its inputs changed."""
    added = 0
    scored = applicant.applications.filter(current_score__isnull=False)
    for application in scored.select_related("current_score"):
        if application.is_open or application.is_running:
            before = application.current_score.revision_id
            added += rescore(application, cause, actor=officer).pk != before
    return added

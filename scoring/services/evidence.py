"""Taking evidence from recordings, and letting it go when consent is withdrawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import RefusedError
from applicants.models import Applicant, Application, Consent, Officer
from applicants.selectors import processable, standing_consents
from applicants.services import audit, consents, restrictions
from scoring.engine.evidence import EvidenceSummary
from scoring.engine.types import BehaviourMode
from scoring.models import Evidence, ScoreRevision
from scoring.services import flag_erasure
from scoring.services import policy as policies
from scoring.services.rescore import rescore


@dataclass(frozen=True, slots=True)
class HandOver:
    """What one modality of one recording hands to the score.

    ``measures`` holds the modality's figures by the names of the published contract, ``models``
    one ``{"name", "version", "sha256"}`` per network that ran. A provisional hand-over is
    replaced by the next one of the same recording and modality.
    """

    session_id: UUID
    recording_id: UUID
    modality: str
    summary: EvidenceSummary
    observed_at: datetime
    recording_sha256: str = ""
    job_id: UUID | None = None
    measures: Mapping[str, float | None] = field(default_factory=dict)
    models: tuple[Mapping[str, str], ...] = ()
    is_provisional: bool = False
    handed_in_by: Officer | None = None
    simulated: bool = False


def accept(application: Application, *hand_overs: HandOver) -> ScoreRevision | None:
    """Store evidence and score the application anew; return the revision.

    Return None, and store nothing, without a hand-over, where the policy switches the behavioural
    part off, or once the application is decided: a decision keeps the score that it rests on.
    Raises RefusedError where an applicant has not consented to a modality, objected to it, or
    restricted processing.
    """
    if not hand_overs or policies.active().parsed.mode is BehaviourMode.OFF:
        return None
    with transaction.atomic():
        restrictions.check_fresh(application.applicant_id)
        lacking = _lacking_consents(application, {each.modality for each in hand_overs})
        # One writer at a time, so that the sequences of evidence and revisions follow each other.
        locked = Application.objects.select_for_update().get(pk=application.pk)
        if not lacking:
            return _stored(locked, hand_overs) if locked.is_open else None
    return _refuse(application, lacking)


def _stored(application: Application, hand_overs: Sequence[HandOver]) -> ScoreRevision:
    for each in hand_overs:
        _store(application, each)
    last = hand_overs[-1]
    return rescore(
        application,
        ScoreRevision.Cause.EVIDENCE_ARRIVED,
        at=last.observed_at if last.simulated else None,
        simulated=last.simulated,
    )


@transaction.atomic
def withdraw(applicant: Applicant, scopes: Iterable[str], *, officer: Officer) -> list[str]:
    """Withdraw consents, take the evidence out of the score, and return the withdrawn scopes."""
    withdrawn = consents.withdraw(applicant, scopes, officer=officer)
    release_unconsented(applicant, officer=officer)
    return withdrawn


@transaction.atomic
def release_unconsented(
    applicant: Applicant,
    *,
    officer: Officer | None = None,
    cause: str = ScoreRevision.Cause.CONSENT_WITHDRAWN,
) -> int:
    """Take out of the score whatever no standing consent covers; return how many rows that was.

    What a flag saw in them is erased at once, and a flag that waits for a decision lapses. While
    processing is restricted nothing is scored; the end of the restriction scores anew.
    """
    standing = standing_consents(applicant)
    allowed = set(standing) if Consent.Scope.RECORDING in standing else set()
    rows = Evidence.objects.filter(
        application__applicant=applicant, withdrawn_at__isnull=True
    ).exclude(modality__in=allowed)
    touched = set(rows.values_list("application_id", flat=True))
    # Before the score: a rule may raise anew what it sees in the evidence that is left.
    flag_erasure.erase_flags_of(list(rows))
    count = rows.update(withdrawn_at=timezone.now())
    processed = Application.objects.filter(processable("applicant"), pk__in=touched)
    for application in processed:
        rescore(application, cause, actor=officer)
    return count


def release_all_unconsented() -> int:
    """Do the same for everybody: consent may be withdrawn where scoring is not asked."""
    evidence = Evidence.objects.filter(withdrawn_at__isnull=True)
    applicants = Applicant.objects.filter(applications__evidence__in=evidence).distinct()
    return sum(release_unconsented(applicant) for applicant in applicants)


def _lacking_consents(application: Application, modalities: set[str]) -> set[str]:
    # The lock lets a withdrawal come before or after, never in between.
    rows = application.applicant.consents.select_for_update().filter(withdrawn_at__isnull=True)
    if Applicant.objects.filter(pk=application.applicant_id, objected_at__isnull=False).exists():
        return {Consent.Scope.RECORDING.value, *modalities}
    return {Consent.Scope.RECORDING.value, *modalities} - {consent.scope for consent in rows}


def _refuse(application: Application, lacking: set[str]) -> NoReturn:
    audit.record("evidence.refused", obj=application, scopes=sorted(lacking))
    raise RefusedError(
        "consent_missing",
        _("The applicant has not consented to: %(scopes)s.")
        % {"scopes": ", ".join(sorted(lacking))},
    )


def _store(application: Application, given: HandOver) -> None:
    earlier = Evidence.objects.filter(recording_id=given.recording_id, modality=given.modality)
    Evidence.objects.create(
        application=application,
        session_id=given.session_id,
        recording_id=given.recording_id,
        job_id=given.job_id,
        modality=given.modality,
        sequence=(earlier.aggregate(last=Max("sequence"))["last"] or 0) + 1,
        summary=given.summary.as_dict(),
        measures={**given.measures, "seen_before": _times_seen(given)},
        models_used=[dict(each) for each in given.models],
        recording_sha256=given.recording_sha256,
        observed_at=given.observed_at,
        is_provisional=given.is_provisional,
        handed_in_by=given.handed_in_by,
        simulated=given.simulated,
    )


def _times_seen(given: HandOver) -> int:
    """Count the other sessions that the same file was handed in for."""
    if not given.recording_sha256:
        return 0
    same = Evidence.objects.filter(recording_sha256=given.recording_sha256)
    return same.exclude(session_id=given.session_id).values("session_id").distinct().count()

"""Raising flags, and the decisions of people about flags and applications."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, Officer
from applicants.permissions import Capability, can
from applicants.services import applications, audit, restrictions
from scoring.engine.evidence import EvidenceItem
from scoring.engine.flags import Priority, RaisedFlag, RuleInput, raised_flags
from scoring.engine.fusion import ScoreResult
from scoring.models import ApplicationDecision, ReviewDecision, ReviewFlag, ScoreRevision
from scoring.selectors import current_evidence, first_hands, undecided_flags
from scoring.services.reasons_given import check_reason
from scoring.signals import deciding

TIME_TO_REVIEW = {
    Priority.HIGH: timedelta(days=1),
    Priority.MEDIUM: timedelta(days=3),
    Priority.LOW: timedelta(days=7),
}
STATE_AFTER = {
    ReviewDecision.Outcome.UPHOLD: ReviewFlag.State.UPHELD,
    ReviewDecision.Outcome.DISMISS: ReviewFlag.State.DISMISSED,
    ReviewDecision.Outcome.MORE_INFORMATION: ReviewFlag.State.MORE_INFORMATION,
}


def raise_flags(
    revision: ScoreRevision,
    result: ScoreResult,
    items: Sequence[EvidenceItem],
    probabilities: Mapping[str, float] | None = None,
) -> list[ReviewFlag]:
    """Store the flags that the rules raise for a revision and put the case under review.

    What a rule already saw in the same session, or saw and a person decided, is not raised twice.
    """
    found = raised_flags(
        RuleInput(result, tuple(items), revision.policy.parsed, probabilities or {})
    )
    return _raise_all(revision, found) if found else []


@transaction.atomic
def _raise_all(revision: ScoreRevision, found: Sequence[RaisedFlag]) -> list[ReviewFlag]:
    new = [flag for each in found if (flag := _raise(revision, each)) is not None]
    application = revision.application
    if new and application.state == Application.State.SUBMITTED:
        applications.move(application, Application.State.IN_REVIEW, officer=None)
    return new


def _raise(revision: ScoreRevision, raised: RaisedFlag) -> ReviewFlag | None:
    finding = raised.finding
    known = ReviewFlag.objects.filter(
        application=revision.application,
        rule_id=raised.rule_id,
        session_id=finding.session_id or None,
        modality=finding.modality,
    )
    if finding.session_id and known.exists():
        return None
    if known.filter(state__in=ReviewFlag.UNDECIDED_STATES).exists():
        return None
    if known.filter(observed=finding.observed).exists():
        return None
    flag = ReviewFlag.objects.create(
        application=revision.application,
        revision=revision,
        rule_id=raised.rule_id,
        rule_version=raised.rule_version,
        title=raised.title,
        text=finding.text,
        observed=finding.observed,
        threshold=raised.threshold,
        priority=raised.priority,
        session_id=finding.session_id or None,
        modality=finding.modality,
        created_at=revision.created_at,
        due_at=revision.created_at + TIME_TO_REVIEW[raised.priority],
        simulated=revision.simulated,
    )
    audit.record("flag.raised", obj=revision.application, rule=raised.rule_id, flag=str(flag.pk))
    return flag


def may_decide_flag(officer: Officer, flag: ReviewFlag) -> bool:
    """Return whether the officer is a second person with the right to decide."""
    return can(officer, Capability.DECIDE_FLAGS) and officer.pk not in first_hands(flag.application)


def decide_flag(flag: ReviewFlag, *, officer: Officer, outcome: str, reason: str) -> ReviewDecision:
    """Record a second person's decision about a flag.

    Raises RefusedError, after an audit row, where the role does not allow it or the officer worked
    on the case; ProblemError for an unknown outcome, a missing reason or a decided flag.
    """
    if not can(officer, Capability.DECIDE_FLAGS):
        _refuse_flag(flag, officer, "permission_denied", _("Your role does not allow this."))
    if officer.pk in first_hands(flag.application):
        _refuse_flag(
            flag,
            officer,
            "four_eyes",
            _("You worked on this case, so another person must review it."),
        )
    if outcome not in ReviewDecision.Outcome.values:
        raise ProblemError(
            "invalid",
            _("Choose one of the outcomes."),
            fields={"outcome": ", ".join(ReviewDecision.Outcome.values)},
        )
    check_reason(reason)
    return _record_flag_decision(flag, officer, outcome, reason.strip())


@transaction.atomic
def _record_flag_decision(
    flag: ReviewFlag, officer: Officer, outcome: str, reason: str
) -> ReviewDecision:
    current = ReviewFlag.objects.select_for_update().get(pk=flag.pk)
    restrictions.check_fresh(current.application.applicant_id)
    if not current.is_undecided:
        raise ProblemError(
            "already_decided", _("Someone has decided this flag already."), status=409
        )
    decision = ReviewDecision.objects.create(
        flag=current, officer=officer, outcome=outcome, reason=reason
    )
    current.state = STATE_AFTER[ReviewDecision.Outcome(outcome)]
    current.save(update_fields=["state"])
    audit.record(
        "flag.decided",
        actor=officer,
        obj=current.application,
        flag=str(current.pk),
        rule=current.rule_id,
        outcome=outcome,
    )
    flag.refresh_from_db()
    return decision


def _refuse_flag(flag: ReviewFlag, officer: Officer, code: str, message: str) -> None:
    audit.record(
        "flag.decision_refused",
        actor=officer,
        obj=flag.application,
        flag=str(flag.pk),
        code=code,
    )
    raise RefusedError(code, message)


@transaction.atomic
def assign_flag(flag: ReviewFlag, *, officer: Officer, to: Officer | None) -> ReviewFlag:
    """Give a flag to a second person, or back to the queue. Raises RefusedError."""
    if not can(officer, Capability.DECIDE_FLAGS):
        raise RefusedError("permission_denied", _("Your role does not allow this."))
    if to is not None and not may_decide_flag(to, flag):
        raise RefusedError("four_eyes", _("This person cannot review the case."))
    flag.assigned_to = to
    flag.save(update_fields=["assigned_to"])
    audit.record(
        "flag.assigned",
        actor=officer,
        obj=flag.application,
        flag=str(flag.pk),
        to=to.pk if to else None,
    )
    return flag


def decide_application(
    application: Application,
    *,
    officer: Officer,
    outcome: str,
    reason: str,
    at: datetime | None = None,
) -> ApplicationDecision:
    """Record a person's decision on an application and close it; ``at`` dates a simulated history.

    Raises RefusedError, after an audit row, where the case was flagged and the officer is not a
    senior who has not worked on it; ProblemError while flags wait for a decision or as
    :func:`check_all_is_read` does.
    """
    _check_may_decide(application, officer)
    if outcome not in ApplicationDecision.Outcome.values:
        raise ProblemError(
            "invalid",
            _("Choose one of the outcomes."),
            fields={"outcome": ", ".join(ApplicationDecision.Outcome.values)},
        )
    check_reason(reason)
    with transaction.atomic():
        current = Application.objects.select_for_update().get(pk=application.pk)
        if undecided_flags(current).exists():
            raise ProblemError(
                "flags_open", _("A flag of this case waits for a second person."), status=409
            )
        check_all_is_read(current)
        decision = _record_application_decision(current, officer, outcome, reason.strip(), at)
    application.refresh_from_db()
    return decision


def check_all_is_read(application: Application) -> None:
    """Raise ProblemError 409 while evidence is still made or analysed: no rule has read it yet."""
    deciding.send(sender=Application, application=application)
    if any(row.is_provisional for row in current_evidence(application)):
        raise ProblemError(
            "evidence_arriving",
            _("A recording of this case is still being analysed; decide when it is done."),
            status=409,
        )


def _check_may_decide(application: Application, officer: Officer) -> None:
    code = ""
    if not can(officer, Capability.DECIDE_APPLICATIONS):
        code, message = "permission_denied", _("Your role does not allow this.")
    elif application.flags.exists() and not can(officer, Capability.DECIDE_FLAGS):
        code, message = "senior_needed", _("A flagged case is decided by a senior officer.")
    elif application.flags.exists() and officer.pk in first_hands(application):
        code = "four_eyes"
        message = _("You worked on this flagged case, so another person must decide it.")
    if code:
        audit.record("application.decision_refused", actor=officer, obj=application, code=code)
        raise RefusedError(code, message)


def _record_application_decision(
    application: Application, officer: Officer, outcome: str, reason: str, at: datetime | None
) -> ApplicationDecision:
    revision = application.score_revisions.order_by("-sequence").first()
    if revision is None:
        raise ProblemError("score_missing", _("There is no score to decide on yet."), status=409)
    applications.move(application, outcome, officer=officer, at=at)
    cut_off = revision.policy.parsed.approval_cut_off_points
    suggests_approval = revision.final_score >= cut_off
    decision = ApplicationDecision.objects.create(
        application=application,
        revision=revision,
        officer=officer,
        outcome=outcome,
        reason=reason,
        is_override=suggests_approval != (outcome == ApplicationDecision.Outcome.APPROVED),
        created_at=at or timezone.now(),
        simulated=application.simulated,
    )
    audit.record(
        "application.decided",
        actor=officer,
        obj=application,
        outcome=outcome,
        sequence=revision.sequence,
        is_override=decision.is_override,
    )
    return decision

from collections.abc import Callable
from dataclasses import replace

import pytest

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, AuditEvent, Officer
from scoring.models import ApplicationDecision, ReviewDecision, ReviewFlag
from scoring.services import evidence, review
from tests.factories import OfficerFactory
from tests.scoring.conftest import HandOverOf

pytestmark = pytest.mark.django_db
REASON = "A poster behind the applicant was taken for a person."


def test_a_rule_puts_the_case_under_review_once_per_session(
    scored: Application, hand_over: HandOverOf
) -> None:
    crowd = hand_over(measures={"people": 3})
    evidence.accept(scored, crowd)
    evidence.accept(scored, crowd)
    scored.refresh_from_db()
    flag = scored.flags.get()
    assert scored.state == Application.State.IN_REVIEW
    assert (flag.rule_id, flag.observed, flag.threshold, flag.priority) == (
        "several_people",
        3.0,
        1.0,
        1,
    )
    assert flag.session_id == crowd.session_id
    assert flag.due_at > flag.created_at


@pytest.mark.parametrize(
    ("outcome", "state", "is_undecided"),
    [
        ("uphold", "upheld", False),
        ("dismiss", "dismissed", False),
        ("more_information", "more_information", True),
    ],
)
def test_a_second_person_decides(
    flag: ReviewFlag, senior: Officer, outcome: str, state: str, is_undecided: bool
) -> None:
    decision = review.decide_flag(flag, officer=senior, outcome=outcome, reason=REASON)
    assert (decision.officer, decision.outcome, decision.reason) == (senior, outcome, REASON)
    assert (flag.state, flag.is_undecided) == (state, is_undecided)
    assert AuditEvent.objects.get(action="flag.decided").actor == senior


def made_senior(officer: Officer) -> Officer:
    officer.role = Officer.Role.SENIOR_OFFICER
    officer.save()
    return officer


def _creator(flag: ReviewFlag, hand_over: HandOverOf) -> Officer:
    return flag.application.created_by


def _in_charge(flag: ReviewFlag, hand_over: HandOverOf) -> Officer:
    colleague = OfficerFactory(branch=flag.application.branch)
    Application.objects.filter(pk=flag.application.pk).update(assigned_to=colleague)
    return colleague


def _uploader(flag: ReviewFlag, hand_over: HandOverOf) -> Officer:
    uploader = OfficerFactory(branch=flag.application.branch)
    evidence.accept(flag.application, hand_over(handed_in_by=uploader))
    return uploader


def _consent_taker(flag: ReviewFlag, hand_over: HandOverOf) -> Officer:
    taker = OfficerFactory(branch=flag.application.branch)
    flag.application.applicant.consents.filter(scope="gait").update(given_to=taker)
    return taker


@pytest.mark.parametrize("first_person", [_creator, _in_charge, _uploader, _consent_taker])
def test_who_worked_on_the_case_cannot_review_it(
    flag: ReviewFlag,
    hand_over: HandOverOf,
    first_person: Callable[[ReviewFlag, HandOverOf], Officer],
) -> None:
    officer = made_senior(first_person(flag, hand_over))
    fresh = ReviewFlag.objects.get(pk=flag.pk)
    with pytest.raises(RefusedError) as refused:
        review.decide_flag(fresh, officer=officer, outcome="dismiss", reason=REASON)
    assert refused.value.code == "four_eyes"
    assert ReviewDecision.objects.count() == 0
    assert ReviewFlag.objects.get(pk=flag.pk).state == ReviewFlag.State.OPEN
    event = AuditEvent.objects.get(action="flag.decision_refused")
    assert (event.actor, event.detail["code"]) == (officer, "four_eyes")


def test_a_role_without_the_right_is_refused(flag: ReviewFlag, auditor: Officer) -> None:
    with pytest.raises(RefusedError) as refused:
        review.decide_flag(flag, officer=auditor, outcome="dismiss", reason=REASON)
    assert refused.value.code == "permission_denied"
    assert AuditEvent.objects.filter(action="flag.decision_refused").count() == 1


def test_a_decided_flag_stays_decided(
    flag: ReviewFlag, senior: Officer, second_senior: Officer
) -> None:
    review.decide_flag(flag, officer=senior, outcome="dismiss", reason=REASON)
    with pytest.raises(ProblemError) as refused:
        review.decide_flag(flag, officer=second_senior, outcome="uphold", reason=REASON)
    assert (refused.value.code, refused.value.status) == ("already_decided", 409)
    assert flag.decisions.count() == 1


@pytest.mark.parametrize(
    ("outcome", "reason", "code"),
    [("decline", REASON, "invalid"), ("dismiss", "  no  ", "reason_missing")],
)
def test_a_decision_needs_an_outcome_and_a_reason(
    flag: ReviewFlag, senior: Officer, outcome: str, reason: str, code: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        review.decide_flag(flag, officer=senior, outcome=outcome, reason=reason)
    assert refused.value.code == code
    assert flag.decisions.count() == 0


def test_a_flag_is_given_only_to_a_second_person(
    flag: ReviewFlag, senior: Officer, second_senior: Officer, officer: Officer
) -> None:
    review.assign_flag(flag, officer=senior, to=second_senior)
    assert flag.assigned_to == second_senior
    with pytest.raises(RefusedError):
        review.assign_flag(flag, officer=senior, to=officer)
    assert ReviewFlag.objects.get(pk=flag.pk).assigned_to == second_senior


def test_an_officer_decides_a_case_without_flags(scored: Application, officer: Officer) -> None:
    decision = review.decide_application(
        scored, officer=officer, outcome="approved", reason="Income and history carry the loan."
    )
    assert scored.state == Application.State.APPROVED
    assert decision.revision == scored.score_revisions.get()
    assert decision.is_override is False
    assert AuditEvent.objects.get(action="application.decided").actor == officer


def test_a_decision_against_the_cut_off_is_an_override(
    scored: Application, officer: Officer
) -> None:
    decision = review.decide_application(
        scored, officer=officer, outcome="declined", reason="The purpose could not be shown."
    )
    assert decision.is_override is True


def test_an_open_flag_blocks_the_decision(flag: ReviewFlag, senior: Officer) -> None:
    with pytest.raises(ProblemError) as refused:
        review.decide_application(
            flag.application, officer=senior, outcome="approved", reason=REASON
        )
    assert refused.value.code == "flags_open"
    assert ApplicationDecision.objects.count() == 0


def test_nobody_decides_before_the_rules_have_read_the_evidence(
    scored: Application, officer: Officer, hand_over: HandOverOf
) -> None:
    crowd = hand_over(measures={"people": 3}, is_provisional=True)
    evidence.accept(scored, crowd)
    with pytest.raises(ProblemError) as refused:
        review.decide_application(scored, officer=officer, outcome="approved", reason=REASON)
    assert (refused.value.code, refused.value.status) == ("evidence_arriving", 409)
    evidence.accept(scored, replace(crowd, is_provisional=False))
    with pytest.raises(RefusedError) as refused:
        review.decide_application(scored, officer=officer, outcome="approved", reason=REASON)
    assert refused.value.code == "senior_needed"


def test_a_flagged_case_needs_a_senior_who_has_not_worked_on_it(
    flag: ReviewFlag, senior: Officer, officer: Officer
) -> None:
    review.decide_flag(flag, officer=senior, outcome="dismiss", reason=REASON)
    application = flag.application
    with pytest.raises(RefusedError) as refused:
        review.decide_application(application, officer=officer, outcome="approved", reason=REASON)
    assert refused.value.code == "senior_needed"
    with pytest.raises(RefusedError) as refused:
        review.decide_application(
            application, officer=made_senior(officer), outcome="approved", reason=REASON
        )
    assert refused.value.code == "four_eyes"
    assert AuditEvent.objects.filter(action="application.decision_refused").count() == 2
    review.decide_application(application, officer=senior, outcome="approved", reason=REASON)
    assert application.state == Application.State.APPROVED


def test_the_auditor_decides_nothing(scored: Application, auditor: Officer) -> None:
    with pytest.raises(RefusedError) as refused:
        review.decide_application(scored, officer=auditor, outcome="approved", reason=REASON)
    assert refused.value.code == "permission_denied"


def test_a_closed_case_stays_closed(scored: Application, officer: Officer) -> None:
    review.decide_application(scored, officer=officer, outcome="approved", reason=REASON)
    with pytest.raises(ProblemError) as refused:
        review.decide_application(scored, officer=officer, outcome="declined", reason=REASON)
    assert refused.value.code == "state_conflict"
    assert ApplicationDecision.objects.get().outcome == "approved"

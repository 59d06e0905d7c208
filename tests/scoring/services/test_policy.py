import math
from typing import Any

import pytest

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, AuditEvent, Officer
from scoring import tasks
from scoring.engine.behaviour import adjust
from scoring.models import Policy, ScoreRevision
from scoring.services import evidence
from scoring.services import policy as policies
from tests.factories import OfficerFactory
from tests.scoring.conftest import HandOverOf
from tests.scoring.engine.builders import TODAY, item

pytestmark = pytest.mark.django_db
REASON = "Quarterly review of the cut-offs."


def changed(**changes: Any) -> dict[str, Any]:
    return {**policies.active().parameters, **changes}


def test_an_installation_starts_with_the_policy_of_its_jurisdiction() -> None:
    policy = policies.active()
    assert (policy.version, policy.author, policy.is_active) == (1, None, True)
    assert policy.parsed.profile == "demo"
    assert policies.active() == policy


def test_another_jurisdiction_starts_with_its_own_policy(settings: Any) -> None:
    policies.active()
    settings.JURISDICTION = "eu"
    policy = policies.active()
    assert (policy.version, policy.parsed.mode, policy.parsed.cap_points) == (2, "off", 0)
    assert Policy.objects.filter(is_active=True).count() == 1


def test_a_change_is_proposed_by_one_and_activated_by_another(
    analyst: Officer, senior: Officer
) -> None:
    proposed = policies.propose(
        officer=analyst, parameters=changed(approval_cut_off_points=580), reason=REASON
    )
    assert not proposed.is_active
    assert policies.active().version == 1
    policies.activate(proposed, officer=senior)
    active = policies.active()
    assert (active, active.approved_by) == (proposed, senior)
    assert active.parsed.approval_cut_off_points == 580
    assert AuditEvent.objects.get(action="policy.activated").detail["before"] == 1


def test_the_author_cannot_activate(analyst: Officer) -> None:
    proposed = policies.propose(officer=analyst, parameters=changed(), reason=REASON)
    with pytest.raises(RefusedError) as refused:
        policies.activate(proposed, officer=analyst)
    assert refused.value.code == "four_eyes"
    assert policies.active().version == 1
    assert AuditEvent.objects.filter(action="policy.activation_refused").count() == 1


def test_an_officer_proposes_and_activates_nothing(officer: Officer, analyst: Officer) -> None:
    with pytest.raises(RefusedError):
        policies.propose(officer=officer, parameters=changed(), reason=REASON)
    proposed = policies.propose(officer=analyst, parameters=changed(), reason=REASON)
    with pytest.raises(RefusedError):
        policies.activate(proposed, officer=officer)
    assert policies.active().version == 1


def test_behaviour_becomes_scored_only_by_an_administrator_and_a_senior(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    analyst: Officer,
    admin: Officer,
    senior: Officer,
) -> None:
    settings.JURISDICTION = "us"
    monkeypatch.setattr(policies, "is_proof_missing", lambda: False)
    by_analyst = policies.propose(
        officer=analyst, parameters=changed(mode="advisory"), reason=REASON
    )
    with pytest.raises(RefusedError) as refused:
        policies.activate(by_analyst, officer=senior)
    assert refused.value.code == "mode_roles"
    by_admin = policies.propose(officer=admin, parameters=changed(mode="advisory"), reason=REASON)
    policies.activate(by_admin, officer=senior)
    assert policies.active().parsed.mode == "advisory"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cap_points": 31}, "cap_points"),
        ({"mode": "secret"}, "parameters"),
        ({"profile": "us", "cap_points": 10}, "profile"),
        ({"extra": 1}, "extra"),
        ({"rule_thresholds": {"bad_luck": 1}}, "rule_thresholds"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    analyst: Officer, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        policies.propose(officer=analyst, parameters=changed(**changes), reason=REASON)
    assert field in refused.value.fields
    assert Policy.objects.count() == 1


def test_a_change_needs_a_reason(analyst: Officer) -> None:
    with pytest.raises(ProblemError) as refused:
        policies.propose(officer=analyst, parameters=changed(), reason="why not")
    assert refused.value.code == "reason_missing"


def test_an_old_version_is_not_activated_again(analyst: Officer, senior: Officer) -> None:
    first = policies.propose(officer=analyst, parameters=changed(), reason=REASON)
    policies.activate(first, officer=senior)
    other = OfficerFactory(role=Officer.Role.RISK_ANALYST, branch=None)
    with pytest.raises(ProblemError) as refused:
        policies.activate(first, officer=other)
    assert refused.value.code == "policy_used"


def test_one_administrator_can_stop_behaviour_at_once(admin: Officer, senior: Officer) -> None:
    with pytest.raises(RefusedError):
        policies.stop_behaviour(officer=senior, reason=REASON)
    policies.stop_behaviour(officer=admin, reason="The camera network misreads a new camera.")
    assert policies.active().parsed.mode == "off"


def test_a_new_policy_scores_the_open_applications_anew(
    scored: Application, analyst: Officer, senior: Officer
) -> None:
    proposed = policies.propose(
        officer=analyst, parameters=changed(points_to_double_odds=40), reason=REASON
    )
    policies.activate(proposed, officer=senior)
    tasks.rescore_open_applications(ScoreRevision.Cause.POLICY_CHANGED)
    before, after = scored.score_revisions.all()
    assert (after.cause, after.policy) == (ScoreRevision.Cause.POLICY_CHANGED, proposed)
    assert after.final_score != before.final_score
    assert after.probability_of_default == pytest.approx(before.probability_of_default, rel=0.1)


def test_a_policy_can_be_centred_on_the_installations_own_sessions(
    consented: Application, hand_over: HandOverOf, analyst: Officer
) -> None:
    with pytest.raises(ProblemError) as refused:
        policies.propose_centred(officer=analyst, reason=REASON)
    assert refused.value.code == "too_few_sessions"
    for label in ("happy", "neutral") * 15:
        evidence.accept(consented, hand_over(label))
    evidence.accept(consented, hand_over("sad", simulated=True))
    proposed = policies.propose_centred(officer=analyst, reason=REASON)
    sessions = proposed.parsed.reference_sessions
    assert len(sessions["face"]) == 30
    assert sessions["voice"] == policies.active().parsed.reference_sessions["voice"]
    means = [
        adjust([item(session)], proposed.parsed, TODAY).raw_points for session in sessions["face"]
    ]
    assert math.fsum(means) == pytest.approx(0.0, abs=1e-6)

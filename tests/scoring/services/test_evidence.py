import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from applicants.errors import ProblemError, RefusedError
from applicants.models import Application, AuditEvent, Officer
from applicants.services import consents
from scoring.models import Evidence, ReviewFlag, ScoreRevision
from scoring.services import erasure, evidence, review
from scoring.services.rescore import replay
from tests.factories import give_consents
from tests.scoring.conftest import HandOverOf

pytestmark = pytest.mark.django_db


def test_a_session_moves_the_score_within_the_cap(
    scored: Application, hand_over: HandOverOf
) -> None:
    before = scored.score_revisions.get()
    after = evidence.accept(scored, hand_over("happy"))
    assert after.cause == ScoreRevision.Cause.EVIDENCE_ARRIVED
    assert after.financial_score == before.financial_score
    assert 0 < after.adjustment <= 30
    assert {each["name"] for each in after.models_used} == {"scorecard", "face"}


def test_a_later_hand_over_of_a_recording_replaces_the_provisional_one(
    scored: Application, hand_over: HandOverOf
) -> None:
    early = hand_over("happy", is_provisional=True, summary={"usable_s": 25.0})
    evidence.accept(scored, early)
    final = evidence.accept(scored, replace(hand_over("sad"), recording_id=early.recording_id))
    assert Evidence.objects.count() == 2
    assert len(final.evidence_ids) == 1
    assert final.sequence == 3


@pytest.mark.parametrize("scopes", [(), ("recording",), ("recording", "voice"), ("face",)])
def test_without_consent_nothing_is_stored_and_the_refusal_is_in_the_audit(
    application: Application, hand_over: HandOverOf, scopes: tuple[str, ...]
) -> None:
    if scopes:
        give_consents(application.applicant, *scopes)
    with pytest.raises(RefusedError) as refused:
        evidence.accept(application, hand_over("happy"))
    assert refused.value.code == "consent_missing"
    assert Evidence.objects.count() == 0
    assert application.score_revisions.count() == 0
    assert AuditEvent.objects.filter(action="evidence.refused").count() == 1


def test_evidence_after_the_decision_leaves_the_score_that_was_decided_on(
    scored: Application, officer: Officer, hand_over: HandOverOf
) -> None:
    reason = "Income and history are in order."
    decision = review.decide_application(scored, officer=officer, outcome="approved", reason=reason)
    assert evidence.accept(scored, hand_over("angry", measures={"people": 3})) is None
    assert Evidence.objects.count() == 0
    assert scored.current_score.revision == decision.revision
    assert ReviewFlag.objects.count() == 0


def test_where_behaviour_is_off_nothing_is_stored(
    scored: Application, hand_over: HandOverOf, settings: Any
) -> None:
    settings.JURISDICTION = "eu"
    assert evidence.accept(scored, hand_over("happy")) is None
    assert Evidence.objects.count() == 0


def test_in_shadow_the_adjustment_is_shown_and_not_scored(
    consented: Application, hand_over: HandOverOf, settings: Any
) -> None:
    settings.JURISDICTION = "us"
    revision = evidence.accept(consented, hand_over("happy"))
    assert (revision.mode, revision.adjustment, revision.cap_points) == ("shadow", 0, 10)
    assert 0 < revision.computed_adjustment <= 10
    assert revision.final_score == revision.financial_score


def test_withdrawn_consent_takes_the_evidence_out_of_the_score(
    scored: Application, hand_over: HandOverOf, officer: Officer
) -> None:
    evidence.accept(scored, hand_over("happy"), hand_over("happy", modality="voice"))
    withdrawn = evidence.withdraw(scored.applicant, ["face"], officer=officer)
    latest = scored.score_revisions.last()
    assert withdrawn == ["face"]
    assert latest.cause == ScoreRevision.Cause.CONSENT_WITHDRAWN
    assert {each["modality"] for each in latest.behaviour["used"]} == {"voice"}
    evidence.withdraw(scored.applicant, ["recording"], officer=officer)
    latest = scored.score_revisions.last()
    assert (latest.adjustment, latest.evidence_ids) == (0, [])
    assert Evidence.objects.filter(withdrawn_at__isnull=True).count() == 0


def test_consent_withdrawn_elsewhere_is_noticed(
    scored: Application, hand_over: HandOverOf, officer: Officer
) -> None:
    evidence.accept(scored, hand_over("happy"))
    consents.withdraw(scored.applicant, ["face"], officer=officer)
    assert evidence.release_all_unconsented() == 1
    assert scored.score_revisions.last().adjustment == 0
    assert evidence.release_all_unconsented() == 0


def test_consent_given_again_does_not_bring_withdrawn_evidence_back(
    scored: Application, hand_over: HandOverOf, officer: Officer
) -> None:
    evidence.accept(scored, hand_over("happy"))
    evidence.withdraw(scored.applicant, ["face"], officer=officer)
    give_consents(scored.applicant, "face")
    again = evidence.accept(scored, hand_over("sad"))
    assert len(again.evidence_ids) == 1


def test_the_same_file_in_another_session_is_flagged(
    scored: Application, hand_over: HandOverOf
) -> None:
    evidence.accept(scored, hand_over(recording_sha256="a" * 64))
    evidence.accept(scored, hand_over(recording_sha256="a" * 64, session_id=uuid.uuid4()))
    assert ReviewFlag.objects.filter(rule_id="repeated_recording").count() == 1


def test_a_rule_does_not_read_unfinished_material(
    scored: Application, hand_over: HandOverOf
) -> None:
    unsteady = hand_over(measures={"people": 2}, is_provisional=True)
    evidence.accept(scored, unsteady)
    assert scored.flags.count() == 0
    evidence.accept(scored, replace(unsteady, is_provisional=False))
    assert [flag.rule_id for flag in scored.flags.all()] == ["several_people"]


def test_erased_evidence_leaves_totals_and_a_tombstone(
    scored: Application, hand_over: HandOverOf, officer: Officer
) -> None:
    revision = evidence.accept(scored, hand_over("happy"))
    evidence.withdraw(scored.applicant, ["face"], officer=officer)
    assert erasure.erase_withdrawn() == 0
    Evidence.objects.update(withdrawn_at=timezone.now() - timedelta(hours=2))
    assert erasure.erase_withdrawn() == 1
    tombstone = ScoreRevision.objects.get(pk=revision.pk)
    assert Evidence.objects.count() == 0
    assert (tombstone.behaviour, tombstone.evidence_ids) == ({}, [])
    assert tombstone.erased_at is not None
    assert (tombstone.final_score, tombstone.adjustment) == (
        revision.final_score,
        revision.adjustment,
    )
    with pytest.raises(ProblemError, match="erased"):
        replay(tombstone)


def test_all_evidence_of_an_applicant_can_be_erased(
    scored: Application, hand_over: HandOverOf
) -> None:
    evidence.accept(scored, hand_over("happy"), hand_over("sad", modality="gait"))
    assert erasure.erase_evidence(scored.applicant) == 2
    assert erasure.erase_evidence(scored.applicant) == 0

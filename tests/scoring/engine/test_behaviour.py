"""The properties of the adjustment, each over drawn cases."""

import math
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.engine.behaviour import adjust, level, reference_centre, signal
from scoring.engine.evidence import EvidenceItem
from scoring.engine.types import BehaviourMode
from tests.scoring.engine import builders, strategies
from tests.scoring.engine.builders import TODAY, item, only, policy

Items = list[EvidenceItem]
ADVISORY = policy()


@settings(max_examples=300)
@given(strategies.evidence_lists, st.integers(0, 30))
def test_never_more_than_the_cap(evidence: Items, cap_points: int) -> None:
    adjustment = adjust(evidence, policy(cap_points=cap_points), TODAY)
    assert abs(adjustment.points) <= cap_points
    assert abs(adjustment.raw_points) <= cap_points


@given(strategies.evidence_lists)
def test_without_consent_exactly_nothing(evidence: Items) -> None:
    refused = [replace(each, consented=False) for each in evidence]
    adjustment = adjust(refused, ADVISORY, TODAY)
    assert (adjustment.points, adjustment.raw_points) == (0, 0.0)
    assert not adjustment.has_evidence


@given(strategies.evidence_lists)
def test_what_has_no_consent_changes_nothing(evidence: Items) -> None:
    consented = [each for each in evidence if each.consented]
    with_all = adjust(evidence, ADVISORY, TODAY)
    assert with_all.raw_points == adjust(consented, ADVISORY, TODAY).raw_points


@given(strategies.evidence_lists, st.sampled_from(["quality", "coverage", "usable_s"]))
def test_without_quality_or_enough_material_exactly_nothing(evidence: Items, lack: str) -> None:
    poor = [replace(each, summary=replace(each.summary, **{lack: 0.0})) for each in evidence]
    adjustment = adjust(poor, ADVISORY, TODAY)
    assert (adjustment.points, adjustment.raw_points) == (0, 0.0)
    assert not adjustment.has_evidence


@given(strategies.evidence_lists)
def test_off_computes_nothing(evidence: Items) -> None:
    adjustment = adjust(evidence, policy(mode="off"), TODAY)
    assert (adjustment.points, adjustment.computed_points, adjustment.used) == (0, 0, ())


@given(strategies.evidence_lists)
def test_shadow_computes_what_advisory_scores_and_scores_nothing(evidence: Items) -> None:
    shadow = adjust(evidence, policy(mode="shadow"), TODAY)
    advisory = adjust(evidence, ADVISORY, TODAY)
    assert shadow.points == 0
    assert shadow.computed_points == advisory.points
    assert shadow.raw_points == advisory.raw_points


@given(strategies.evidence_lists, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_bit(evidence: Items, shuffler: random.Random) -> None:
    shuffled = shuffler.sample(evidence, len(evidence))
    assert adjust(shuffled, ADVISORY, TODAY) == adjust(evidence, ADVISORY, TODAY)


@given(strategies.evidence_lists)
def test_computed_again_it_is_the_same_to_the_bit(evidence: Items) -> None:
    first, second = adjust(evidence, ADVISORY, TODAY), adjust(evidence, ADVISORY, TODAY)
    assert first.raw_points.hex() == second.raw_points.hex()


GOOD_MATERIAL = {"samples": 50.0, "usable_s": 60.0, "coverage": 0.9, "quality": 0.8}
usable_lists = st.lists(
    strategies.items(consented=True, modality="face").map(
        lambda each: replace(each, summary=replace(each.summary, **GOOD_MATERIAL))
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=300)
@given(usable_lists, st.floats(20.0, 600.0), st.floats(0.05, 1.0))
def test_a_later_opposite_session_moves_it_the_other_way(
    evidence: Items, usable_s: float, share: float
) -> None:
    before = adjust(evidence, ADVISORY, TODAY)
    assume(before.raw_points != 0)
    label = "angry" if before.raw_points > 0 else "happy"
    mixed = tuple(
        share * p + (1 - share) * q for p, q in zip(only(label), builders.REFERENCE[1], strict=True)
    )
    later = item(mixed, session_id="later", summary={"usable_s": usable_s})
    assume(adjust([later], ADVISORY, TODAY).raw_points * before.raw_points < 0)
    after = adjust([*evidence, later], ADVISORY, TODAY)
    direction = math.copysign(1, before.raw_points)
    assert direction * after.raw_points < direction * before.raw_points
    assert direction * after.points <= direction * before.points


@given(strategies.evidence_lists, st.integers(1, 2000))
def test_age_shrinks_it(evidence: Items, days: int) -> None:
    now = adjust(evidence, ADVISORY, TODAY)
    later = adjust(evidence, ADVISORY, TODAY + timedelta(days=days))
    assert abs(later.raw_points) <= abs(now.raw_points)
    assert later.raw_points * now.raw_points >= 0


def test_after_a_half_life_a_session_has_half_its_samples() -> None:
    smiling = [item(only("happy"))]
    now = adjust(smiling, ADVISORY, TODAY)
    later = adjust(smiling, ADVISORY, TODAY + timedelta(days=90))
    assert now.effective_samples == 30.0
    assert later.effective_samples == 15.0


def test_the_mean_adjustment_over_the_reference_sessions_is_zero() -> None:
    points = [
        adjust([item(tuple(session))], ADVISORY, TODAY).raw_points for session in builders.REFERENCE
    ]
    assert max(points) > 1.0
    assert min(points) < -1.0
    assert math.fsum(points) / len(points) == pytest.approx(0.0, abs=1e-9)


@given(st.lists(strategies.probabilities(), min_size=1, max_size=20), st.floats(0.1, 5.0))
def test_any_reference_can_be_centred(sessions: list[tuple[float, ...]], gain: float) -> None:
    centre = reference_centre(tuple(sessions), gain)
    residues = [math.tanh(gain * (level(session) - centre)) for session in sessions]
    assert math.fsum(residues) / len(residues) == pytest.approx(0.0, abs=1e-9)


def test_adjustment_by_hand() -> None:
    # 60 s at one sample per 2 s: n = 30; n0 = 30
    smile = adjust([item(only("happy"))], ADVISORY, TODAY)
    z = 2.0 * signal(builders.summary(only("happy")), "face", ADVISORY)
    assert smile.z == pytest.approx(z)
    assert smile.raw_points == pytest.approx(30 * math.tanh(z) * (1 - math.exp(-1)))
    assert smile.points == round(smile.raw_points)


def test_the_applicants_own_baseline_replaces_the_reference() -> None:
    own = {"baseline_probabilities": only("sad")}
    unmoved = adjust([item(only("sad"), summary=own)], ADVISORY, TODAY)
    assert unmoved.has_evidence
    assert unmoved.raw_points == pytest.approx(0.0, abs=1e-12)
    brighter = adjust([item(only("neutral"), summary=own)], ADVISORY, TODAY)
    assert brighter.raw_points > 0


def test_modalities_that_contradict_each_other_cancel_their_session() -> None:
    face, voice = item(only("happy")), item(only("angry"), evidence_id="e2", modality="voice")
    adjustment = adjust([face, voice], ADVISORY, TODAY)
    assert adjustment.raw_points == 0.0
    assert {w.reason for w in adjustment.withheld} == {"modalities_disagree"}
    other = replace(face, session_id="s2", evidence_id="e3")
    assert adjust([face, voice, other], ADVISORY, TODAY).points > 0


@pytest.mark.parametrize(
    ("lack", "value", "reason"),
    [
        ("usable_s", 19.9, "too_little_material"),
        ("coverage", 0.29, "low_coverage"),
        ("quality", 0.39, "low_quality"),
    ],
)
def test_too_little_is_withheld_by_name(lack: str, value: float, reason: str) -> None:
    adjustment = adjust([item(only("happy"), summary={lack: value})], ADVISORY, TODAY)
    assert [each.reason for each in adjustment.withheld] == [reason]
    assert not adjustment.has_evidence


def test_two_recordings_of_one_session_add_their_material() -> None:
    short = {"usable_s": 12.0}
    one, two = (item(only("happy"), evidence_id=name, summary=short) for name in ("e1", "e2"))
    assert not adjust([one], ADVISORY, TODAY).has_evidence
    assert adjust([one, two], ADVISORY, TODAY).points > 0


def test_modes_are_the_three_of_the_policy() -> None:
    assert [mode.value for mode in BehaviourMode] == ["off", "shadow", "advisory"]

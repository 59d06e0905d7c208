from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.engine import fusion
from scoring.engine.evidence import EvidenceItem
from scoring.engine.flags import RULES, Priority, RaisedFlag, RuleInput, raised_flags
from scoring.engine.policy import DEFAULT_RULE_THRESHOLDS
from scoring.engine.types import FinancialFactors
from tests.scoring.engine import builders, strategies
from tests.scoring.engine.builders import TODAY, item, only

SOUND = FinancialFactors(overdue_payments=0, card_utilisation_percent=Decimal(20))


def flags_of(
    *evidence: EvidenceItem,
    factors: FinancialFactors = SOUND,
    probabilities: dict[str, float] | None = None,
    **changes: object,
) -> dict[str, RaisedFlag]:
    policy = builders.policy(**changes)
    result = fusion.score(
        factors, evidence, estimators=builders.estimators(), policy=policy, as_of=TODAY
    )
    given_input = RuleInput(result, evidence, policy, probabilities or {})
    return {flag.rule_id: flag for flag in raised_flags(given_input)}


def test_every_rule_has_a_threshold_in_the_policy_and_a_title() -> None:
    assert {rule.rule_id for rule in RULES} == set(DEFAULT_RULE_THRESHOLDS)
    assert all(rule.title and rule.version for rule in RULES)


def test_an_ordinary_session_raises_nothing() -> None:
    ordinary = (0.04, 0.02, 0.03, 0.15, 0.66, 0.06, 0.04)
    voice = item(ordinary, evidence_id="e2", modality="voice")
    gait = item(
        ordinary, evidence_id="e3", modality="gait", measures={"steps": 20, "symmetry": 0.95}
    )
    assert flags_of(item(ordinary, measures={"people": 1}), voice, gait) == {}


@pytest.mark.parametrize(
    ("evidence", "rule_id", "observed"),
    [
        (item(only("angry"), modality="gait", summary={"arousal": 0.7}), "gait_agitation", 0.7),
        (
            item(
                only("neutral"),
                modality="gait",
                measures={"steps": 20, "symmetry": 0.9, "step_regularity": 0.4},
            ),
            "gait_instability",
            0.4,
        ),
        (item(only("fear"), summary={"sustained_s": 9.0}), "sustained_fear_anger", 9.0),
        (item(only("neutral"), measures={"people": 2}), "several_people", 2),
        (item(only("neutral"), measures={"seen_before": 1}), "repeated_recording", 1),
        (item(only("neutral"), summary={"quality": 0.2}), "poor_quality", 0.2),
    ],
)
def test_one_observation_raises_its_rule(
    evidence: EvidenceItem, rule_id: str, observed: float
) -> None:
    flag = flags_of(evidence)[rule_id]
    assert flag.finding.observed == observed
    assert flag.finding.session_id == "s1"
    assert flag.finding.text
    assert flag.threshold == builders.policy().rule_thresholds[rule_id]


def test_a_few_steps_say_nothing_about_the_gait() -> None:
    short = item(only("neutral"), modality="gait", measures={"steps": 4, "step_regularity": 0.2})
    assert flags_of(short) == {}


@given(symmetry=st.floats(0, 1))
def test_a_limp_is_no_risk(symmetry: float) -> None:
    measures = {"steps": 20, "symmetry": symmetry, "step_regularity": 0.9}
    assert flags_of(item(only("neutral"), modality="gait", measures=measures)) == {}


def test_face_and_voice_that_contradict_each_other() -> None:
    voice = item(only("angry"), evidence_id="e2", modality="voice")
    assert "voice_face_contradiction" in flags_of(item(only("happy")), voice)
    assert "voice_face_contradiction" not in flags_of(item(only("angry")), voice)


def test_estimators_that_disagree_are_named() -> None:
    flag = flags_of(probabilities={"scorecard": 0.03, "boosting": 0.25})["estimators_disagree"]
    assert flag.finding.text == (
        "On what all estimators read, scorecard gives a probability of default of 3.0 %, "
        "boosting one of 25.0 %."
    )
    assert "estimators_disagree" not in flags_of(probabilities={"a": 0.03, "b": 0.05})


def test_a_cut_off_that_behaviour_would_cross_is_flagged() -> None:
    own = builders.estimators().scorecard.score(SOUND, builders.policy().scale).score_points
    flags = flags_of(item(only("angry")), approval_cut_off_points=own)
    assert flags["behaviour_changes_class"].priority is Priority.HIGH


def test_a_class_that_behaviour_would_change_is_flagged() -> None:
    own = builders.estimators().scorecard.score(SOUND, builders.policy().scale)
    edge = own.probability_of_default
    flags = flags_of(item(only("angry")), good_below_probability=edge * 1.01)
    assert "would be standard" in flags["behaviour_changes_class"].finding.text


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_rules_that_read_expressions_are_silent_unless_these_are_scored(mode: str) -> None:
    fearful = item(only("fear"), summary={"sustained_s": 30.0}, measures={"people": 3})
    assert set(flags_of(fearful, mode=mode)) == {"several_people"}


@given(strategies.evidence_lists)
def test_without_consent_no_rule_reads_the_material(evidence: list[EvidenceItem]) -> None:
    refused = [replace(each, consented=False, measures={"people": 9.0}) for each in evidence]
    assert flags_of(*refused) == {}


def test_the_most_urgent_flag_comes_first() -> None:
    shared = item(only("neutral"), summary={"quality": 0.2}, measures={"people": 2})
    assert list(flags_of(shared)) == ["several_people", "poor_quality"]

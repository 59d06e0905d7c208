import json
from typing import Any

import pytest

from scoring.engine.policy import (
    DEFAULT_RULE_THRESHOLDS,
    PROFILES,
    PolicyError,
    parse_policy,
    start_policy,
)
from scoring.engine.types import BehaviourMode, CreditClass
from tests.scoring.engine import builders

SESSIONS = dict.fromkeys(("face", "voice", "gait"), builders.REFERENCE)


@pytest.mark.parametrize(
    ("profile", "mode", "cap_points"),
    [("eu", "off", 0), ("us", "shadow", 10), ("other", "shadow", 10), ("demo", "advisory", 30)],
)
def test_the_start_of_each_profile(profile: str, mode: str, cap_points: int) -> None:
    policy = start_policy(profile, SESSIONS)
    assert (policy.mode, policy.cap_points) == (BehaviourMode(mode), cap_points)


def test_the_table_of_profiles_is_complete() -> None:
    assert set(PROFILES) == {"eu", "us", "other", "demo"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"profile": "mars"}, "profile"),
        ({"profile": "eu", "cap_points": 0}, "mode"),
        ({"profile": "us", "cap_points": 11}, "cap_points"),
        ({"cap_points": 31}, "cap_points"),
        ({"cap_points": -1}, "cap_points"),
        ({"cap_points": 9.5}, "cap_points"),
        ({"base_odds": 0}, "base_odds"),
        ({"base_odds": "many"}, "base_odds"),
        ({"gain": float("inf")}, "gain"),
        ({"half_life_days": -3}, "half_life_days"),
        ({"min_quality": 1.2}, "min_quality"),
        ({"good_below_probability": 0.5}, "good_below_probability"),
        ({"approval_cut_off_points": 900}, "approval_cut_off_points"),
        ({"points_to_double_odds": 0}, "points_to_double_odds"),
        ({"bands": [{"name": "A", "from_points": 400}]}, "bands"),
        ({"modality_weights": {"face": 1.0}}, "modality_weights"),
        ({"modality_weights": {"face": 1.0, "voice": -1, "gait": 0}}, "modality_weights"),
        ({"rule_thresholds": {"several_people": "few"}}, "parameters"),
        ({"reference_sessions": {"face": [[1.0]]}}, "reference_sessions"),
        ({"mode": "secret"}, "parameters"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_wrong_parameters_are_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyError) as refused:
        builders.policy(**changes)
    assert field in refused.value.fields
    assert refused.value.fields[field]


def test_needed_parameters_are_named() -> None:
    with pytest.raises(PolicyError) as refused:
        parse_policy({})
    assert set(refused.value.fields) == {"profile", "reference_sessions"}


def test_parameters_survive_json() -> None:
    policy = builders.policy(half_life_days=45.5)
    assert parse_policy(json.loads(json.dumps(policy.as_dict()))) == policy


def test_a_policy_from_before_a_rule_existed_takes_the_rules_own_threshold() -> None:
    policy = builders.policy(rule_thresholds={"several_people": 2})
    assert policy.rule_thresholds["several_people"] == 2.0
    assert policy.rule_thresholds["poor_quality"] == DEFAULT_RULE_THRESHOLDS["poor_quality"]


def test_classes_follow_the_cut_offs() -> None:
    policy = builders.policy(good_below_probability=0.04, poor_from_probability=0.12)
    assert policy.credit_class(0.0399) is CreditClass.GOOD
    assert policy.credit_class(0.04) is CreditClass.STANDARD
    assert policy.credit_class(0.12) is CreditClass.POOR


@pytest.mark.parametrize(("points", "name"), [(300, "Very low"), (579, "Low"), (850, "Very high")])
def test_bands_include_their_first_point(points: int, name: str) -> None:
    assert builders.policy().band(points).name == name

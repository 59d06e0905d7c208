from dataclasses import replace

from scoring.engine.policy import Band
from scoring.engine.policy_changes import Difference, differences
from tests.scoring.engine import builders


def test_a_version_does_not_differ_from_itself() -> None:
    policy = builders.policy()
    assert differences(policy, policy) == ()


def test_every_changed_parameter_is_named_with_both_values() -> None:
    policy = builders.policy()
    thresholds = {**policy.rule_thresholds, "poor_quality": 0.5}
    changed = replace(
        policy,
        approval_cut_off_points=600,
        rule_thresholds=thresholds,
        bands=(Band("Low", 300), Band("High", 600)),
    )
    found = {(each.parameter, each.row): each for each in differences(policy, changed)}
    assert set(found) == {
        ("approval_cut_off_points", ""), ("rule_thresholds", "poor_quality"), ("bands", ""),
    }  # fmt: skip
    assert found["approval_cut_off_points", ""] == Difference(
        "approval_cut_off_points", "", policy.approval_cut_off_points, 600
    )
    assert found["rule_thresholds", "poor_quality"].before == 0.35
    assert found["bands", ""].after == "Low 300, High 600"


def test_reference_sessions_are_counted_and_others_of_the_same_number_still_show() -> None:
    policy = builders.policy()
    sessions = dict(policy.reference_sessions)
    more = {**sessions, "face": (*sessions["face"], sessions["face"][0])}
    count = len(sessions["face"])
    (more_of_them,) = differences(policy, replace(policy, reference_sessions=more))
    assert (more_of_them.before, more_of_them.after) == (str(count), str(count + 1))
    others = {**sessions, "face": sessions["face"][::-1]}
    (same_number,) = differences(policy, replace(policy, reference_sessions=others))
    assert same_number.after == f"{count} (others)"

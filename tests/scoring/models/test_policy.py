"""What a stored policy's parameters mean is worked out once, and never for other parameters."""

from copy import deepcopy

import pytest

from scoring.engine.artifacts import load_reference_sessions
from scoring.engine.policy import PolicyError, parse_policy, start_policy
from scoring.models import Policy
from scoring.paths import ARTIFACTS_DIR

PARAMETERS = start_policy("demo", load_reference_sessions(ARTIFACTS_DIR)).as_dict()


def stored(**changes: object) -> Policy:
    return Policy(version=1, parameters=deepcopy(PARAMETERS) | changes)


def test_equal_parameters_are_parsed_once() -> None:
    assert stored().parsed is stored().parsed
    assert stored().parsed == parse_policy(PARAMETERS)


def test_a_version_whose_parameters_changed_is_parsed_anew() -> None:
    policy = stored()
    assert policy.parsed.cap_points == PARAMETERS["cap_points"]
    policy.parameters["cap_points"] = 7
    policy.parameters["modality_weights"]["face"] = 0.25
    assert policy.parsed.cap_points == 7
    assert policy.parsed.modality_weights["face"] == 0.25
    assert stored().parsed == parse_policy(PARAMETERS)


def test_a_row_that_was_tampered_with_is_refused_each_time() -> None:
    assert stored().parsed
    for _ in range(2):
        with pytest.raises(PolicyError):
            _ = stored(cap_points=10_000).parsed


def test_many_versions_do_not_pile_up_and_stay_right() -> None:
    for points in [*range(20), *range(20)]:
        assert stored(cap_points=points).parsed.cap_points == points
